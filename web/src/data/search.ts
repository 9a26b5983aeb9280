/** Shapes what a search answers for its charts: pure functions. */
import type { FoundPlan, SearchResult } from "../app/api";

/** Plans that no other beats in both time and memory: as the program says, or worked out of its best. */
export function pareto_of(result: Pick<SearchResult, "best" | "pareto">): FoundPlan[] {
  const all: FoundPlan[] = result.pareto?.length ? result.pareto : (result.best ?? []);
  const sorted = all.toSorted((a, b) => a.memory_gb - b.memory_gb || a.step_time_s - b.step_time_s);
  let least = Infinity;
  return sorted.filter((row) => {
    if (row.step_time_s >= least) return false;
    least = row.step_time_s;
    return true;
  });
}

type Size = Pick<NonNullable<SearchResult["scaling"]>[number], "gpus" | "best" | "reason">;

export interface ScalingRow {
  gpus: number;
  plan?: FoundPlan;
  reason?: string;
  tokens_per_s?: number;
  /** Tokens per second and accelerator against the smallest number that has a plan. */
  efficiency?: number;
}

export function scaling_rows(list: readonly Size[], tokens_per_step: number): ScalingRow[] {
  const rows = list
    .toSorted((a, b) => a.gpus - b.gpus)
    .map(
      ({ gpus, best, reason }): ScalingRow => ({
        gpus,
        plan: best,
        reason,
        tokens_per_s: best && tokens_per_step / best.step_time_s,
      }),
    );
  const first = rows.find((row) => row.tokens_per_s !== undefined);
  return rows.map((row) =>
    row.tokens_per_s === undefined
      ? row
      : { ...row, efficiency: row.tokens_per_s / row.gpus / (first!.tokens_per_s! / first!.gpus) },
  );
}
