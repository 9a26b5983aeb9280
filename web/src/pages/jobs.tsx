import { useMemo, useState } from "react";
import { get_blob } from "../app/api";
import { Block, OfRun, PageHead, type RunView } from "../app/parts";
import { open_in_perfetto } from "../app/perfetto";
import { go, href } from "../app/router";
import { Gantt } from "../charts/gantt";
import { StackedBars } from "../charts/stacked_bar";
import { TimeSeries } from "../charts/time_series";
import { download } from "../charts/save";
import { WasteBars } from "../charts/waste_bars";
import { DataTable } from "../components/table";
import { job_count, largest } from "../data/jobs";
import { job_question, write_question } from "../data/plan";
import { kMemoryParts, kTimeParts, memory_color, ordered, time_color } from "../data/step_parts";
import { short_title } from "../data/series";
import { compact, duration, quantity, tick } from "../format";
import type { Job, Run } from "../run";
import { JobPanel } from "../report/job_panel";
import { job_columns } from "../report/jobs";

export default function JobsPage({ rest }: { rest: readonly string[] }) {
  return <OfRun>{(view) => <Jobs {...view} name={rest[0]} />}</OfRun>;
}

function Jobs({ id, run, name }: RunView & { name: string | undefined }) {
  const jobs = run.jobs ?? [];
  const titles = useMemo(
    () => new Map((run.sites ?? []).map((site) => [site.name, short_title(site.title ?? site.name)])),
    [run],
  );
  const drawn = useMemo(() => largest(jobs, 60), [jobs]);
  const job = jobs.find((one) => one.name === name);
  const [said, set_said] = useState("");
  const trace = () => get_blob("GET /api/runs/{id}/trace", { id });
  const act = (what: () => Promise<string>) => void what().then(set_said, (error: Error) => set_said(error.message));
  const columns = useMemo(
    () => job_columns(titles, (one) => <a href={href(["runs", id, "jobs", one.name])}>{one.title ?? one.name}</a>),
    [titles, id],
  );
  return (
    <>
      <PageHead
        title={job ? (job.title ?? job.name) : "Jobs"}
        lead={
          job ? (
            <a href={href(["runs", id, "jobs"])}>All jobs</a>
          ) : (
            `What ran, where and when.${drawn.length < jobs.length ? ` Drawn are the ${drawn.length} largest of ${job_count(jobs).toLocaleString("en-US")}.` : ""}`
          )
        }
      >
        {job && <StepLink job={job} />}
        <button
          type="button"
          className="button"
          onClick={() =>
            act(async () => {
              download(`run-${id}-jobs.json`, await trace());
              return "Saved.";
            })
          }
        >
          Save the trace
        </button>
        <button
          type="button"
          className="button"
          onClick={() => act(async () => open_in_perfetto(trace(), `Gigawatt run ${id}`))}
        >
          Open in Perfetto
        </button>
        {said && (
          <span className="small quiet" role="status">
            {said}
          </span>
        )}
      </PageHead>
      <div className="wrap">
        <h2 className="hidden-text">{job ? "The job" : "Timeline"}</h2>
        {job ? (
          <One job={job} run={run} titles={titles} />
        ) : (
          <>
            <Block>
              <Gantt
                run={run}
                jobs={drawn}
                titles={titles}
                selected={undefined}
                hint="Choose a job to open it."
                select={(one) => go(href(["runs", id, "jobs", one]))}
              />
            </Block>
            <Block>
              <WasteBars jobs={largest(jobs, 24)} />
            </Block>
          </>
        )}
        <Block>
          <DataTable
            label="Jobs"
            title={job ? "All jobs" : "Jobs"}
            name="jobs"
            columns={columns}
            rows={jobs}
            row_key={(one) => one.name}
            selected={name}
            filter={jobs.length > 12}
          />
        </Block>
      </div>
    </>
  );
}

function StepLink({ job }: { job: Job }) {
  const question = job_question(job);
  return (
    question && (
      <a
        className="button strong"
        href={href(["step"], {
          ...write_question(question),
          pin:
            new URLSearchParams(
              Object.entries(write_question(question)).filter(
                (entry): entry is [string, string] => entry[1] !== undefined,
              ),
            ).toString() || "default",
        })}
      >
        Change its plan
      </a>
    )
  );
}

function One({ job, run, titles }: { job: Job; run: Run; titles: ReadonlyMap<string, string> }) {
  const times = ordered(job.step_breakdown as Record<string, number> | undefined, kTimeParts);
  const memory = ordered(job.memory_gb_by as Record<string, number> | undefined, kMemoryParts);
  const dates =
    run.series?.dates.slice(job.first_month ?? 0, (job.first_month ?? 0) + (job.accelerators_mean?.length ?? 0)) ?? [];
  const held = job.accelerators_mean ?? [];
  return (
    <>
      <Block>
        {(job.status === "waiting" || job.status === "stopped") && job.status_reason && (
          <p className="limit-line">
            <strong>{job.status === "stopped" ? "Why it stopped" : "Why it waits"}</strong> {job.status_reason}.
          </p>
        )}
        <JobPanel job={{ ...job, step_breakdown: undefined }} titles={titles} jobs={run.jobs ?? []} />
        {job.checkpoint_interval_s != null && (
          <p className="note-line">
            A checkpoint every {duration(job.checkpoint_interval_s)}, each stalls the job for{" "}
            {duration(job.checkpoint_stall_s)}.
            {job.tokens_done != null && job.tokens
              ? ` ${compact(job.tokens_done)} of ${compact(job.tokens)} tokens done.`
              : ""}
            {job.water_m3 ? ` Water: ${quantity(job.water_m3, "m3")}.` : ""}
          </p>
        )}
      </Block>
      <h2 className="hidden-text">Step and accelerators</h2>
      {times.length > 0 && (
        <Block>
          <StackedBars
            title="Where a step goes"
            subtitle={`${duration(job.step_time_s)}${job.step_time_low_s != null ? `; the bracket is the 80% interval` : ""}`}
            name="job-step"
            order={kTimeParts}
            color={time_color}
            value={duration}
            unit="s"
            rows={[
              {
                key: "job",
                label: job.title ?? job.name,
                parts: times,
                low: job.step_time_low_s ?? undefined,
                high: job.step_time_high_s ?? undefined,
              },
            ]}
          />
        </Block>
      )}
      {memory.length > 0 && (
        <Block>
          <StackedBars
            title="Memory of the fullest accelerator"
            name="job-memory"
            order={kMemoryParts}
            color={memory_color}
            value={(v) => quantity(v, "GB")}
            unit="GB"
            limit={job.memory_limit_gb != null ? { value: job.memory_limit_gb, label: "Limit" } : undefined}
            rows={[{ key: "job", label: job.title ?? job.name, parts: memory }]}
          />
        </Block>
      )}
      {dates.length > 6 && held.some((value) => value !== held[0]) && (
        <Block>
          <TimeSeries
            title="Accelerators held"
            subtitle="Mean of each month"
            name={`held-${job.name}`}
            dates={dates}
            layers={[{ key: "held", label: "Held", values: held, color: 0 }]}
            y_label="accelerators"
            tick={tick}
            value={(v) => compact(v)}
          />
        </Block>
      )}
    </>
  );
}
