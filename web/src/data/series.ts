/** Shapes the monthly series of a run for the charts: pure functions, no drawing. */
import type { Num, Run, Series } from "../run";

/** One line or layer of a chart. */
export interface Layer {
  key: string;
  label: string;
  values: Num[];
  low?: Num[];
  high?: Num[];
  /** Index into the color series, fixed per name so that hiding one does not recolor the rest. */
  color: number | "ink" | "muted";
  dashed?: boolean;
  /** Key of the layer it goes with: shown and hidden together, named once. */
  companion?: string;
  /** Part of the stack (area), or a line over it. */
  stacked?: boolean;
}

export const has_values = (values: readonly Num[] | undefined): values is Num[] =>
  Array.isArray(values) && values.some((value) => typeof value === "number" && value !== 0);

/** Running totals of the visible layers, bottom first; a gap counts as nothing. */
export function stack(layers: readonly Num[][]): number[][] {
  const length = layers[0]?.length ?? 0;
  const total = new Array<number>(length).fill(0);
  return layers.map((values) => {
    for (let i = 0; i < length; ++i) total[i]! += values[i] ?? 0;
    return [...total];
  });
}

export function sum_layers(layers: readonly Num[][]): Num[] {
  return layers.length ? stack(layers).at(-1)! : [];
}

/** Sums a monthly array by calendar year; `dates` are ISO. */
export function by_year(dates: readonly string[], values: readonly Num[]): Map<string, number> {
  const years = new Map<string, number>();
  dates.forEach((date, i) => {
    const year = date.slice(0, 4);
    years.set(year, (years.get(year) ?? 0) + (values[i] ?? 0));
  });
  return years;
}

/** Names of sites in the order of the sites table, then any that only the series know. */
export function site_names(run: Run): string[] {
  const named = (run.sites ?? []).map((site) => site.name);
  return [...new Set([...named, ...Object.keys(run.series?.per_site ?? {})])];
}

/** Short names for legends: the title up to its first comma or bracket. */
export function short_title(title: string): string {
  return title.split(/[,(]/)[0]!.trim() || title;
}

export type PowerAt = "facility" | "it";

/** Energized capacity of each site, bottom layer the first site, with the range where there is one. */
export function capacity_layers(run: Run, where: PowerAt): Layer[] {
  const titles = new Map((run.sites ?? []).map((site) => [site.name, short_title(site.title ?? site.name)]));
  const key = `energized_mw_${where}` as const;
  return site_names(run).flatMap((name, index) => {
    const site = run.series?.per_site?.[name];
    const values = site?.[key];
    if (!has_values(values)) return [];
    return [
      {
        key: name,
        label: titles.get(name) ?? name,
        values,
        low: site?.[`${key}_low`],
        high: site?.[`${key}_high`],
        color: index,
        stacked: true,
      },
    ];
  });
}

/** Power drawn by everything, from the fleet or else summed over the sites. */
export function total_load(run: Run, where: PowerAt): Num[] | undefined {
  const fleet = where === "it" ? run.series?.fleet?.it_mw : run.series?.fleet?.facility_mw;
  if (has_values(fleet)) return fleet;
  const loads = Object.values(run.series?.per_site ?? {})
    .map((site) => site[`load_mw_${where}`])
    .filter(has_values);
  return loads.length ? sum_layers(loads) : undefined;
}

/** The named groups of the fleet, in document order, empty ones left out. */
export function group_layers(
  groups: Record<string, Num[]> | undefined,
  name: (key: string) => string = (key) => key,
): Layer[] {
  return Object.entries(groups ?? {}).flatMap(([key, values], index) =>
    has_values(values) ? [{ key, label: name(key), values, color: index, stacked: true }] : [],
  );
}

/** The cumulative series, or the running sum of the categories when the run has none. */
export function cumulative(given: Num[] | undefined, groups: Record<string, Num[]> | undefined): Num[] | undefined {
  if (has_values(given)) return given;
  const monthly = sum_layers(Object.values(groups ?? {}).filter(has_values));
  let total = 0;
  return monthly.length ? monthly.map((value) => (total += value ?? 0)) : undefined;
}

/** Only layers whose length fits the dates can be drawn. */
export function fit(series: Series, layers: readonly Layer[]): Layer[] {
  return layers.filter((layer) => layer.values.length === series.dates.length);
}

/** Whether any of these arrays can be drawn over the dates of the run. */
function drawable(run: Run, arrays: readonly (Num[] | undefined)[]): boolean {
  return arrays.some((values) => has_values(values) && values.length === run.series!.dates.length);
}

export function has_capacity(run: Run): boolean {
  const fleet = run.series?.fleet;
  const sites = Object.values(run.series?.per_site ?? {});
  return (
    !!run.series &&
    drawable(run, [
      ...sites.flatMap((site) => [site.energized_mw_facility, site.energized_mw_it, site.accelerators]),
      ...Object.values(fleet?.accelerators_by_generation ?? {}),
      total_load(run, "facility"),
      fleet?.goodput,
      fleet?.utilization,
      fleet?.energy_mwh,
      fleet?.co2_t,
    ])
  );
}

export function has_spend(run: Run): boolean {
  const fleet = run.series?.fleet;
  return (
    !!run.series &&
    drawable(run, [
      ...Object.values(fleet?.capex_usd_by_category ?? {}),
      ...Object.values(fleet?.opex_usd_by_category ?? {}),
      fleet?.capex_cumulative_usd,
      fleet?.opex_cumulative_usd,
    ])
  );
}
