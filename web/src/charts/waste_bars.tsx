import * as Plot from "@observablehq/plot";
import { useLayoutEffect, useRef } from "react";
import { compact, humanize, percent } from "../format";
import { kHourColor, kHourParts } from "../data/jobs";
import type { GpuHours, Job } from "../run";
import { series_color } from "./colors";
import { ChartFrame, Legend, useHidden } from "./frame";
import { useWidth } from "./hooks";
import { as_image } from "./plot";

const kWaste = kHourParts.filter((part) => part !== "useful");
const kRow = 26;

function cut(text: string, width: number): string {
  const letters = Math.max(6, Math.floor(width / 7));
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}

/** For each job, the share of its GPU-hours that was not useful work, by cause. */
export function WasteBars({ jobs }: { jobs: readonly Job[] }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const slot = useRef<HTMLDivElement>(null);
  const used = kWaste.filter((part) => jobs.some((job) => job.gpu_hours?.[part]));
  const [hidden, toggle] = useHidden("goodput-by-cause", used.length);
  const rows = jobs.flatMap((job) => {
    const total = kHourParts.reduce((sum, part) => sum + (job.gpu_hours?.[part] ?? 0), 0);
    return total > 0 ? [{ job, total }] : [];
  });

  const svg = (wide: number) => {
    const left = Math.min(0.38 * wide, 14 + 7 * Math.max(0, ...rows.map(({ job }) => (job.title ?? job.name).length)));
    const names = new Map(rows.map(({ job }) => [job.name, cut(job.title ?? job.name, left - 12)]));
    const visible = used.filter((part) => !hidden.has(part));
    const bars = rows.flatMap(({ job, total }) =>
      visible.map((part) => ({
        name: job.name,
        part,
        share: ((job.gpu_hours as GpuHours)[part] ?? 0) / total,
        color: series_color(kHourColor[part]),
      })),
    );
    const ends = rows.map(({ job, total }) => ({
      name: job.name,
      share: visible.reduce((sum, part) => sum + (job.gpu_hours?.[part] ?? 0), 0) / total,
      goodput: job.goodput ?? (job.gpu_hours?.useful ?? 0) / total,
    }));
    return Plot.plot({
      width: wide,
      height: rows.length * kRow + 52,
      marginLeft: left,
      marginRight: 100,
      marginTop: 6,
      marginBottom: 40,
      x: {
        domain: [0, Math.max(1, ...ends.map((end) => end.share * 100))],
        label: "Share of the job's GPU-hours (%)",
        labelAnchor: "left",
        labelArrow: "none",
        transform: (v: number) => v * 100,
        grid: true,
        tickSize: 0,
        ticks: wide < 500 ? 4 : 8,
      },
      y: {
        label: null,
        domain: rows.map(({ job }) => job.name),
        tickFormat: (name: string) => names.get(name) ?? name,
        tickSize: 0,
        padding: 0.3,
      },
      style: { background: "none", color: "var(--ink-2)", fontSize: "12px" },
      color: { type: "identity" },
      marks: [
        Plot.barX(bars, {
          y: "name",
          x: "share",
          fill: "color",
          z: "part",
          order: [...kWaste],
          title: (d: (typeof bars)[number]) => `${humanize(d.part)}: ${percent(d.share)}`,
          stroke: "var(--paper)",
          strokeWidth: 0.6,
        } as Plot.BarXOptions),
        Plot.text(ends, {
          y: "name",
          x: "share",
          text: (d: (typeof ends)[number]) => `${percent(d.goodput)} useful`,
          textAnchor: "start",
          dx: 7,
          fill: "var(--ink)",
        }),
      ],
    }) as SVGSVGElement;
  };

  useLayoutEffect(() => {
    slot.current?.replaceChildren(as_image(svg(width), "Goodput by cause; the Table button shows all figures."));
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [width, hidden, jobs]);

  if (!rows.length || !used.length) return null;
  const entries = used.map((part) => ({ key: part, label: humanize(part), color: series_color(kHourColor[part]) }));
  const grid = () => ({
    columns: ["Job", ...kHourParts.map((part) => `${humanize(part)} (GPU-h)`), "Goodput"],
    rows: rows.map(({ job, total }) => [
      job.title ?? job.name,
      ...kHourParts.map((part) => job.gpu_hours?.[part]),
      job.goodput ?? (job.gpu_hours?.useful ?? 0) / total,
    ]),
  });
  const all = rows.reduce((sum, { total }) => sum + total, 0);
  const useful = rows.reduce((sum, { job }) => sum + (job.gpu_hours?.useful ?? 0), 0);
  return (
    <ChartFrame
      title="Goodput by cause"
      subtitle="GPU-hours that were not useful work, by where they went"
      name="goodput-by-cause"
      grid={grid}
      svg={() => svg(820)}
      legend={entries.filter((entry) => !hidden.has(entry.key))}
      note={`${percent(useful / all)} of ${compact(all)} GPU-hours held by these jobs were useful.`}
    >
      <Legend entries={entries} hidden={hidden} toggle={toggle} />
      <div ref={box} className="sized" style={{ minHeight: rows.length * kRow + 52 }}>
        <div ref={slot} />
      </div>
    </ChartFrame>
  );
}
