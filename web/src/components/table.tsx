import { useMemo, type ReactNode } from "react";
import { save_csv } from "../charts/save";
import type { Grid } from "../data/csv";
import { meaning } from "../data/glossary";
import { compact, is_iso_date, kNone, moment } from "../format";
import { useView } from "./view_state";

export interface Column<Row> {
  key: string;
  label: string;
  unit?: string;
  /** Of the saved values, where what is shown carries its own unit. */
  saved_unit?: string;
  number?: boolean;
  /** Left out on paper, where a wide table has no room. */
  screen_only?: boolean;
  /** In a table with many, behind a button; in the saved file at any rate. */
  more?: boolean;
  /** The plain value, for sorting and saving. */
  plain: (row: Row) => string | number | null | undefined;
  /** What is shown; without it the plain value is. */
  show?: (row: Row) => ReactNode;
}

interface Props<Row> {
  label: string;
  /** Stands over the table as a heading. */
  title?: string;
  name: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  row_key: (row: Row) => string;
  selected?: string;
  /** Beyond this many rows the rest waits behind a button. */
  limit?: number;
  /** A box to narrow the rows by any text in them. */
  filter?: boolean;
}

/** More columns than this stand closer together. */
const kManyColumns = 9;
/** Where there are more than this, those that may wait do. */
const kMostColumns = 12;

const cell_class = ({ number, screen_only }: { number?: boolean; screen_only?: boolean }) =>
  [number && "number", screen_only && "screen-only"].filter(Boolean).join(" ") || undefined;

function order(a: string | number | null | undefined, b: string | number | null | undefined): number {
  if (a === b) return 0;
  if (a === null || a === undefined || a === "") return 1;
  if (b === null || b === undefined || b === "") return -1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en");
}

/** A table that sorts by any column, scrolls inside itself and saves as CSV. Columns without any value are left out. */
export function DataTable<Row>({
  label,
  title,
  name,
  columns,
  rows,
  row_key,
  selected,
  limit = 40,
  filter,
}: Props<Row>) {
  // "key" or "-key" for downwards.
  const [order_by, set_order_by] = useView(`${name}.sort`, "");
  const [text, set_text] = useView(`${name}.filter`, "");
  const [rest, set_rest] = useView<"" | "all">(`${name}.rows`, "");
  const all = rest === "all";
  const [width, set_width] = useView<"" | "all">(`${name}.columns`, "");
  const sort = useMemo(
    () => (order_by ? { key: order_by.replace(/^-/, ""), down: order_by.startsWith("-") } : null),
    [order_by],
  );
  const set_sort = (next: { key: string; down: boolean } | null) =>
    set_order_by(next ? `${next.down ? "-" : ""}${next.key}` : "");
  const full = useMemo(
    () => columns.filter((column, i) => i === 0 || rows.some((row) => (column.plain(row) ?? "") !== "")),
    [columns, rows],
  );
  const wide = full.length > kMostColumns && full.some((column) => column.more);
  const used = useMemo(
    () => (wide && width !== "all" ? full.filter((column) => !column.more) : full),
    [full, wide, width],
  );
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    let list = wanted
      ? rows.filter((row) =>
          full.some((column) =>
            String(column.plain(row) ?? "")
              .toLowerCase()
              .includes(wanted),
          ),
        )
      : [...rows];
    const column = sort && used.find((c) => c.key === sort.key);
    if (column) {
      // Unknown values stay at the end in both directions.
      const empty = (row: Row) => (column.plain(row) ?? "") === "";
      list = list.toSorted((a, b) =>
        empty(a) || empty(b)
          ? order(column.plain(a), column.plain(b))
          : order(column.plain(a), column.plain(b)) * (sort.down ? -1 : 1),
      );
    }
    return list;
  }, [rows, full, used, sort, text]);
  const cut = all ? shown : shown.slice(0, limit);
  const press = (column: Column<Row>) =>
    set_sort(
      sort?.key !== column.key
        ? { key: column.key, down: !!column.number }
        : sort.down === !!column.number
          ? { key: column.key, down: !column.number }
          : null,
    );
  const grid = (): Grid => ({
    columns: full.map((column) =>
      (column.unit ?? column.saved_unit) ? `${column.label} (${column.unit ?? column.saved_unit})` : column.label,
    ),
    rows: shown.map((row) => full.map((column) => column.plain(row))),
  });
  return (
    <div>
      <div className="table-tools">
        {title && <h3>{title}</h3>}
        {filter && (
          <input
            className="field"
            type="search"
            placeholder="Filter"
            aria-label={`Filter ${label}`}
            value={text}
            onChange={(event) => set_text(event.target.value)}
          />
        )}
        {wide && (
          <button
            type="button"
            className="button plain screen-only"
            aria-label={`All columns of ${label}`}
            aria-pressed={width === "all"}
            onClick={() => set_width(width === "all" ? "" : "all")}
          >
            All columns
          </button>
        )}
        <button
          type="button"
          className="button plain"
          aria-label={`Save ${label} as CSV`}
          onClick={() => save_csv(name, grid())}
        >
          CSV
        </button>
      </div>
      <div className="table-box" role="region" aria-label={`${label} table`} tabIndex={0}>
        <table className={`${used.length > kManyColumns ? "many" : ""}${used === full ? " whole" : ""}`}>
          <thead>
            <tr>
              {used.map((column, i) => (
                <th
                  key={column.key}
                  scope="col"
                  className={cell_class(i === 0 ? { ...column, number: false } : column)}
                  aria-sort={sort?.key === column.key ? (sort.down ? "descending" : "ascending") : undefined}
                >
                  <button type="button" className="sort" title={meaning(column.label)} onClick={() => press(column)}>
                    {meaning(column.label) ? <span className="term">{column.label}</span> : column.label}
                    {column.unit && <span className="unit"> {column.unit}</span>}
                    <span className="arrow" aria-hidden="true">
                      {sort?.key === column.key ? (sort.down ? "↓" : "↑") : ""}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cut.map((row) => (
              <tr
                key={row_key(row)}
                className={selected !== undefined && row_key(row) === selected ? "selected" : undefined}
              >
                {used.map((column, i) => {
                  const inside = column.show ? column.show(row) : written(column.plain(row));
                  return i === 0 ? (
                    <th key={column.key} scope="row">
                      {inside}
                    </th>
                  ) : (
                    <td
                      key={column.key}
                      className={
                        is_short(column.plain(row)) ? `${cell_class(column) ?? ""} nowrap` : cell_class(column)
                      }
                    >
                      {inside}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p className="chart-note">Nothing matches.</p>}
      {cut.length < shown.length && (
        <p className="chart-note screen-only">
          <button type="button" className="button" onClick={() => set_rest("all")}>
            Show all {shown.length.toLocaleString("en-US")} rows
          </button>
        </p>
      )}
    </div>
  );
}

const written = (value: string | number | null | undefined) =>
  typeof value === "number" ? compact(value) : (value ?? kNone);

/** A name or a key stays in one line: it would break at its hyphens. */
const kShort = 22;
const is_short = (value: unknown) => typeof value === "string" && value.length <= kShort && !value.includes(" ");

const kMostRows = 1000;

/** The figures behind a chart; beyond a thousand rows the CSV file has the rest. */
export function GridTable({ grid, label }: { grid: Grid; label: string }) {
  const numeric = grid.columns.map((_, i) => grid.rows.some((row) => typeof row[i] === "number"));
  return (
    <div className="table-box tall" role="region" aria-label={`${label}, as a table`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {grid.columns.map((column, i) => (
              <th key={i} scope="col" className={numeric[i] ? "number" : undefined}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grid.rows.slice(0, kMostRows).map((row, r) => (
            <tr key={r}>
              {row.map((cell, i) => {
                const text =
                  typeof cell === "number"
                    ? compact(cell, 4)
                    : cell === null || cell === undefined
                      ? kNone
                      : is_iso_date(cell)
                        ? moment(cell)
                        : cell;
                return i === 0 ? (
                  <th key={i} scope="row">
                    {text}
                  </th>
                ) : (
                  <td key={i} className={numeric[i] ? "number" : undefined}>
                    {text}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
