/**
 * What the first page needs, asked for before the script that draws it is read: the parts of the page and its answers
 * then come side by side, not one after the other. The page takes the answers when it asks for them itself.
 */
import { begin, default_run } from "./begun";
import { address, path_of, type Answer } from "./operation";
import { is_page, load_page } from "./page_loaders";

const begin_run = (id: string) =>
  [address("GET /api/runs/{id}/document", { id }), address("GET /api/runs/{id}", { id })].forEach(begin);
const kCatalogued = ["step", "search", "catalogue"];

/** Ends when the page's part of the script is there, or cannot be had. */
export function begin_first_page(hash: string): Promise<unknown> {
  const path = hash
    .replace(/^#?\/?/, "")
    .split("?")[0]!
    .split("/")
    .filter(Boolean);
  const of_run = path[0] === "runs" && path[1] !== undefined;
  const page = path.length === 0 ? "overview" : of_run ? (path[2] ?? "overview") : path[0]!;
  const script = is_page(page) ? load_page(page).catch(() => {}) : Promise.resolve();
  void begin(path_of("GET /api/version"));
  const runs = begin(path_of("GET /api/runs"));
  if (of_run && page !== "series") begin_run(path[1]!);
  else if (kCatalogued.includes(page)) void begin(path_of("GET /api/catalog"));
  else if (path.length === 0)
    void runs
      .then(async (answer) => {
        if (!answer.ok) return;
        const newest = default_run(((await answer.clone().json()) as Answer<"GET /api/runs">).runs);
        if (newest) begin_run(String(newest.id));
      })
      .catch(() => {});
  return script;
}
