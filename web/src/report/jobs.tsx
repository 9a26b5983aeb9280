import { useMemo, useRef, useState, type ReactNode } from "react";
import { Gantt } from "../charts/gantt";
import { WasteBars } from "../charts/waste_bars";
import { other_columns, Ranged } from "../components/figure";
import { Section, StatusChip } from "../components/small";
import { DataTable, type Column } from "../components/table";
import { compact, date, duration, humanize, kNone, percent, quantity, usd } from "../format";
import { days, job_count, largest } from "../data/jobs";
import { short_title } from "../data/series";
import type { Job, Num } from "../run";
import { JobPanel } from "./job_panel";
import type { SectionProps } from "./report";

/** The job a reader is most likely to ask about: the largest finished training run. */
export function first_job(jobs: readonly Job[]): Job | undefined {
  const size = (job: Job) =>
    (job.kind === "training" ? 4e15 : 0) +
    (job.status === "completed" ? 2e15 : 0) +
    (job.step_breakdown ? 1e15 : 0) +
    (job.accelerators ?? 0) * (days(job) ?? 0);
  return [...jobs].sort((a, b) => size(b) - size(a))[0];
}

/** The columns of a table of jobs; `open` makes of a job's name a way to it. */
export function job_columns(titles: ReadonlyMap<string, string>, open: (job: Job) => ReactNode): Column<Job>[] {
  return [
    { key: "job", label: "Job", plain: (j) => j.title ?? j.name, show: open },
    {
      key: "kind",
      screen_only: true,
      more: true,
      label: "Kind",
      plain: (j) => j.kind,
      show: (j) => (j.kind ? humanize(j.kind) : kNone),
    },
    {
      key: "status",
      screen_only: true,
      label: "Status",
      plain: (j) => j.status,
      show: (j) => <StatusChip status={j.status} />,
    },
    { key: "site", label: "Site", plain: (j) => (j.site ? (titles.get(j.site) ?? j.site) : undefined) },
    {
      key: "accelerators",
      label: "Accelerators",
      number: true,
      plain: (j) => j.accelerators,
      show: (j) => compact(j.accelerators),
    },
    {
      key: "start",
      label: "Start",
      number: true,
      plain: (j) => j.start,
      show: (j) => <Ranged of={j} name="start" show={(v) => date(v as string | null)} />,
    },
    {
      key: "end",
      screen_only: true,
      label: "End",
      number: true,
      plain: (j) => j.end,
      show: (j) => <Ranged of={j} name="end" show={(v) => date(v as string | null)} />,
    },
    { key: "days", label: "Days", number: true, plain: days, show: (j) => compact(days(j) ?? j.planned_days) },
    { key: "step", label: "Step", number: true, plain: (j) => j.step_time_s, show: (j) => duration(j.step_time_s) },
    { key: "mfu", label: "MFU", number: true, plain: (j) => j.mfu, show: (j) => percent(j.mfu) },
    {
      key: "goodput",
      label: "Goodput",
      number: true,
      plain: (j) => j.goodput,
      show: (j) => <Ranged of={j} name="goodput" show={(v) => percent(v as Num)} />,
    },
    {
      key: "interruptions",
      screen_only: true,
      more: true,
      label: "Interruptions",
      number: true,
      plain: (j) => j.interruptions,
      show: (j) => <Ranged of={j} name="interruptions" show={(v) => compact(v as Num)} />,
    },
    {
      key: "cost",
      label: "Cost",
      unit: "USD",
      number: true,
      plain: (j) => j.cost_usd,
      show: (j) => <Ranged of={j} name="cost_usd" show={(v) => usd(v as Num)} />,
    },
    {
      key: "energy",
      label: "Electricity",
      number: true,
      plain: (j) => j.energy_mwh,
      show: (j) => <Ranged of={j} name="energy_mwh" show={(v) => quantity(v as Num, "MWh")} />,
    },
    {
      key: "co2",
      screen_only: true,
      more: true,
      label: "Carbon",
      unit: "t CO₂",
      number: true,
      plain: (j) => j.co2_t,
      show: (j) => <Ranged of={j} name="co2_t" show={(v) => quantity(v as Num, "t")} />,
    },
  ];
}

const kNamed = new Set([
  "accelerators",
  "start",
  "end",
  "step_time_s",
  "mfu",
  "goodput",
  "interruptions",
  "cost_usd",
  "energy_mwh",
  "co2_t",
]);

export function JobsSection({ run }: SectionProps) {
  const jobs = run.jobs!;
  const titles = useMemo(
    () => new Map((run.sites ?? []).map((site) => [site.name, short_title(site.title ?? site.name)])),
    [run],
  );
  const [chosen, set_chosen] = useState(() => first_job(jobs)?.name);
  const drawn = useMemo(() => largest(jobs, 60), [jobs]);
  const panel = useRef<HTMLDivElement>(null);
  const job = jobs.find((candidate) => candidate.name === chosen);
  const open = (name: string) => {
    set_chosen(name);
    panel.current?.scrollIntoView({ block: "nearest" });
  };
  const columns = job_columns(titles, (j) => (
    <button type="button" className="link-button" onClick={() => open(j.name)}>
      {j.title ?? j.name}
    </button>
  ));
  return (
    <Section
      id="jobs"
      title="Jobs"
      lead={`What ran, where and when, what a step was spent on and what failures cost.${drawn.length < jobs.length ? ` Drawn are the ${drawn.length} largest of ${job_count(jobs).toLocaleString("en-US")} jobs; the table has ${jobs.some((j) => j.stands_for) ? "more, and the rest together" : "all"}.` : ""}`}
    >
      <div className="stack">
        <Gantt run={run} jobs={drawn} titles={titles} selected={chosen} select={open} />
        <div ref={panel} className="job-panel-place" aria-live="polite">
          {job && <JobPanel job={job} titles={titles} jobs={jobs} />}
        </div>
        <WasteBars jobs={largest(jobs, 24)} />
        <DataTable
          label="Jobs"
          title="All jobs"
          name="jobs"
          columns={[...columns, ...other_columns<Job>(run.metrics?.job, kNamed)]}
          rows={jobs}
          row_key={(j) => j.name}
          selected={chosen}
        />
      </div>
    </Section>
  );
}
