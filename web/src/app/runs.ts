/** The list of runs, shared by every page, and the progress of those that are under way. */
import { useEffect, useSyncExternalStore } from "react";
import { follow, get, type Progress } from "./api";
import { forget } from "./load";
import { address, type RunRow } from "./operation";

export interface Runs {
  rows: readonly RunRow[] | undefined;
  progress: ReadonlyMap<number, Progress>;
  error: Error | undefined;
}

let state: Runs = { rows: undefined, progress: new Map(), error: undefined };
const listeners = new Set<() => void>();
let first: Promise<void> | undefined;
const followed = new Map<number, AbortController>();

function publish(next: Partial<Runs>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

export const is_open = (run: Pick<RunRow, "status">): boolean => run.status === "queued" || run.status === "running";

/** Newest first. */
export function sort_runs<Row extends Pick<RunRow, "id">>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => b.id - a.id);
}

export { default_run } from "./begun";

export async function refresh_runs(): Promise<void> {
  try {
    const { runs } = await get("GET /api/runs", {});
    publish({ rows: sort_runs(runs), error: undefined });
    for (const run of runs) if (is_open(run) && !followed.has(run.id)) void watch(run.id);
  } catch (error) {
    publish({ error: error as Error });
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Follows one run to its end; a broken stream is taken up again. */
async function watch(id: number): Promise<void> {
  const abort = new AbortController();
  followed.set(id, abort);
  let ended = false;
  for (let attempt = 0; !ended && attempt < 5; ++attempt) {
    try {
      await follow(
        `/api/runs/${id}/events`,
        (event, data) => {
          if (event === "end") ended = true;
          else if (event === "progress") {
            attempt = 0;
            const progress = new Map(state.progress).set(id, data as Progress);
            const rows = state.rows?.map((run) =>
              run.id === id && (data as Progress).status
                ? { ...run, status: (data as Progress).status!, fraction: (data as Progress).fraction ?? run.fraction }
                : run,
            );
            publish({ progress, rows });
          }
        },
        abort.signal,
      );
      if (!ended) await pause(500);
    } catch {
      await pause(1000 * (attempt + 1));
    }
  }
  followed.delete(id);
  forget(address("GET /api/runs/{id}", { id }));
  await refresh_runs();
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

const read = () => state;

export function useRuns(): Runs {
  const runs = useSyncExternalStore(subscribe, read, read);
  useEffect(() => {
    // Several parts of a page want the list; the first of them asks.
    if (!state.rows) first ??= refresh_runs().finally(() => (first = undefined));
  }, []);
  return runs;
}
