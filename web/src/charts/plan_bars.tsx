import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "react";
import type { BuildPhase } from "../run";
import { series_color } from "./colors";
import { ChartFrame, Legend } from "./frame";
import { useTheme, useWidth } from "./hooks";
import { as_image } from "./plot";

const kRow = 24;
/** Width of a character of a label, px. */
const kCharacter = 6.4;
const kEmpty = "filled by deliveries";

/** When each chosen phase is built and from when it takes accelerators. */
export function PlanBars({ phases, end }: { phases: readonly BuildPhase[]; end: string }) {
  const [host, width] = useWidth<HTMLDivElement>();
  const theme = useTheme();
  const drawing = useRef<SVGSVGElement | null>(null);
  const systems = [...new Set(phases.map((phase) => phase.system ?? kEmpty))];
  const legend = systems.map((key, i) => ({ key, label: key, color: series_color(i) }));
  useEffect(() => {
    const label = (phase: BuildPhase) => `${phase.name} (${phase.site})`;
    const longest = Math.max(...phases.map((phase) => label(phase).length));
    const margin = Math.min(0.4 * width, longest * kCharacter + 12);
    const room = Math.floor((margin - 12) / kCharacter);
    const cut = (text: string) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
    const spans = phases
      .flatMap((phase) => [
        {
          phase: label(phase),
          from: new Date(phase.start),
          to: new Date(phase.service),
          what: phase.system ?? kEmpty,
          built: false,
        },
        {
          phase: label(phase),
          from: new Date(phase.service),
          to: new Date(end),
          what: phase.system ?? kEmpty,
          built: true,
        },
      ])
      .filter(({ from, to }) => from < to);
    const plot = Plot.plot({
      width,
      height: phases.length * kRow + 52,
      marginLeft: margin,
      marginTop: 24,
      x: { type: "time", grid: true, label: null, axis: "top" },
      y: { label: null, domain: phases.map(label), tickSize: 0, tickFormat: cut },
      style: { background: "none", color: "var(--ink-2)", fontSize: "12px" },
      color: { legend: false, domain: systems, range: systems.map((_, i) => series_color(i)) },
      marks: [
        Plot.barX(spans, {
          y: "phase",
          x1: "from",
          x2: "to",
          fill: "what",
          fillOpacity: (d: (typeof spans)[number]) => (d.built ? 0.9 : 0.35),
          inset: 2,
          title: (d: (typeof spans)[number]) => (d.built ? d.what : `being built for ${d.what}`),
        }),
      ],
    }) as SVGSVGElement;
    drawing.current = as_image(plot, "What is built when");
    host.current?.replaceChildren(plot);
  }, [phases, end, width, theme, host, systems.join()]);
  const grid = () => ({
    columns: ["Phase", "Site", "Begins", "Energized", "In service", "MW"],
    rows: phases.map((p) => [p.name, p.site, p.start, p.energized, p.service, p.facility_mw]),
  });
  return (
    <ChartFrame
      title="What is built when"
      subtitle="Pale while it is built, then by what it holds"
      name="phases"
      grid={grid}
      svg={() => drawing.current}
      legend={legend}
    >
      <Legend entries={legend} />
      <div ref={host} />
    </ChartFrame>
  );
}
