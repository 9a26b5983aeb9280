/** Figures of a set of predicted rows, as `gigawatt validate` defines them. */
import type { ValidationRow } from "../app/api";

export interface Accuracy {
  n: number;
  sources: number;
  /** Percent. */
  median: number;
  macro: number;
  p90: number;
  bias: number;
  /** Shares. */
  within: number;
  covered: number;
}

/** Linear interpolation between sorted values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (!sorted.length) return NaN;
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below]! + (place - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}

const mean = (values: readonly number[]) =>
  values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;

/** What it takes of a row. */
type Measured = Pick<ValidationRow, "source" | "error_pct" | "measured_s" | "low_s" | "high_s">;

export function accuracy(rows: readonly Measured[]): Accuracy {
  const by_source = new Map<string, number[]>();
  for (const row of rows) {
    const list = by_source.get(row.source) ?? [];
    list.push(Math.abs(row.error_pct));
    by_source.set(row.source, list);
  }
  const errors = rows.map((row) => Math.abs(row.error_pct));
  return {
    n: rows.length,
    sources: by_source.size,
    median: quantile(errors, 0.5),
    macro: mean([...by_source.values()].map((list) => quantile(list, 0.5))),
    p90: quantile(errors, 0.9),
    bias: quantile(
      rows.map((row) => row.error_pct),
      0.5,
    ),
    within: errors.filter((error) => error <= 10).length / (errors.length || NaN),
    covered:
      rows.filter((row) => row.measured_s >= row.low_s && row.measured_s <= row.high_s).length / (rows.length || NaN),
  };
}

/** The different values of a field, most frequent first. */
export function values_of<Row>(rows: readonly Row[], field: keyof Row): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = String(row[field] ?? "");
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([value]) => value);
}
