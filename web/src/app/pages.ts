/** Every page: its address, its name, its place in the navigation. Each is fetched when first opened. */
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

export interface PageProps {
  /** What follows the page's own path. */
  rest: readonly string[];
}

export interface Page {
  id: string;
  title: string;
  group: "Run" | "Ask" | "Write" | "Look up";
  /** Of a run: its address begins with #/runs/N. */
  of_run?: boolean;
  /** Shown only when the server names this feature. */
  needs?: string;
  View: LazyExoticComponent<ComponentType<PageProps>>;
  load: () => Promise<unknown>;
}

type Module = { default: ComponentType<PageProps> };

const page = (id: string, title: string, group: Page["group"], load: () => Promise<Module>, more: Partial<Page> = {}): Page => ({ id, title, group, load, View: lazy(load), ...more });

/** A further page is one more line here; one that a server cannot fill names the feature it needs. */
export const kPages: readonly Page[] = [
  page("overview", "Overview", "Run", () => import("../pages/overview"), { of_run: true }),
  page("sites", "Sites", "Run", () => import("../pages/sites"), { of_run: true }),
  page("jobs", "Jobs", "Run", () => import("../pages/jobs"), { of_run: true }),
  page("claims", "Claims", "Run", () => import("../pages/claims"), { of_run: true }),
  page("series", "Series", "Run", () => import("../pages/series"), { of_run: true }),
  page("inputs", "Inputs", "Run", () => import("../pages/inputs"), { of_run: true }),
  page("compare", "Compare", "Run", () => import("../pages/compare")),
  page("step", "Step", "Ask", () => import("../pages/step")),
  page("search", "Search", "Ask", () => import("../pages/search")),
  page("scenario", "Scenario", "Write", () => import("../pages/scenario")),
  page("runs", "Runs", "Write", () => import("../pages/runs")),
  page("catalogue", "Catalogue", "Look up", () => import("../pages/catalogue")),
  page("validation", "Validation", "Look up", () => import("../pages/validation")),
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
