/** The run as it stood at one month of its series. */
import type { Num, Run, Site } from "../run";

const at = (values: readonly Num[] | undefined, month: number): Num | undefined => values?.[month];

/** Index of the month that a text names ("2026-05"), or the last one. */
export function month_index(dates: readonly string[], text: string): number {
  const found = text ? dates.findIndex((date) => date.startsWith(text)) : -1;
  return found < 0 ? dates.length - 1 : found;
}

/** The sites with the power and accelerators that they had then. */
export function sites_at(run: Run, month: number): Site[] {
  return (run.sites ?? []).map((site) => {
    const series = run.series?.per_site?.[site.name];
    return series
      ? {
          ...site,
          energized_mw_facility: at(series.energized_mw_facility, month) ?? 0,
          energized_mw_it: at(series.energized_mw_it, month) ?? 0,
          accelerators: at(series.accelerators, month) ?? 0,
        }
      : site;
  });
}

/** Largest value that any site reaches in the whole run, so that circles and bars keep their scale. */
export function most_power(run: Run): number {
  const all = Object.values(run.series?.per_site ?? {}).flatMap((site) => site.energized_mw_facility ?? []);
  return all.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

/** Whether this step put capacity into service; runs stored by earlier versions spell it with an s. */
export function is_energized(step: { phase: string }): boolean {
  return step.phase === "energized" || step.phase === "energised";
}

/** What happened in a month, as the milestones and jobs say, in order of their dates. */
export function events_of(run: Run, month: string): { date: string; text: string }[] {
  const found: { date: string; text: string }[] = [];
  for (const site of run.sites ?? [])
    for (const milestone of site.milestones ?? [])
      if (is_energized(milestone) && milestone.date.startsWith(month))
        found.push({ date: milestone.date, text: `${site.title ?? site.name}: ${milestone.what ?? milestone.phase}` });
  for (const job of run.jobs ?? []) {
    if (job.start?.startsWith(month)) found.push({ date: job.start, text: `${job.title ?? job.name} starts` });
    if (job.end?.startsWith(month) && job.status === "completed")
      found.push({ date: job.end, text: `${job.title ?? job.name} ends` });
  }
  return found.sort((a, b) => a.date.localeCompare(b.date));
}
