import { useRef } from "react";
import { date, humanize, month, seconds } from "../format";
import { days, kKindColor, kKinds, timeline, type Placed } from "../data/jobs";
import type { Job, Run } from "../run";
import { series_color } from "./colors";
import { ChartFrame, Legend, useHidden } from "./frame";
import { useWidth } from "./hooks";

const kLane = 26;
const kTitle = 24;
const kTop = 24;
const kGap = 8;

interface Props {
  run: Run;
  jobs: readonly Job[];
  titles: ReadonlyMap<string, string>;
  selected: string | undefined;
  select: (name: string) => void;
  hint?: string;
}

/** Start of each year, or of months or days in a shorter run, as many as there is room for. */
function ticks(from: number, to: number, room: number): { at: number; text: string }[] {
  const years = (to - from) / (365.25 * 86400);
  const step = years > 2 ? "year" : years > 0.17 ? "month" : "day";
  const first = new Date(from * 1000);
  const result: { at: number; text: string }[] = [];
  for (let i = 0; i < 400; ++i) {
    const when = new Date(
      step === "year"
        ? Date.UTC(first.getUTCFullYear() + i, 0, 1)
        : step === "month"
          ? Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + i, 1)
          : Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), first.getUTCDate() + i),
    );
    const at = when.getTime() / 1000;
    if (at > to) break;
    const day = when.toISOString().slice(0, 10);
    if (at >= from - 86400)
      result.push({ at, text: step === "year" ? day.slice(0, 4) : step === "month" ? month(day) : date(day) });
  }
  const every = Math.max(1, Math.ceil((result.length * (step === "year" ? 44 : 92)) / room));
  return result.filter((_, i) => i % every === 0);
}

/** When each job ran and where: a row of lanes per site, colored by kind. A bar opens its job. */
export function Gantt({ run, jobs, titles, selected, select, hint = "Choose a job to see its details below." }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const drawing = useRef<SVGSVGElement>(null);
  const used = kKinds.filter((kind) => jobs.some((job) => job.kind === kind));
  const [hidden, toggle] = useHidden("timeline", used.length);
  const listed = jobs.flatMap((job) => [seconds(job.start), seconds(job.end)]).filter((time) => !Number.isNaN(time));
  const from = seconds(run.scenario.start) || Math.min(...listed);
  const to = seconds(run.scenario.end) || Math.max(...listed);
  if (!listed.length || !(to > from)) return null;
  const letters = (job: Job) => (job.title ?? job.name).length * 6.9 + 14;
  const groups = timeline(
    jobs.filter((job) => !job.kind || !hidden.has(job.kind)),
    to,
    from,
    (job) => (letters(job) / width) * (to - from),
  );

  const x = (time: number) => ((Math.min(to, Math.max(from, time)) - from) / (to - from)) * width;
  const tops: number[] = [];
  let height = kTop;
  for (const group of groups) {
    tops.push(height);
    height += kTitle + group.lanes * kLane + kGap;
  }

  const bar = (placed: Placed, top: number) => {
    const { job, start, end, lane, label } = placed;
    const left = x(start);
    const wide = Math.max(3, x(end) - left);
    const y = top + kTitle + lane * kLane;
    const title = job.title ?? job.name;
    const length = days(job);
    const words = [
      title,
      job.kind && humanize(job.kind),
      `${date(job.start)} to ${date(job.end)}`,
      length && `${Math.round(length)} days`,
    ]
      .filter(Boolean)
      .join(", ");
    const press = () => select(job.name);
    return (
      <g
        key={job.name}
        className={`job${selected === job.name ? " selected" : ""}`}
        role="button"
        tabIndex={0}
        aria-pressed={selected === job.name}
        onClick={press}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          press();
        }}
      >
        <title>{words}</title>
        <rect
          className="ring"
          x={left - 2}
          y={y}
          width={wide + 4}
          height={kLane - 2}
          rx={5}
          fill="transparent"
          stroke="none"
        />
        <rect
          className="body"
          x={left}
          y={y + 2}
          width={wide}
          height={kLane - 6}
          rx={3}
          fill={series_color(job.kind ? kKindColor[job.kind] : "muted")}
        />
        {label !== "none" &&
          (label === "inside" ? (
            <text x={left + 7} y={y + 16} fontSize={12} fontWeight={550} fill="var(--on-series)" aria-hidden="true">
              {title}
            </text>
          ) : (
            <text
              x={label === "right" ? left + wide + 6 : left - 6}
              y={y + 16}
              textAnchor={label === "right" ? "start" : "end"}
              fontSize={12}
              fill="var(--ink)"
              aria-hidden="true"
            >
              {title}
            </text>
          ))}
      </g>
    );
  };

  const entries = used.map((kind) => ({ key: kind, label: humanize(kind), color: series_color(kKindColor[kind]) }));
  const grid = () => ({
    columns: ["Job", "Kind", "Site", "Start", "End", "Days"],
    rows: jobs.map((job) => [
      job.title ?? job.name,
      job.kind,
      titles.get(job.site ?? "") ?? job.site,
      job.start,
      job.end,
      days(job),
    ]),
  });
  return (
    <ChartFrame
      title="Job timeline"
      subtitle="By site, colored by kind"
      name="job-timeline"
      grid={grid}
      svg={() => drawing.current}
      legend={entries.filter((entry) => !hidden.has(entry.key))}
      note={<span className="screen-only">{hint}</span>}
    >
      <Legend entries={entries} hidden={hidden} toggle={toggle} />
      <div ref={box} className="sized" style={{ minHeight: height }}>
        <svg
          ref={drawing}
          className="gantt"
          width="100%"
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="group"
          aria-label="Job timeline"
        >
          {ticks(from, to, width)
            .filter(({ at, text }) => x(at) + 3 + text.length * 6.6 <= width)
            .map(({ at, text }) => (
              <g key={at}>
                <line x1={x(at)} x2={x(at)} y1={kTop - 4} y2={height} stroke="var(--grid)" />
                <text x={x(at) + 3} y={13} fontSize={11.5} fill="var(--ink-3)">
                  {text}
                </text>
              </g>
            ))}
          {groups.map((group, i) => (
            <g key={group.site}>
              <line x1={0} x2={width} y1={tops[i]!} y2={tops[i]!} stroke="var(--line)" />
              <text x={0} y={tops[i]! + 16} fontSize={12} fontWeight={650} fill="var(--ink-2)">
                {titles.get(group.site) ?? (group.site === "several" ? "Several sites" : group.site || "No site")}
              </text>
              {group.jobs.map((placed) => bar(placed, tops[i]!))}
            </g>
          ))}
        </svg>
      </div>
    </ChartFrame>
  );
}
