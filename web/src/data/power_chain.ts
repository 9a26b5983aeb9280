/** From the meter to the work: where the electricity of a site went over the run. */
import { job_count } from "./jobs";
import type { Job, Num, Site, SiteSeries } from "../run";

export interface Flow {
  nodes: { key: string; label: string; color: number }[];
  links: { source: string; target: string; value: number }[];
}

const kShown = 6;

/**
 * Meter = racks + conversion + cooling, all energies at the meter's or the racks'
 * inlets as named. The racks' part goes on to the jobs that ran at this site, of those
 * that several sites share what they drew here; what idle and broken nodes drew is the rest.
 */
export function power_chain(site: Site, jobs: readonly Job[]): Flow | null {
  const it = site.it_energy_mwh ?? 0;
  if (!(it > 0)) return null;
  const nodes: Flow["nodes"] = [
    { key: "meter", label: "Meter", color: 6 },
    { key: "it", label: "Racks (IT)", color: 0 },
  ];
  const links: Flow["links"] = [{ source: "meter", target: "it", value: it }];
  const here = (job: Job): number =>
    job.it_energy_mwh_by_site?.[site.name] ?? (job.site === site.name ? (job.it_energy_mwh ?? 0) : 0);
  const own = jobs
    .map((job) => ({ job, mwh: here(job) }))
    .filter(({ mwh }) => mwh > 0)
    .sort((a, b) => b.mwh - a.mwh);
  const shown = own.slice(0, own.length > kShown ? kShown - 1 : kShown);
  let rest = it;
  for (const [i, { job, mwh }] of shown.entries()) {
    nodes.push({ key: `job:${job.name}`, label: job.title ?? job.name, color: [2, 5, 9, 13, 10, 8][i % 6]! });
    links.push({ source: "it", target: `job:${job.name}`, value: mwh });
    rest -= mwh;
  }
  const more = own.slice(shown.length).reduce((sum, { mwh }) => sum + mwh, 0);
  if (more > 0) {
    const further = job_count(own.slice(shown.length).map(({ job }) => job));
    nodes.push({ key: "more", label: `${further.toLocaleString("en-US")} further jobs`, color: 12 });
    links.push({ source: "it", target: "more", value: more });
    rest -= more;
  }
  if (own.length && rest > 1e-6 * it) {
    nodes.push({ key: "rest", label: "Idle and in repair", color: 14 });
    links.push({ source: "it", target: "rest", value: rest });
  }
  for (const [part, color] of [
    ["conversion", 1],
    ["cooling", 4],
  ] as const) {
    const value = site.overhead_energy_mwh?.[part] ?? 0;
    if (!(value > 0)) continue;
    nodes.push({ key: part, label: part === "conversion" ? "Conversion losses" : "Cooling", color });
    links.push({ source: "meter", target: part, value });
  }
  return { nodes, links };
}

const ratio = (above: readonly Num[] | undefined, below: readonly Num[] | undefined, scale = 1): Num[] | undefined =>
  above && below
    ? above.map((value, i) => (value !== null && (below[i] ?? 0) > 0 ? (value / below[i]!) * scale : null))
    : undefined;

export interface Rates {
  pue?: Num[];
  /** Liters of water for each kWh at the racks. */
  wue?: Num[];
  /** Kilograms of CO2 for each kWh at the meter. */
  carbon?: Num[];
}

/** A month with less of the run's largest load than this has rates that say nothing: losses of a site that stands empty. */
const kLeastLoad = 0.05;

export function site_rates(series: SiteSeries): Rates {
  const it = series.it_energy_mwh;
  const least = kLeastLoad * Math.max(0, ...(it ?? []).map((value) => value ?? 0));
  const loaded = it?.map((value) => ((value ?? 0) >= least ? value : null));
  return {
    pue: ratio(series.energy_mwh, loaded),
    wue: ratio(series.water_m3, loaded),
    carbon: ratio(series.co2_t, series.energy_mwh),
  };
}

/** Means of each calendar month over the years, January first; null where there is nothing. */
export function by_calendar_month(dates: readonly string[], values: readonly Num[]): Num[] {
  const sums = new Array<number>(12).fill(0);
  const counts = new Array<number>(12).fill(0);
  dates.forEach((date, i) => {
    const value = values[i];
    const month = Number(date.slice(5, 7)) - 1;
    if (typeof value !== "number" || !(month >= 0)) return;
    sums[month]! += value;
    counts[month]! += 1;
  });
  return sums.map((sum, i) => (counts[i] ? sum / counts[i]! : null));
}
