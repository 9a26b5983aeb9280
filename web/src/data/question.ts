/** A command's question as the server describes it, and an answer taken apart into figures, tables and curves. */
import { compact } from "../format";
import { name_and_unit } from "./key_names";

export interface FieldSchema {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  enum?: readonly string[];
  anyOf?: readonly FieldSchema[];
  properties?: Readonly<Record<string, FieldSchema>>;
  required?: readonly string[];
  "x-unit"?: string;
  "x-type"?: string;
}

export interface Field {
  key: string;
  label: string;
  help: string;
  kind: "text" | "flag" | "choice" | "list" | "file";
  options: readonly string[];
  /** What holds when nothing is given. */
  initial: string;
  required: boolean;
  /** Key of the table that it stands in. */
  inside?: string;
}

/** One value or several: commas part them. */
const takes_list = (field: FieldSchema): boolean =>
  field.type === "array" || (field.anyOf?.some((choice) => choice.type === "array") ?? false);

function kind_of(field: FieldSchema): Field["kind"] {
  if (field.enum) return "choice";
  if (field.type === "boolean") return "flag";
  if (takes_list(field)) return "list";
  return field["x-type"] === "text of a file" ? "file" : "text";
}

/** The fields of a question in the order of its table; tables inside are laid flat, as on the command line. */
export function fields_of(schema: FieldSchema, inside?: string): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]): Field[] => {
    if (field.properties) return fields_of(field, key);
    const [name, unit_of_key] = name_and_unit(key);
    const unit = field["x-unit"] || unit_of_key;
    return [
      {
        key,
        inside,
        label: unit ? `${name} (${unit})` : name,
        help: field.description ?? "",
        required: schema.required?.includes(key) ?? false,
        kind: kind_of(field),
        options: field.enum ?? [],
        initial: field.default === undefined || Array.isArray(field.default) ? "" : String(field.default),
      },
    ];
  });
}

/** The body of POST /api/NAME from what was typed, or read from a file; what equals its initial value is left out. */
export function body_of(fields: readonly Field[], values: Readonly<Record<string, string>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { key, kind, initial, inside } of fields) {
    const text = values[key]?.trim() ?? "";
    if (text === "" || text === initial) continue;
    const value =
      kind === "flag"
        ? text === "true"
        : kind === "list"
          ? text
              .split(",")
              .map((part) => part.trim())
              .filter(Boolean)
          : text;
    if (inside) body[inside] = { ...(body[inside] as object | undefined), [key]: value };
    else body[key] = value;
  }
  return body;
}

/** The fields that a refusal quotes, by their key or by what was typed into them. */
export function wrong_fields(
  message: string,
  fields: readonly Field[],
  values: Readonly<Record<string, string>>,
): string[] {
  const quoted = new Set([...message.matchAll(/'([^']*)'/g)].map((match) => match[1]));
  return fields.flatMap(({ key }) => (quoted.has(key) || (values[key] && quoted.has(values[key])) ? [key] : []));
}

export type Row = Readonly<Record<string, unknown>>;

export type Plain = number | string | boolean;

export interface Parts {
  /** Single figures of the answer itself. */
  figures: { key: string; value: Plain }[];
  /** Those of an object inside it, and what is too long to be set large. */
  lists: { key: string; items: { key: string; value: Plain }[] }[];
  tables: { key: string; rows: Row[] }[];
  curves: { key: string; x: string; rows: Row[]; ys: string[] }[];
}

/** A table of so many rows of numbers is drawn. */
const kCurveRows = 16;
/** Longer words are not set large. */
const kLargeWord = 12;

const is_object = (value: unknown): value is Row =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const is_number = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const is_plain = (value: unknown): value is Plain =>
  is_number(value) || typeof value === "boolean" || (typeof value === "string" && value !== "");

/** Columns of equal length, such as a series, as rows. */
function rows_of_columns(table: Row): Row[] | null {
  const columns = Object.entries(table).filter(([, value]) => Array.isArray(value)) as [string, unknown[]][];
  const length = columns[0]?.[1].length ?? 0;
  if (columns.length < 2 || length < kCurveRows || columns.some(([, list]) => list.length !== length)) return null;
  return Array.from({ length }, (_, i) => Object.fromEntries(columns.map(([key, list]) => [key, list[i]])));
}

/** What an answer holds: single figures first, then what has rows. */
export function parts_of(answer: Row, prefix = ""): Parts {
  const parts: Parts = { figures: [], lists: [], tables: [], curves: [] };
  const own: { key: string; value: Plain }[] = [];
  const add_rows = (key: string, rows: Row[]) => {
    const numeric = Object.keys(rows[0]!).filter((name) =>
      rows.every((row) => row[name] === null || is_number(row[name])),
    );
    const [x, ...ys] = numeric;
    const grows =
      x !== undefined && rows.every((row, i) => i === 0 || (row[x] as number) > (rows[i - 1]![x] as number));
    if (x !== undefined && ys.length > 0 && rows.length >= kCurveRows && grows) parts.curves.push({ key, x, rows, ys });
    else parts.tables.push({ key, rows });
  };
  for (const [name, value] of Object.entries(answer)) {
    const key = prefix ? `${prefix} ${name}` : name;
    if (is_plain(value)) {
      if (prefix || (typeof value === "string" && value.length > kLargeWord)) own.push({ key: name, value });
      else parts.figures.push({ key, value });
    } else if (Array.isArray(value) && value.length > 0) {
      if (value.every(is_object)) add_rows(key, value as Row[]);
      else if (value.length <= kCurveRows && value.every(is_plain))
        own.push({
          key: name,
          value: value.map((item) => (is_number(item) ? compact(item) : String(item))).join(", "),
        });
    } else if (is_object(value)) {
      const rows = rows_of_columns(value);
      if (rows) add_rows(key, rows);
      else {
        const inner = parts_of(value, key);
        parts.lists.push(...inner.lists);
        parts.tables.push(...inner.tables);
        parts.curves.push(...inner.curves);
      }
    }
  }
  if (own.length > 0) parts.lists.unshift({ key: prefix || "answer", items: own });
  return parts;
}
