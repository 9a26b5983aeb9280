import { name_and_unit, type Row } from "../data/question";
import { DataTable, type Column } from "./table";

/** A table of rows with the keys that are asked for, in that order; `shown` says how a cell reads. */
export function RowTable({
  name,
  title,
  rows,
  keys,
  shown,
}: {
  name: string;
  title: string;
  rows: readonly Row[];
  keys: readonly string[];
  shown: (key: string, value: unknown) => string;
}) {
  const columns = keys.map(
    (key): Column<Row> => ({
      key,
      label: name_and_unit(key)[0],
      number: rows.some((row) => typeof row[key] === "number"),
      show: (row) => shown(key, row[key]),
      plain: (row) =>
        typeof row[key] === "number" || typeof row[key] === "string"
          ? row[key]
          : row[key] == null
            ? undefined
            : String(row[key]),
    }),
  );
  return (
    <DataTable
      label={title}
      title={title}
      name={name}
      columns={columns}
      rows={rows}
      row_key={(row) => String(rows.indexOf(row))}
    />
  );
}
