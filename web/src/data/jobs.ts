/** Shapes jobs for the timeline and the bars: pure functions, no drawing. */
import { seconds } from "../format";
import type { GpuHours, Job, JobKind, Num } from "../run";

export const kKinds: readonly JobKind[] = ["training", "distillation", "inference", "research", "batch"];
export const kKindColor: Record<JobKind, number> = {
  training: 0,
  distillation: 3,
  inference: 2,
  research: 6,
  batch: 4,
};

export const kHourParts: readonly (keyof GpuHours)[] = ["useful", "checkpoint", "restart", "lost", "idle", "down"];
/** Color index of each part; useful time is calm, waste stands out. */
export const kHourColor: Record<keyof GpuHours, number> = {
  useful: 0,
  checkpoint: 5,
  restart: 4,
  lost: 1,
  idle: 6,
  down: 7,
};

export interface Part {
  key: string;
  value: number;
  share: number;
}

/** Positive parts with their share of the sum, in the given order or largest first. */
export function shares(parts: Record<string, Num | undefined> | undefined, order?: readonly string[]): Part[] {
  const entries = Object.entries(parts ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] > 0,
  );
  const total = entries.reduce((sum, [, value]) => sum + value, 0);
  const rank = (key: string) => (order ? order.indexOf(key) + 1 || order.length + 1 : 0);
  return entries
    .map(([key, value]) => ({ key, value, share: value / total }))
    .sort((a, b) => rank(a.key) - rank(b.key) || (order ? 0 : b.value - a.value));
}

/** GPU-hours of all the jobs of each kind together, kinds in fixed order. */
export function hours_by_kind(jobs: readonly Job[]): { kind: JobKind; hours: GpuHours }[] {
  return kKinds.flatMap((kind) => {
    const hours: GpuHours = {};
    for (const job of jobs)
      if (job.kind === kind)
        for (const part of kHourParts) hours[part] = (hours[part] ?? 0) + (job.gpu_hours?.[part] ?? 0);
    return Object.values(hours).some((value) => value) ? [{ kind, hours }] : [];
  });
}

export interface Placed {
  job: Job;
  /** Seconds since 1970. */
  start: number;
  end: number;
  lane: number;
  /** On which side of the bar its label stands, when it needs room of its own. */
  label: "inside" | "right" | "left" | "none";
}

export interface Group {
  site: string;
  lanes: number;
  jobs: Placed[];
}

/**
 * Places jobs in as few lanes per site as overlap allows (earliest first into
 * the lowest free lane), with room for each label beside its bar: `label_room`
 * says how many seconds wide it is. Jobs that never started are left out; one
 * without an end runs to the end of the run.
 */
export function timeline(
  jobs: readonly Job[],
  run_end: number,
  run_start = -Infinity,
  label_room: (job: Job) => number = () => 0,
): Group[] {
  const groups = new Map<string, Placed[]>();
  for (const job of jobs) {
    const start = seconds(job.start);
    const end = Number.isNaN(seconds(job.end)) ? run_end : seconds(job.end);
    if (Number.isNaN(start) || !(end >= start)) continue;
    const site = job.site ?? "";
    if (!groups.has(site)) groups.set(site, []);
    groups.get(site)!.push({ job, start, end, lane: 0, label: "inside" });
  }
  return [...groups].map(([site, placed]) => {
    placed.sort((a, b) => a.start - b.start || b.end - a.end);
    const free: number[] = [];
    for (const item of placed) {
      const room = label_room(item.job);
      if (room > item.end - item.start)
        item.label = item.end + room <= run_end ? "right" : item.start - room >= run_start ? "left" : "none";
      const from = item.label === "left" ? item.start - room : item.start;
      const lane = free.findIndex((until) => until <= from);
      item.lane = lane < 0 ? free.length : lane;
      free[item.lane] = item.label === "right" ? item.end + room : item.end;
    }
    return { site, lanes: free.length, jobs: placed };
  });
}

/** Days between start and end, or null when the job has not both. */
export function days(job: Job): number | null {
  const length = (seconds(job.end) - seconds(job.start)) / 86400;
  return Number.isFinite(length) ? length : null;
}

/** How many jobs there are: an entry may stand for many small ones. */
export const job_count = (jobs: readonly Job[]): number => jobs.reduce((sum, job) => sum + (job.stands_for ?? 1), 0);

/** The jobs that held most accelerator-days, in their given order. */
export function largest(jobs: readonly Job[], count: number): readonly Job[] {
  if (jobs.length <= count) return jobs;
  const size = (job: Job) => (job.accelerators ?? 0) * (days(job) ?? 0);
  const kept = new Set([...jobs].sort((a, b) => size(b) - size(a)).slice(0, count));
  return jobs.filter((job) => kept.has(job));
}
