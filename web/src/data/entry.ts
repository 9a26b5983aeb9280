/** An entry of the catalogue as rows: every value with its band, its kind of evidence and its source. */
export interface EntryRow {
  path: string;
  value: string | number | boolean | null;
  unit?: string;
  low?: number;
  high?: number;
  kind?: string;
  source?: string;
  reason?: string;
}

type Value = unknown;
const is_table = (value: Value): value is Record<string, Value> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: Value) => (typeof value === "string" ? value : undefined);
const number = (value: Value) => (typeof value === "number" ? value : undefined);

export function entry_rows(
  entry: Value,
  path = "",
  skip: readonly string[] = ["name", "title", "aliases"],
): EntryRow[] {
  if (is_table(entry)) {
    if ("value" in entry && !is_table(entry.value)) {
      const { value, low, high } = entry;
      const band = number(low) !== number(value) || number(high) !== number(value);
      return [
        {
          path,
          value: Array.isArray(value) ? value.join(", ") : (value as EntryRow["value"]),
          unit: text(entry.unit),
          low: band ? number(low) : undefined,
          high: band ? number(high) : undefined,
          kind: text(entry.kind),
          source: text(entry.source),
          reason: text(entry.reason),
        },
      ];
    }
    return Object.entries(entry).flatMap(([key, value]) =>
      path === "" && skip.includes(key) ? [] : entry_rows(value, path ? `${path}.${key}` : key),
    );
  }
  if (Array.isArray(entry)) {
    if (entry.every((item) => !is_table(item) && !Array.isArray(item)))
      return entry.length ? [{ path, value: entry.join(", ") }] : [];
    return entry.flatMap((item, i) => entry_rows(item, `${path}[${i}]`));
  }
  return entry === null || entry === undefined || entry === "" ? [] : [{ path, value: entry as EntryRow["value"] }];
}
