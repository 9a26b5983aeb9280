/** A chart or table as plain rows, for reading and for saving. */
export interface Grid {
  columns: string[];
  /** Of every column but the first. */
  unit?: string;
  rows: (string | number | null | undefined)[][];
}

/** RFC 4180, with a leading quote mark kept off formulas so that a spreadsheet does not run them. */
export function to_csv(grid: Grid): string {
  const cell = (value: string | number | null | undefined) => {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" && /^[=+@\t]|^-(?![\d.])/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const heads = grid.columns.map((column, i) => (grid.unit && i > 0 ? `${column} (${grid.unit})` : column));
  return [heads, ...grid.rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
