/** The server's API: types as the OpenAPI document gives them, one function to ask. */
import { take_early } from "./begun";
import { EventReader } from "./sse";
import { keep_token, token } from "./token";

export interface Diagnostic {
  severity?: string;
  file?: string;
  line?: number;
  column?: number;
  key?: string;
  message: string;
  hint?: string;
  length?: number;
}

/** What the server said no to, in its words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint = "",
    readonly diagnostics: readonly Diagnostic[] = [],
  ) {
    super(message);
  }
}

let asked: Promise<void> | null = null;
let ask_token: (() => Promise<string>) | null = null;

/** Who asks the reader for the token when the server wants one. */
export function on_token_wanted(ask: () => Promise<string>): void {
  ask_token = ask;
}

async function want_token(): Promise<void> {
  asked ??= ask_token!()
    .then(keep_token)
    .finally(() => {
      asked = null;
    });
  return asked;
}

async function error_of(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as {
      error?: { code?: string; message?: string; hint?: string };
      diagnostics?: Diagnostic[];
    };
    if (body.diagnostics)
      return new ApiError(
        response.status,
        "diagnostics",
        body.diagnostics.map((d) => d.message).join("; "),
        "",
        body.diagnostics,
      );
    if (body.error)
      return new ApiError(
        response.status,
        body.error.code ?? "",
        body.error.message ?? response.statusText,
        body.error.hint,
      );
  } catch {
    // Not JSON: a proxy in between answered.
  }
  return new ApiError(response.status, "http", `The server answered ${response.status} ${response.statusText}.`);
}

async function request(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const headers = new Headers(init.headers);
    const bearer = token();
    if (bearer) headers.set("Authorization", `Bearer ${bearer}`);
    let response: Response;
    try {
      response = await ((init.method === undefined && take_early(path)) ||
        fetch(`/api${path}`, { ...init, headers, credentials: "omit" }));
    } catch (error) {
      if ((error as Error).name === "AbortError") throw error;
      throw new ApiError(0, "offline", "The server does not answer. Is gigawatt serve still running?");
    }
    if (response.status === 401 && ask_token) {
      await want_token();
      continue;
    }
    if (!response.ok) throw await error_of(response);
    return response;
  }
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await request(path, { signal })).json() as Promise<T>;
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (
    await request(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    })
  ).json() as Promise<T>;
}

export async function post_for_blob(path: string, body: unknown): Promise<Blob> {
  return (
    await request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })
  ).blob();
}

export const get_blob = async (path: string): Promise<Blob> => (await request(path)).blob();

export async function remove(path: string): Promise<void> {
  await request(path, { method: "DELETE" });
}

/** Follows a stream of events until it ends or is aborted. */
export async function follow(
  path: string,
  emit: (event: string, data: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await request(path, { signal, headers: { Accept: "text/event-stream" } });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const events = new EventReader(({ event, data }) => emit(event, JSON.parse(data)));
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    events.feed(value);
  }
}

export type RunState = "queued" | "running" | "done" | "failed" | "cancelled" | "interrupted";

export interface RunRow {
  id: number;
  scenario: string;
  hash?: string;
  seed?: number | string;
  status: RunState;
  fraction?: number;
  events?: number;
  simulated_until?: string;
  created?: string;
  started?: string;
  finished?: string;
  error?: string;
  title?: string;
  name?: string;
  futures?: number;
  start?: string;
  end?: string;
  what?: string;
}

export interface Progress {
  what?: string;
  status?: RunState;
  fraction?: number;
  date?: string;
  events?: number;
  events_per_s?: number;
}

export interface Plan {
  tp?: number;
  cp?: number;
  pp?: number;
  vpp?: number;
  ep?: number;
  etp?: number;
  dp?: number;
  micro_batch?: number;
  zero?: number;
  shard_group?: number;
  recompute?: string;
  schedule?: string;
  precision?: string;
  first_layers?: number;
  last_layers?: number;
  sequence_parallel?: boolean;
  flash_attention?: boolean;
  cuda_graph?: boolean;
  offload_optimizer?: boolean;
  offload_activations?: boolean;
  text?: string;
}

export interface StepResult {
  model: string;
  system: string;
  gpus: number;
  plan: Plan;
  step_time_s: number;
  tokens_per_s_per_gpu?: number;
  mfu?: number;
  hfu?: number;
  micro_batches?: number;
  memory: { peak_gb: number; allocated_gb?: number; limit_gb: number; by: Record<string, number>; fits: boolean };
  time: Record<string, number>;
  interval: { low: number; high: number };
  cost_usd_per_trillion_tokens?: number;
}

export interface Neighbor {
  change: string;
  plan?: Plan;
  step_time_s?: number | null;
  mfu?: number | null;
  memory_gb?: number | null;
  fits?: boolean;
  /** What breaks, or what memory is missing. */
  why_not?: string;
  /** Of one that fits: the terms that grow. */
  slower_by?: string;
}

export interface FoundPlan {
  plan: Plan;
  gpus?: number;
  step_time_s: number;
  mfu?: number;
  memory_gb?: number;
  score?: number;
  tokens_per_s_per_gpu?: number;
  cost_usd_per_trillion_tokens?: number;
  energy_mwh_per_trillion_tokens?: number;
}

export interface SearchResult {
  evaluated?: number;
  legal?: number;
  fit?: number;
  candidates_per_s?: number;
  best: FoundPlan[];
  pareto?: FoundPlan[];
  scaling?: { gpus: number; best?: FoundPlan; reason?: string }[];
}

export interface CatalogEntry {
  kind: string;
  name: string;
  title?: string;
  aliases?: string[];
  [figure: string]: unknown;
}

export interface ValidationRow {
  id: string;
  source: string;
  citation?: string;
  level?: string;
  accelerator?: string;
  generation?: string;
  model?: string;
  gpus?: number;
  measured_s: number;
  predicted_s: number;
  low_s?: number;
  high_s?: number;
  error_pct: number;
  time?: Record<string, number>;
  [field: string]: unknown;
}

export interface SeriesInfo {
  metric: string;
  entity: string;
  label?: string;
  unit?: string;
  points?: number;
}

export interface SeriesSlice {
  metric: string;
  entity: string;
  unit?: string;
  t: (number | string)[];
  min: (number | null)[];
  max: (number | null)[];
  mean: (number | null)[];
}
