import { useMemo } from "react";
import { as_fields, Block, sentence } from "../app/parts";
import { Curve } from "../charts/curve";
import { RowTable } from "../components/row_table";
import { Stat } from "../components/stat";
import { is_count, is_share, name_and_unit, title_and_unit } from "../data/key_names";
import { parts_of, type Row } from "../data/question";
import { compact, is_iso_date, kNone, moment, percent, quantity } from "../format";

/** A figure as its key says: a share, a quantity with its unit, a date, a word. */
export function shown(key: string, value: unknown, unit = name_and_unit(key)[1]): string {
  if (typeof value === "number") {
    if (is_share(key)) return percent(value);
    if (unit === "MW" && value !== 0 && Math.abs(value) < 0.1) return quantity(1e3 * value, "kW");
    return unit === "%" ? `${compact(value)}%` : quantity(value, unit);
  }
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return is_iso_date(value) ? moment(value) : value;
  return value == null ? "" : String(value);
}

/** The keys of rows that fit into cells: lists inside a row are in the answer's JSON. */
function flat_keys(rows: readonly Row[]): string[] {
  const nested = (key: string) => rows.some((row) => typeof row[key] === "object" && row[key] !== null);
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((key) => !nested(key));
}

/** One figure of the headline; of several quantiles the middle one is large, and the others are its note. */
function Headline({ name, value, note }: { name: string; value: unknown; note?: string }) {
  const write = (of: unknown) => shown(name, of);
  const label = name_and_unit(name)[0];
  if (typeof value !== "object" || value === null)
    return <Stat label={label} figure={value == null ? kNone : write(value)} note={note} />;
  const { p10, p50, median, p90, p99 } = value as Row;
  const spread =
    p10 !== undefined && p10 !== p90
      ? `${write(p10)} to ${write(p90)}`
      : p99 !== undefined
        ? `99 of 100 within ${write(p99)}`
        : "";
  return <Stat label={label} figure={write(p50 ?? median)} note={note ?? spread} />;
}

/** What an answer says first: the figures that its page names, or those that stand in the answer itself. */
export function HeadlineFigures({
  answer,
  keys,
  notes = {},
}: {
  answer: Row;
  keys: readonly string[];
  notes?: Readonly<Record<string, string>>;
}) {
  return (
    <Block>
      <dl className="headline">
        {keys.map(
          (key) => answer[key] !== undefined && <Headline key={key} name={key} value={answer[key]} note={notes[key]} />,
        )}
      </dl>
    </Block>
  );
}

/** What the program remarks on its answer. */
export function Notes({ notes }: { notes: unknown }) {
  const remarks = Array.isArray(notes) ? notes.filter((note): note is string => typeof note === "string") : [];
  if (!remarks.length) return null;
  return (
    <Block>
      <ul className="notices flush" aria-label="Notes">
        {remarks.map((note) => (
          <li key={note} className="notice">
            <strong>Note</strong>
            <span>{sentence(as_fields(note))}</span>
          </li>
        ))}
      </ul>
    </Block>
  );
}

/** Names and values of an object inside an answer. */
function Pairs({
  title,
  unit,
  items,
}: {
  title: string;
  unit: string;
  items: readonly { key: string; value: unknown }[];
}) {
  return (
    <section className="pairs">
      <h3>{title}</h3>
      <dl>
        {items.map(({ key, value }) => (
          <div key={key}>
            <dt>{name_and_unit(key)[0]}</dt>
            <dd>{shown(key, value, name_and_unit(key)[1] || (is_count(key) ? "" : unit))}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What follows from any answer without a page of its own: curves, lists of names and values, tables. */
export function AnswerParts({ command, answer }: { command: string; answer: Row }) {
  const { figures, lists, tables, curves } = useMemo(() => parts_of(answer), [answer]);
  const own = lists.find(({ key }) => key === "answer")?.items ?? [];
  const pairs = [
    ...(figures.length + own.length > 0 ? [{ key: "further", items: [...figures, ...own] }] : []),
    ...lists.filter(({ key }) => key !== "answer"),
  ];
  return (
    <>
      {curves.map(({ key, x, rows, ys }) => (
        <Block key={key}>
          <Curve
            title={title_and_unit(key)[0]}
            name={`${command}-${key}`}
            rows={rows}
            x={x}
            ys={ys}
            x_label={name_and_unit(x).filter(Boolean).join(", ")}
          />
        </Block>
      ))}
      {tables.map(({ key, rows }) => (
        <Block key={key}>
          <RowTable
            name={`${command}-${key}`}
            title={title_and_unit(key)[0]}
            rows={rows}
            keys={flat_keys(rows)}
            shown={shown}
          />
        </Block>
      ))}
      {pairs.length > 0 && (
        <Block>
          <div className="all-pairs">
            {pairs.map(({ key, items }) => {
              const [title, unit] = title_and_unit(key);
              return <Pairs key={key} title={title} unit={unit} items={items} />;
            })}
          </div>
        </Block>
      )}
    </>
  );
}
