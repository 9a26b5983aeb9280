/** Where in a TOML text a position is: the table it belongs to, the key, and whether a name or a value is being written. */
export interface Place {
  /** Path of the table: ["job", "phase"]. */
  table: string[];
  at: "header" | "key" | "value";
  /** What stands before the position: of the header, the key or the value. */
  typed: string;
  /** Start of `typed` in the text. */
  from: number;
  /** Of a value. */
  key?: string;
  /** Keys that the table has already. */
  used: Set<string>;
}

const kHeader = /^\s*\[{1,2}\s*([^\]#]*?)\s*\]{0,2}\s*(#.*)?$/;

function split_path(text: string): string[] {
  return text
    .split(".")
    .map((part) => part.trim().replace(/^["']|["']$/g, ""))
    .filter(Boolean);
}

/** Lines that lie inside a multi-line string: nothing there is a key. */
function in_multiline(lines: readonly string[], line: number): boolean {
  let open: string | null = null;
  for (let i = 0; i < line; ++i) {
    for (const mark of lines[i]!.match(/"""|'''/g) ?? []) {
      if (open === null) open = mark;
      else if (open === mark) open = null;
    }
  }
  return open !== null;
}

/** Whether the end of this text is inside a comment. */
function commented(text: string): boolean {
  let quote = "";
  for (const letter of text) {
    if (quote) {
      if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "#") return true;
  }
  return false;
}

export function place_at(text: string, position: number): Place | null {
  const before = text.slice(0, position);
  const lines = text.split("\n");
  const line = before.split("\n").length - 1;
  const start = before.lastIndexOf("\n") + 1;
  const left = before.slice(start);
  if (in_multiline(lines, line) || commented(left)) return null;

  let table: string[] = [];
  let head = -1;
  for (let i = line - (/^\s*\[/.test(left) && !left.includes("=") ? 1 : 0); i >= 0; --i) {
    const match = i === line ? null : kHeader.exec(lines[i]!);
    if (match && !in_multiline(lines, i)) {
      table = split_path(match[1]!);
      head = i;
      break;
    }
  }
  const used = new Set<string>();
  for (let i = head + 1; i < lines.length; ++i) {
    if (i !== line && kHeader.test(lines[i]!)) break;
    const key = i === line ? undefined : /^\s*([A-Za-z0-9_-]+)\s*=/.exec(lines[i]!)?.[1];
    if (key && !in_multiline(lines, i)) used.add(key);
  }

  const header = /^\s*\[{1,2}\s*([A-Za-z0-9_.-]*)$/.exec(left);
  if (header && !left.includes("="))
    return { table, at: "header", typed: header[1]!, from: position - header[1]!.length, used };
  const key = /^\s*([A-Za-z0-9_-]*)$/.exec(left);
  if (key) return { table, at: "key", typed: key[1]!, from: position - key[1]!.length, used };
  const value = /^\s*([A-Za-z0-9_-]+)\s*=\s*(.*)$/.exec(left);
  if (value) {
    const typed = /[^\s[,]*$/.exec(value[2]!)![0];
    return { table, at: "value", key: value[1]!, typed, from: position - typed.length, used };
  }
  return null;
}

export interface Schema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  anyOf?: Schema[];
  default?: unknown;
  required?: string[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  [more: string]: unknown;
}

function follow(schema: Schema | undefined, root: Schema): Schema | undefined {
  const name = schema?.$ref?.replace("#/$defs/", "");
  return name ? root.$defs?.[name] : schema;
}

/** The schema of a table by its path; lists of tables are looked through. */
export function schema_at(root: Schema, path: readonly string[]): Schema | undefined {
  let schema: Schema | undefined = root;
  for (const part of path) {
    schema = follow(schema?.properties?.[part], root);
    if (schema?.items) schema = follow(schema.items, root);
  }
  return schema;
}

const types_of = (schema: Schema): string[] =>
  [schema.type ?? [], ...(schema.anyOf?.map((one) => one.type ?? []) ?? [])].flat();

const is_table = (schema: Schema, root: Schema): boolean => !!follow(schema, root)?.properties;
const is_list = (schema: Schema, root: Schema): boolean => !!follow(schema.items, root)?.properties;

/** In a word: "text", "GUSD", "date", "one of 4". */
export function kind_of(schema: Schema, root: Schema): string {
  const unit = schema["x-unit"];
  if (schema.enum) return `one of ${schema.enum.length}`;
  if (typeof unit === "string" && unit) return unit;
  if (schema["x-type"] === "date") return "date";
  if (is_list(schema, root)) return "tables";
  if (is_table(schema, root)) return "table";
  return types_of(schema)[0] ?? "";
}

export interface Suggestion {
  label: string;
  /** What is put in; where the cursor goes is marked by a "|". */
  insert: string;
  detail: string;
  info: string;
  /** Required ones first. */
  boost: number;
}

/** How an entry without a value begins. */
function template(key: string, schema: Schema): string {
  const types = types_of(schema);
  const unit = schema["x-unit"];
  if (schema.enum || (types.includes("string") && !types.includes("number") && schema["x-type"] !== "date"))
    return `${key} = "|${typeof unit === "string" && unit ? ` ${unit}` : ""}"`;
  if (types.includes("array")) return `${key} = [|]`;
  return `${key} = |`;
}

function tables(root: Schema, schema: Schema, path: string, into: Suggestion[]): void {
  for (const [key, raw] of Object.entries(schema.properties ?? {})) {
    const inner = follow(raw, root)!;
    const name = path ? `${path}.${key}` : key;
    const below = is_list(inner, root) ? follow(inner.items, root)! : is_table(inner, root) ? inner : null;
    if (!below) continue;
    into.push({
      label: name,
      insert: name,
      detail: is_list(inner, root) ? "[[ ]]" : "[ ]",
      info: inner.description ?? "",
      boost: path ? -1 : 0,
    });
    tables(root, below, name, into);
  }
}

/** Everything that may be written at a place. `names` knows the entries of the catalogue by the key that refers to them. */
export function suggestions(root: Schema, place: Place, names: (key: string) => readonly string[]): Suggestion[] {
  if (place.at === "header") {
    const found: Suggestion[] = [];
    tables(root, root, "", found);
    return found;
  }
  const schema = schema_at(root, place.table);
  if (!schema) return [];
  if (place.at === "key")
    return Object.entries(schema.properties ?? {}).flatMap(([key, raw]): Suggestion[] => {
      const inner = follow(raw, root)!;
      if (place.used.has(key) || is_list(inner, root) || is_table(inner, root)) return [];
      return [
        {
          label: key,
          insert: template(key, inner),
          detail: kind_of(inner, root),
          info: inner.description ?? "",
          boost: schema.required?.includes(key) ? 2 : 0,
        },
      ];
    });
  const inner = follow(schema.properties?.[place.key!], root);
  if (!inner) return [];
  const choice = (value: unknown, detail = ""): Suggestion => {
    const text = typeof value === "string" ? `"${value}"` : String(value);
    return { label: text, insert: text, detail, info: inner.description ?? "", boost: 0 };
  };
  if (inner.enum) return inner.enum.map((value) => choice(value, value === inner.default ? "default" : ""));
  if (types_of(inner).includes("boolean"))
    return [true, false].map((value) => choice(value, value === inner.default ? "default" : ""));
  const known = names(place.key!);
  if (known.length) return known.map((name) => choice(name));
  return inner.default !== undefined && inner.default !== "" ? [choice(inner.default, "default")] : [];
}
