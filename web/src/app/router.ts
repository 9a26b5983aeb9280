/**
 * Addresses. Everything after "#" says what is shown: "#/runs/3/jobs/llama?at=2026-05".
 * The path names the page, the query the choices on it, so a copied address
 * restores the exact view and the server needs to know one page only.
 */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { ViewStore } from "../components/view_state";

export interface Place {
  path: readonly string[];
  query: URLSearchParams;
}

export function parse_place(hash: string): Place {
  const text = hash.replace(/^#?\/?/, "");
  const mark = text.indexOf("?");
  const path = (mark < 0 ? text : text.slice(0, mark)).split("/").filter(Boolean).map(decode);
  return { path, query: new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

type Query = URLSearchParams | Record<string, string | number | null | undefined>;

/** The address of a page; empty choices are left out. */
export function href(path: readonly (string | number)[], query: Query = {}): string {
  const pairs =
    query instanceof URLSearchParams
      ? [...query]
      : Object.entries(query).flatMap(([key, value]): [string, string][] =>
          value === null || value === undefined || value === "" ? [] : [[key, String(value)]],
        );
  const tail = new URLSearchParams(pairs as [string, string][])
    .toString()
    .replaceAll("%2C", ",")
    .replaceAll("%7E", "~")
    .replaceAll("%3A", ":");
  return `#/${path.map((part) => encodeURIComponent(part)).join("/")}${tail ? `?${tail}` : ""}`;
}

const kMoved = "gigawatt-moved";

export function go(to: string): void {
  location.hash = to;
}

/** Changes the choices of the page without a new entry in the history. */
export function replace_query(change: (query: URLSearchParams) => void): void {
  const place = parse_place(location.hash);
  const query = new URLSearchParams(place.query);
  change(query);
  const next = href(place.path, query);
  if (next === location.hash || (next === "#/" && location.hash === "")) return;
  history.replaceState(null, "", next);
  dispatchEvent(new Event(kMoved));
}

function subscribe(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  addEventListener(kMoved, changed);
  return () => {
    removeEventListener("hashchange", changed);
    removeEventListener(kMoved, changed);
  };
}

const read = () => location.hash;

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, read, read);
  return useMemo(() => parse_place(hash), [hash]);
}

/** The store behind useView: choices live in the query. */
export const kAddressStore: ViewStore = {
  get: (key) => parse_place(location.hash).query.get(key) ?? undefined,
  set: (key, value) => replace_query((query) => (value === undefined ? query.delete(key) : query.set(key, value))),
  subscribe,
};

/** Several choices at once, for pages whose whole question is in the address. */
export function useQuery(): [URLSearchParams, (values: Record<string, string | number | null | undefined>) => void] {
  const { query } = usePlace();
  const set = useCallback((values: Record<string, string | number | null | undefined>) => {
    replace_query((next) => {
      for (const [key, value] of Object.entries(values))
        if (value === null || value === undefined || value === "") next.delete(key);
        else next.set(key, String(value));
    });
  }, []);
  return [query, set];
}
