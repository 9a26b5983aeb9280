import { name_and_unit } from "../data/key_names";
import type { Row } from "../data/question";
import { DataTable, type Column } from "./table";

/** A table of rows with the keys that are asked for, in that order; `shown` says how a cell reads. */
export function RowTable<Each extends Row>({
  name,
  title,
  rows,
  keys,
  shown,
}: {
  name: string;
  title: string;
  rows: readonly Each[];
  keys: readonly (keyof Each & string)[];
  shown: (key: string, value: unknown) => string;
}) {
  const columns = keys.map(
    (key): Column<Each> => ({
      key,
      label: name_and_unit(key)[0],
      number: rows.some((row) => typeof row[key] === "number"),
      show: (row) => shown(key, row[key]),
      plain: (row) => {
        const value: unknown = row[key];
        return typeof value === "number" || typeof value === "string"
          ? value
          : value == null
            ? undefined
            : String(value);
      },
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
