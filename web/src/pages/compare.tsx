import { useMemo } from "react";
import { useAnswer } from "../app/load";
import { Block, PageHead, Problem, run_document, Waiting } from "../app/parts";
import { href, useQuery } from "../app/router";
import { useRuns } from "../app/runs";
import { StackedBars } from "../charts/stacked_bar";
import { TimeSeries } from "../charts/time_series";
import { Pick } from "../components/knob";
import { VerdictChip } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { useView } from "../components/view_state";
import { differences_first, figure_rows, input_differences, overlay, type Row } from "../data/compare";
import { kTimeParts, ordered, time_color } from "../data/step_parts";
import { compact, duration, is_year, kNone, percent, quantity, tick, usd } from "../format";
import type { Leaf, Num, Run } from "../run";

interface Side {
  key: string;
  label: string;
  run: Run;
}

export default function ComparePage() {
  const [query, set_query] = useQuery();
  const ids = useMemo(() => (query.get("runs") ?? "").split(",").filter(Boolean), [query]);
  const { rows } = useRuns();
  const documents = useAnswer(
    ids.length ? `compare ${ids.join()}` : null,
    () => Promise.all(ids.map(run_document)),
    true,
  );
  const finished = (rows ?? []).filter((row) => row.status === "done" || row.status === "interrupted");
  const name = (id: string) => {
    const row = rows?.find((one) => String(one.id) === id);
    return row ? `${id} · ${row.name ?? row.scenario}` : `run ${id}`;
  };
  const set = (next: readonly string[]) => set_query({ runs: next.join(",") });
  const ready = documents.data && documents.data.length === ids.length && !documents.pending;
  return (
    <>
      <PageHead title="Compare" lead="Runs side by side; differences first, measured by the first run." />
      <div className="wrap">
        <Block>
          <div className="chosen-runs" role="group" aria-label="Runs to compare">
            {ids.map((id, i) => (
              <span key={id} className="chosen-run">
                <a href={href(["runs", id])}>{name(id)}</a>
                {i > 0 && (
                  <button
                    type="button"
                    className="button plain"
                    aria-label={`Put ${name(id)} first`}
                    onClick={() => set([id, ...ids.filter((other) => other !== id)])}
                  >
                    first
                  </button>
                )}
                <button
                  type="button"
                  className="button plain"
                  aria-label={`Leave out ${name(id)}`}
                  onClick={() => set(ids.filter((other) => other !== id))}
                >
                  ×
                </button>
              </span>
            ))}
            {finished.some((row) => !ids.includes(String(row.id))) && (
              <select
                className="field add-run"
                aria-label="Add a run"
                value=""
                onChange={(event) => set([...ids, event.target.value])}
              >
                <option value="">Add a run …</option>
                {finished
                  .filter((row) => !ids.includes(String(row.id)))
                  .map((row) => (
                    <option key={row.id} value={String(row.id)}>
                      {row.id} · {row.name ?? row.scenario}
                    </option>
                  ))}
              </select>
            )}
          </div>
          {ids.length === 1 && (
            <p className="note-line">
              {finished.length > 1 ? (
                "Add a second run to compare it with."
              ) : (
                <>
                  There is no second run yet.{" "}
                  <a href={href(["scenario"], { from: ids[0] })}>Change this one's scenario</a> and run it.
                </>
              )}
            </p>
          )}
        </Block>
        {documents.error && <Problem error={documents.error} />}
        {ids.length > 1 &&
          (ready ? (
            <Sides sides={ids.map((id, i) => ({ key: id, label: name(id), run: documents.data![i]! }))} />
          ) : (
            !documents.error && <Waiting what="Reading the runs" />
          ))}
      </div>
    </>
  );
}

const leaf = (value: Leaf | Num | string | undefined, unit?: string) =>
  value === undefined || value === null
    ? kNone
    : quantity(value, unit === "date" || typeof value === "string" ? "" : unit);

function by_first(first: unknown, other: unknown): string {
  if (typeof first !== "number" || typeof other !== "number" || first === 0) return "";
  const by = other / first - 1;
  return Math.abs(by) < 5e-7 ? "" : `${by > 0 ? "+" : "−"}${percent(Math.abs(by), 2)}`;
}

function columns_of<Value extends Leaf | Num | string>(
  sides: readonly Side[],
  what: string,
  code: boolean,
): Column<Row<Value>>[] {
  return [
    {
      key: "what",
      label: what,
      plain: (row) => row.label,
      show: (row) => (code ? <code>{row.label}</code> : row.label),
    },
    ...sides.map(
      (side, i): Column<Row<Value>> => ({
        key: `run${side.key}`,
        label: side.label,
        number: true,
        plain: (row) => row.values[i] as string | number | null | undefined,
        show: (row) => (
          <>
            {is_year(row.label, row.values[i]) ? String(row.values[i]) : leaf(row.values[i], row.unit)}
            {i > 0 && (
              <span className="against">
                {" "}
                {!is_year(row.label, row.values[i]) && by_first(row.values[0], row.values[i])}
              </span>
            )}
          </>
        ),
      }),
    ),
    {
      key: "distance",
      label: "Difference",
      number: true,
      screen_only: true,
      plain: (row) => (row.distance === Infinity ? 1e9 : row.distance),
      show: (row) => (row.distance === 0 ? "none" : row.distance === Infinity ? "other" : percent(row.distance, 2)),
    },
  ];
}

function Sides({ sides }: { sides: readonly Side[] }) {
  const runs = useMemo(() => sides.map((side) => side.run), [sides]);
  const inputs = useMemo(() => input_differences(runs), [runs]);
  const all = useMemo(() => differences_first(figure_rows(runs)), [runs]);
  const different = all.filter((row) => row.distance > 0);
  const power = useMemo(
    () => overlay(sides, (run) => run.series?.fleet?.energized_mw_facility ?? run.series?.fleet?.facility_mw),
    [sides],
  );
  const load = useMemo(() => overlay(sides, (run) => run.series?.fleet?.facility_mw), [sides]);
  const accelerators = useMemo(() => overlay(sides, (run) => run.series?.fleet?.accelerators), [sides]);
  const capital = useMemo(() => overlay(sides, (run) => run.series?.fleet?.capex_cumulative_usd), [sides]);
  const chart = (
    title: string,
    subtitle: string,
    name: string,
    { dates, layers }: typeof power,
    y_label: string,
    value: (v: Num | undefined) => string,
  ) =>
    layers.length > 0 && (
      <TimeSeries
        title={title}
        subtitle={subtitle}
        name={name}
        dates={dates}
        layers={layers}
        y_label={y_label}
        tick={tick}
        value={value}
      />
    );
  return (
    <>
      <Block title="What was asked differently">
        {inputs.length ? (
          <DataTable
            label="Inputs that differ"
            name="input-differences"
            columns={columns_of<Leaf>(sides, "Input", true)}
            rows={inputs}
            row_key={(row) => row.key}
            limit={15}
            filter={inputs.length > 15}
          />
        ) : (
          <p>Nothing but names and seeds: every input is the same.</p>
        )}
      </Block>
      <Block title="What came out differently">
        {different.length ? (
          <DataTable
            label="Figures that differ"
            name="figure-differences"
            columns={columns_of<Num | string>(sides, "Figure", false)}
            rows={different}
            row_key={(row) => row.key}
            limit={20}
            filter={different.length > 20}
          />
        ) : (
          <p>Every figure is the same.</p>
        )}
        {all.length > different.length && (
          <details className="more">
            <summary>
              Same in all <span className="quiet">({all.length - different.length})</span>
            </summary>
            <DataTable
              label="Figures that are the same"
              name="same-figures"
              columns={columns_of<Num | string>(sides, "Figure", false).slice(0, 2)}
              rows={all.filter((row) => row.distance === 0)}
              row_key={(row) => row.key}
            />
          </details>
        )}
      </Block>
      <Block title="Over time">
        <div className="columns">
          {chart("Energized at the meter", "All sites, MW facility", "compare-power", power, "MW facility", (v) =>
            compact(v),
          )}
          {chart("Load at the meter", "All sites, mean MW facility", "compare-load", load, "MW facility", (v) =>
            compact(v),
          )}
          {chart("Accelerators in service", "All sites", "compare-accelerators", accelerators, "accelerators", (v) =>
            compact(v),
          )}
          {chart("Capital spent so far", "US dollars", "compare-capital", capital, "USD", usd)}
        </div>
      </Block>
      <Steps sides={sides} />
      <Verdicts sides={sides} />
    </>
  );
}

/** The steps of one job, or of the jobs of one model, in every run. */
function Steps({ sides }: { sides: readonly Side[] }) {
  const names = useMemo(() => {
    const titles = new Map<string, string>();
    for (const { run } of sides)
      for (const job of run.jobs ?? [])
        if (job.step_breakdown && !titles.has(job.name)) titles.set(job.name, job.title ?? job.name);
    const shared = (name: string) => sides.filter(({ run }) => run.jobs?.some((job) => job.name === name)).length;
    return [...titles].sort((a, b) => shared(b[0]) - shared(a[0]));
  }, [sides]);
  const [chosen, set_chosen] = useView("job", names[0]?.[0] ?? "");
  if (!names.length) return null;
  const name = names.some(([key]) => key === chosen) ? chosen : names[0]![0];
  const rows = sides.flatMap(({ key, label, run }) => {
    const job = run.jobs?.find((one) => one.name === name);
    const parts = ordered(job?.step_breakdown as Record<string, number> | undefined, kTimeParts);
    return parts.length
      ? [{ key, label, parts, low: job!.step_time_low_s ?? undefined, high: job!.step_time_high_s ?? undefined }]
      : [];
  });
  return (
    <Block
      title="One step"
      tools={names.length > 1 && <Pick label="Job" value={name} set={set_chosen} options={names} />}
    >
      <StackedBars
        title={names.find(([key]) => key === name)![1]}
        subtitle="Seconds of a step by part; brackets are 80% intervals"
        name="compare-steps"
        rows={rows}
        order={kTimeParts}
        color={time_color}
        value={duration}
        unit="s"
      />
    </Block>
  );
}

function Verdicts({ sides }: { sides: readonly Side[] }) {
  const claims = useMemo(() => {
    const found = new Map<string, string>();
    for (const { run } of sides)
      for (const claim of run.claims ?? []) if (!found.has(claim.id)) found.set(claim.id, claim.statement);
    return [...found]
      .map(([id, statement]) => ({
        id,
        statement,
        of: sides.map(({ run }) => run.claims?.find((claim) => claim.id === id)),
      }))
      .sort(
        (a, b) =>
          Number(new Set(b.of.map((claim) => claim?.verdict)).size) -
          Number(new Set(a.of.map((claim) => claim?.verdict)).size),
      );
  }, [sides]);
  type Claim = (typeof claims)[number];
  if (!claims.length) return null;
  const columns: Column<Claim>[] = [
    { key: "claim", label: "Claim", plain: (claim) => claim.statement },
    ...sides.map(
      (side, i): Column<Claim> => ({
        key: `run${side.key}`,
        label: side.label,
        plain: (claim) => claim.of[i]?.verdict,
        show: (claim) =>
          claim.of[i] ? (
            <>
              <VerdictChip verdict={claim.of[i]!.verdict} /> {quantity(claim.of[i]!.value, claim.of[i]!.unit)}
            </>
          ) : (
            kNone
          ),
      }),
    ),
  ];
  return (
    <Block title="Claims">
      <DataTable
        label="Claims"
        name="compare-claims"
        columns={columns}
        rows={claims}
        row_key={(claim) => claim.id}
        limit={15}
      />
    </Block>
  );
}
