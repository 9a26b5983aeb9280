import type { ReactNode } from "react";
import { SplitBar, StatusChip } from "../components/small";
import { compact, date, duration, humanize, percent, plural, quantity, usd } from "../format";
import { days, kHourColor, kHourParts, shares } from "../data/jobs";
import type { GpuHours, Job } from "../run";

/** Name and figure pairs; those without a figure are left out. */
function facts(job: Job, titles: ReadonlyMap<string, string>, jobs: readonly Job[]): [string, ReactNode][] {
  const length = days(job);
  const teacher = jobs.find((other) => other.name === job.teacher);
  const all: [string, ReactNode][] = [
    ["Model", job.model],
    ["Site", job.site && (titles.get(job.site) ?? job.site)],
    ["System", job.system],
    ["Accelerators", job.accelerators != null && compact(job.accelerators)],
    ["Ran", job.start && `${date(job.start)} to ${date(job.end)}`],
    [
      "Days",
      length != null
        ? `${compact(length)}${job.planned_days != null ? ` (planned ${compact(job.planned_days)})` : ""}`
        : job.planned_days != null && `${compact(job.planned_days)} planned`,
    ],
    ["Tokens", job.tokens != null && compact(job.tokens)],
    ["Plan", job.plan],
    ["Teacher", job.teacher && (teacher?.title ?? job.teacher)],
    ["MFU", job.mfu != null && percent(job.mfu)],
    ["Goodput", job.goodput != null && percent(job.goodput)],
    [
      "Memory",
      job.memory_gb != null &&
        `${compact(job.memory_gb)}${job.memory_limit_gb != null ? ` of ${compact(job.memory_limit_gb)}` : ""} GB`,
    ],
    ["Cost", job.cost_usd != null && usd(job.cost_usd)],
    ["Cost per trillion tokens", job.cost_usd != null && job.tokens && usd((job.cost_usd / job.tokens) * 1e12)],
    ["Electricity", job.energy_mwh != null && quantity(job.energy_mwh, "MWh")],
    ["Carbon", job.co2_t != null && `${quantity(job.co2_t, "t")} CO₂`],
  ];
  return all.filter(([, value]) => value);
}

/** Everything known of one job. */
export function JobPanel({
  job,
  titles,
  jobs,
}: {
  job: Job;
  titles: ReadonlyMap<string, string>;
  jobs: readonly Job[];
}) {
  const step = shares(job.step_breakdown);
  const hours = shares(job.gpu_hours as Record<string, number> | undefined, kHourParts);
  const causes = shares(job.interruptions_by_cause);
  const most = causes[0]?.value ?? 1;
  const range =
    job.step_time_low_s != null && job.step_time_high_s != null
      ? `, ${duration(job.step_time_low_s)} to ${duration(job.step_time_high_s)}`
      : "";
  return (
    <section className="job-panel" aria-label={`Job ${job.title ?? job.name}`}>
      <div className="job-head">
        <h3>{job.title ?? job.name}</h3>
        <StatusChip status={job.status} />
        {job.kind && <span className="small quiet">{humanize(job.kind)}</span>}
      </div>
      <dl className="facts">
        {facts(job, titles, jobs).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="job-grid">
        {step.length > 0 && (
          <div>
            <h4>One step{job.step_time_s != null && `: ${duration(job.step_time_s)}${range}`}</h4>
            <SplitBar label="One step" parts={step} value={duration} />
          </div>
        )}
        {hours.length > 0 && (
          <div>
            <h4>GPU-hours: {compact(hours.reduce((sum, part) => sum + part.value, 0))}</h4>
            <SplitBar
              label="GPU-hours"
              parts={hours}
              value={(value) => compact(value)}
              color={(key) => kHourColor[key as keyof GpuHours] ?? 6}
            />
          </div>
        )}
        {causes.length > 0 && (
          <div>
            <h4>{job.interruptions != null ? plural(job.interruptions, "interruption") : "Interruptions"} by cause</h4>
            <div className="causes">
              {causes.map((cause) => (
                <div key={cause.key} style={{ display: "contents" }}>
                  <span>{humanize(cause.key)}</span>
                  <span aria-hidden="true">
                    <i style={{ width: `${(cause.value / most) * 100}%` }} />
                  </span>
                  <b>{compact(cause.value)}</b>
                </div>
              ))}
            </div>
          </div>
        )}
      </div>
    </section>
  );
}
