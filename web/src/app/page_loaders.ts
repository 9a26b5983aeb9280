/** How each page's part of the script is fetched, without the rest of the interface. */
import type { ComponentType } from "react";

export interface PageProps {
  /** What follows the page's own path. */
  rest: readonly string[];
}

export type PageModule = { default: ComponentType<PageProps> };

const kLoaders: Readonly<Record<string, () => Promise<PageModule>>> = {
  overview: () => import("../pages/overview"),
  sites: () => import("../pages/sites"),
  jobs: () => import("../pages/jobs"),
  claims: () => import("../pages/claims"),
  series: () => import("../pages/series"),
  inputs: () => import("../pages/inputs"),
  compare: () => import("../pages/compare"),
  step: () => import("../pages/step"),
  search: () => import("../pages/search"),
  ask: () => import("../pages/ask"),
  power: () => import("../pages/power"),
  site: () => import("../pages/site"),
  plan: () => import("../pages/plan"),
  money: () => import("../pages/money"),
  serving: () => import("../pages/serving"),
  network: () => import("../pages/network"),
  across: () => import("../pages/across"),
  operate: () => import("../pages/operate"),
  replay: () => import("../pages/replay"),
  fit: () => import("../pages/fit"),
  scenario: () => import("../pages/scenario"),
  runs: () => import("../pages/runs"),
  catalogue: () => import("../pages/catalogue"),
  validation: () => import("../pages/validation"),
};

export const is_page = (id: string): boolean => id in kLoaders;

const loaded = new Map<string, PageModule>();

export async function load_page(id: string): Promise<PageModule> {
  const module = await kLoaders[id]!();
  loaded.set(id, module);
  return module;
}

/** The page when its part of the script is there: it can then be drawn without waiting. */
export const page_at_hand = (id: string): PageModule | undefined => loaded.get(id);
