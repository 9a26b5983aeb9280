/**
 * What the first page needs, asked for before the script that draws it is read: the parts of the page and its answers
 * then come side by side, not one after the other. The page takes the answers when it asks for them itself.
 */
import { is_page, load_page } from "./page_loaders";
import { token } from "./token";

const started = new Map<string, Promise<Response>>();

function begin(path: string): Promise<Response> {
  const bearer = token();
  const answer = fetch(`/api${path}`, { credentials: "omit", headers: bearer ? { Authorization: `Bearer ${bearer}` } : {} });
  // Whoever takes it hears of a failure; when nobody does, nobody needs to.
  answer.catch(() => {});
  started.set(path, answer);
  return answer;
}

/** The answer that is on its way already; each is handed out once. */
export function take_early(path: string): Promise<Response> | undefined {
  const answer = started.get(path);
  started.delete(path);
  return answer;
}

/** The run a reader most likely means when none is named: the newest finished one. */
export function default_run<Run extends { id: number; status: string }>(rows: readonly Run[]): Run | undefined {
  return rows.filter((run) => run.status === "done").sort((a, b) => b.id - a.id)[0];
}

const begin_run = (id: string) => [`/runs/${id}/document`, `/runs/${id}`].forEach(begin);
const kCatalogued = ["step", "search", "catalogue"];

/** Ends when the page's part of the script is there, or cannot be had. */
export function begin_first_page(hash: string): Promise<unknown> {
  const path = hash.replace(/^#?\/?/, "").split("?")[0]!.split("/").filter(Boolean);
  const of_run = path[0] === "runs" && path[1] !== undefined;
  const page = path.length === 0 ? "overview" : of_run ? path[2] ?? "overview" : path[0]!;
  const script = is_page(page) ? load_page(page).catch(() => {}) : Promise.resolve();
  void begin("/version");
  const runs = begin("/runs");
  if (of_run && page !== "series") begin_run(path[1]!);
  else if (kCatalogued.includes(page)) void begin("/catalog");
  else if (path.length === 0)
    void runs.then(async (answer) => {
      if (!answer.ok) return;
      const newest = default_run(((await answer.clone().json()) as { runs: { id: number; status: string }[] }).runs);
      if (newest) begin_run(String(newest.id));
    }).catch(() => {});
  return script;
}
