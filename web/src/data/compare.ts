/** Holds runs against each other: pure functions. The first run is what the others are measured by. */
import { seconds } from "../format";
import type { Input, Leaf, Num, Run } from "../run";
import type { Layer } from "./series";

export interface Row<Value> {
  key: string;
  label: string;
  unit?: string;
  values: (Value | undefined)[];
  /** Largest relative distance from the first; infinite where one of them has no such figure. */
  distance: number;
}

const same = (a: unknown, b: unknown) =>
  a === b ||
  (typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b)));

/** 0.1 for 110 against 100; 0 for equal words. */
export function distance(first: unknown, other: unknown): number {
  if (same(first, other)) return 0;
  if (typeof first !== "number" || typeof other !== "number") return Infinity;
  return first === 0 ? Infinity : Math.abs(other / first - 1);
}

function row<Value>(key: string, label: string, values: (Value | undefined)[], unit?: string): Row<Value> {
  return {
    key,
    label,
    unit,
    values,
    distance: Math.max(0, ...values.slice(1).map((value) => distance(values[0], value))),
  };
}

/** Largest difference first; what is equal everywhere last, in its own order. */
export function differences_first<Value>(rows: readonly Row<Value>[]): Row<Value>[] {
  // Figures that all have stand before those that only some have.
  const rank = ({ values, distance: by }: Row<Value>) =>
    by === 0 ? 3 : values.some((value) => value === undefined || value === null) ? 2 : by === Infinity ? 1 : 0;
  return rows
    .map((one, i) => ({ one, i }))
    .sort((a, b) => rank(a.one) - rank(b.one) || (rank(a.one) === 0 ? b.one.distance - a.one.distance : 0) || a.i - b.i)
    .map(({ one }) => one);
}

const kSkipped = /(^|\.)(title|description|reason|source|assumed|source_key|note|statement)$|^(version|name|seed)$/;

/** Inputs whose values are not the same in all runs; those that a file states come before derived ones. */
export function input_differences(runs: readonly Run[]): Row<Leaf>[] {
  const tables = runs.map((run) => new Map((run.inputs ?? []).map((input) => [input.path, input])));
  const paths = new Map<string, Input>();
  for (const table of tables)
    for (const [path, input] of table)
      if (!kSkipped.test(path) && (!paths.has(path) || input.origin === "file")) paths.set(path, input);
  const rank = (input: Input) =>
    /^claim\b/.test(input.path) ? 2 : input.origin === "file" || input.origin === "override" ? 0 : 1;
  return [...paths]
    .map(([path, input]) => ({
      input,
      row: row<Leaf>(
        path,
        path,
        tables.map((table) => table.get(path)?.value),
        input.unit,
      ),
    }))
    .filter(({ row: one }) => one.distance > 0)
    .sort((a, b) => rank(a.input) - rank(b.input) || a.row.key.localeCompare(b.row.key))
    .map(({ row: one }) => one);
}

/** Headline figures and those of sites and jobs that runs share. */
export function figure_rows(runs: readonly Run[]): Row<Num | string>[] {
  const rows: Row<Num | string>[] = [];
  const collect = <Item>(
    lists: readonly (readonly Item[] | undefined)[],
    key_of: (item: Item) => string,
    label_of: (item: Item) => string,
    figures: readonly (readonly [key: keyof Item & string, label: string, unit: string])[],
    kind: string,
  ) => {
    const keys = new Map<string, string>();
    for (const list of lists)
      for (const item of list ?? []) if (!keys.has(key_of(item))) keys.set(key_of(item), label_of(item));
    for (const [key, name] of keys) {
      const items = lists.map((list) => list?.find((item) => key_of(item) === key));
      for (const [figure, label, unit] of figures) {
        const values = items.map((item) => item?.[figure] as Num | string | undefined);
        if (values.some((value) => value !== undefined && value !== null && value !== 0))
          rows.push(row(`${kind}.${key}.${figure}`, `${name}: ${label}`, values, unit));
      }
    }
  };
  const heads = new Map<string, { label: string; unit?: string }>();
  for (const run of runs)
    for (const head of run.summary?.headline ?? []) if (!heads.has(head.id)) heads.set(head.id, head);
  for (const [id, { label, unit }] of heads)
    rows.push(
      row(
        id,
        label,
        runs.map((run) => run.summary?.headline?.find((head) => head.id === id)?.value),
        unit,
      ),
    );
  collect(
    runs.map((run) => run.sites),
    (site) => site.name,
    (site) => site.title ?? site.name,
    [
      ["energized_mw_facility", "energized at the meter", "MW"],
      ["accelerators", "accelerators", ""],
      ["first_power_date", "first power", "date"],
      ["pue", "PUE", ""],
      ["energy_mwh", "electricity", "MWh"],
      ["capex_usd", "capital", "USD"],
      ["limiting", "what limits it", ""],
    ],
    "site",
  );
  collect(
    runs.map((run) => run.jobs),
    (job) => job.name,
    (job) => job.title ?? job.name,
    [
      ["accelerators", "accelerators", ""],
      ["end", "end", "date"],
      ["step_time_s", "step time", "s"],
      ["mfu", "MFU", "fraction"],
      ["goodput", "goodput", "fraction"],
      ["interruptions", "interruptions", ""],
      ["cost_usd", "cost", "USD"],
      ["plan", "plan", ""],
    ],
    "job",
  );
  return rows;
}

/** One line for each run over all months that any of them has. */
export function overlay(
  runs: readonly { key: string; label: string; run: Run }[],
  pick: (run: Run) => Num[] | undefined,
): { dates: string[]; layers: Layer[] } {
  const dates = [...new Set(runs.flatMap(({ run }) => run.series?.dates ?? []))].sort(
    (a, b) => seconds(a) - seconds(b),
  );
  const layers = runs.flatMap(({ key, label, run }, index): Layer[] => {
    const values = pick(run);
    if (!values?.some((value) => value)) return [];
    const at = new Map((run.series?.dates ?? []).map((date, i) => [date, values[i] ?? null]));
    return [{ key, label, color: index, values: dates.map((date) => at.get(date) ?? null) }];
  });
  return { dates, layers };
}
