import { compact, date, humanize, kNone, percent, quantity } from "../format";
import type { Declared, Num } from "../run";
import type { Column } from "./table";

const kWithout = " without delays";

type Of = { nominal?: Record<string, Num | string> };

const read = (of: Of, key: string): Num | string | undefined =>
  (of as Record<string, unknown>)[key] as Num | string | undefined;

/** A figure as its declaration says. */
export function figure(value: Num | string | undefined, declared: Declared): string {
  if (value == null) return kNone;
  if (declared.form === "date") return date(String(value));
  if (typeof value === "string") return value;
  if (declared.form === "share") return percent(value);
  if (declared.form === "ratio") return value.toFixed(2);
  return declared.unit ? quantity(value, declared.unit) : compact(value);
}

const kSpace = "\u00a0";

/** "5,656 to 6,867 MW": a unit that both share is named once. */
function between(low: string, high: string): string {
  const [, number, unit] = /^([−$]*[\d.,]+)(.*)$/.exec(low) ?? [];
  const text = unit && /^[−$]*[\d.,]+(.*)$/.exec(high)?.[1] === unit ? `${number} to ${high}` : `${low} to ${high}`;
  // Only a long one breaks into lines.
  return text.length < 20 ? text.replaceAll(" ", kSpace) : text;
}

function ranges(of: Of, key: string, show: (value: Num | string | undefined) => string): string[] {
  const low = read(of, `${key}_low`),
    high = read(of, `${key}_high`),
    nominal = of.nominal?.[key];
  const words: string[] = [];
  if (low != null && high != null && show(low) !== show(high)) words.push(between(show(low), show(high)));
  else if (low != null && high == null) words.push(`from ${show(low)}`);
  if (nominal != null && nominal !== read(of, key)) words.push(`${show(nominal)}${kWithout}`);
  return words;
}

/** "5,656 to 6,867 MW; 7,717 without delays" of a figure that futures were simulated for, else nothing. */
export function range_words(
  of: Of,
  key: string,
  show: (value: Num | string | undefined) => string,
): string | undefined {
  return ranges(of, key, show).join("; ") || undefined;
}

/** A cell with the range over the futures below it. */
export function Ranged({
  of,
  name,
  show,
}: {
  of: Of;
  name: string;
  show: (value: Num | string | undefined) => string;
}) {
  return (
    <span title={range_words(of, name, show)}>
      {show(read(of, name))}
      {ranges(of, name, show).map((words) => (
        <span key={words} className={words.endsWith(kWithout) ? "range-below nominal" : "range-below"}>
          {words}
        </span>
      ))}
    </span>
  );
}

/** Columns for the figures that the program declares and a table does not name itself. */
export function other_columns<Row extends Of>(
  declared: readonly Declared[] | undefined,
  named: ReadonlySet<string>,
): Column<Row>[] {
  return (declared ?? [])
    .filter(({ name }) => !named.has(name))
    .map((one) => ({
      key: one.name,
      screen_only: true,
      more: true,
      number: true,
      label: humanize(one.name),
      plain: (row) => read(row, one.name) ?? undefined,
      show: (row) => <Ranged of={row} name={one.name} show={(value) => figure(value, one)} />,
    }));
}
