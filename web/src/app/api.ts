/** The server's API: one function for each way of asking. */
import { take_early } from "./begun";
import {
  address,
  path_of,
  type Answer,
  type Delete,
  type Get,
  type Patch,
  type Post,
  type RunRow,
  type Where,
} from "./operation";
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
        fetch(path, { ...init, headers, credentials: "omit" }));
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

const json = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** The type of an answer is what the server says of its operation. */
export async function get<Asked extends Get>(
  operation: Asked,
  where: Where<Asked>,
  signal?: AbortSignal,
): Promise<Answer<Asked>> {
  return (await request(address(operation, where), { signal })).json() as Promise<Answer<Asked>>;
}

export async function post<Asked extends Post>(
  operation: Asked,
  body: unknown,
  signal?: AbortSignal,
): Promise<Answer<Asked>> {
  return (await request(path_of(operation), { ...json(body), signal })).json() as Promise<Answer<Asked>>;
}

export async function get_blob<Asked extends Get>(operation: Asked, where: Where<Asked>): Promise<Blob> {
  return (await request(address(operation, where))).blob();
}

export async function post_for_blob(operation: Post, body: unknown): Promise<Blob> {
  return (await request(path_of(operation), json(body))).blob();
}

export async function remove<Asked extends Delete>(operation: Asked, where: Where<Asked>): Promise<void> {
  await request(address(operation, where), { method: "DELETE" });
}

export async function change<Asked extends Patch>(
  operation: Asked,
  where: Where<Asked>,
  body: unknown,
): Promise<Answer<Asked>> {
  const answer = await request(address(operation, where), { ...json(body), method: "PATCH" });
  return answer.json() as Promise<Answer<Asked>>;
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

/** Data of the event `progress`, of which there is no schema: parts of the run's row. */
export type Progress = Partial<Pick<RunRow, "status" | "fraction" | "what" | "events" | "events_per_s">> & {
  date?: RunRow["simulated_until"];
};

/** A plan; one that is read from words has those parts that they name. */
export type Plan = Partial<Answer<"POST /api/step">["plan"]>;
export type StepResult = Answer<"POST /api/step">;
export type Neighbor = Answer<"POST /api/step/neighbors">["neighbors"][number];
export type SearchResult = Answer<"POST /api/search">;
export type FoundPlan = NonNullable<SearchResult["pareto"]>[number];

type Catalog = Answer<"GET /api/catalog">;
/** An entry of any kind in the catalogue's lists. */
export type CatalogEntry = Exclude<Catalog[keyof Catalog][number], { key: string }>;

export type ValidationRow = Answer<"GET /api/validation">["rows"][number];
export type SeriesInfo = Answer<"GET /api/runs/{id}/series/index">["series"][number];
export type SeriesSlice = Answer<"GET /api/runs/{id}/series">;
