/** Every page: its address, its name, its place in the navigation. Each is fetched when first opened. */
import { createElement, lazy, useState, type ComponentType } from "react";
import { load_page, page_at_hand, type PageProps } from "./page_loaders";

export interface Page {
  id: string;
  title: string;
  group: "Run" | "Ask" | "Write" | "Look up";
  /** Of a run: its address begins with #/runs/N. */
  of_run?: boolean;
  /** Shown only when the server names this feature. */
  needs?: string;
  View: ComponentType<PageProps>;
  load: () => Promise<unknown>;
}

function page(id: string, title: string, group: Page["group"], more: Partial<Page> = {}): Page {
  const load = () => load_page(id);
  const Later = lazy(load);
  // React holds a part that it had to wait for back for 300 ms; one that is there already need not be waited for.
  const View = (props: PageProps) => createElement(useState(() => page_at_hand(id)?.default ?? Later)[0], props);
  return { id, title, group, load, View, ...more };
}

/** A further page is one more line here and in page_loaders.ts; one that a server cannot fill names the feature it needs. */
export const kPages: readonly Page[] = [
  page("overview", "Overview", "Run", { of_run: true }),
  page("sites", "Sites", "Run", { of_run: true }),
  page("jobs", "Jobs", "Run", { of_run: true }),
  page("claims", "Claims", "Run", { of_run: true }),
  page("series", "Series", "Run", { of_run: true }),
  page("inputs", "Inputs", "Run", { of_run: true }),
  page("compare", "Compare", "Run"),
  page("ask", "Gigawatt", "Ask"),
  page("step", "Step", "Ask"),
  page("search", "Search", "Ask"),
  page("power", "Power", "Ask"),
  page("site", "Site", "Ask"),
  page("network", "Network", "Ask"),
  page("across", "Sites apart", "Ask"),
  page("serving", "Serving", "Ask"),
  page("operate", "Operate", "Ask"),
  page("replay", "Job log", "Ask"),
  page("fit", "Fault log", "Ask"),
  page("plan", "Plan", "Ask"),
  page("money", "Money", "Ask"),
  page("scenario", "Scenario", "Write"),
  page("runs", "Runs", "Write"),
  page("catalogue", "Catalogue", "Look up"),
  page("validation", "Validation", "Look up"),
];

export interface Shown {
  page: Page;
  rest: readonly string[];
  /** Of a page of a run: which one. */
  run?: string;
}

/** Which page an address means. "#/runs/3/jobs/x": the jobs page of run 3, with "x" left for it. */
export function resolve(path: readonly string[], pages: readonly Page[] = kPages): Shown | null {
  // "#/runs" alone is the list of them.
  if (path[0] === "runs" && path[1] !== undefined) {
    const page = pages.find((candidate) => candidate.of_run && candidate.id === (path[2] ?? "overview"));
    return page ? { page, rest: path.slice(3), run: path[1] } : null;
  }
  const page = pages.find((candidate) => !candidate.of_run && candidate.id === path[0]);
  return page ? { page, rest: path.slice(1) } : null;
}
