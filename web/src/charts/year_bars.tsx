import * as Plot from "@observablehq/plot";
import { useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { kNone, tick, usd } from "../format";
import { by_year, type Layer } from "../data/series";
import { series_color } from "./colors";
import { ChartFrame, Legend, useHidden } from "./frame";
import { kPaperWidth, useWidth } from "./hooks";
import { as_image } from "./plot";

interface Props {
  title: string;
  subtitle: string;
  name: string;
  dates: readonly string[];
  layers: readonly Layer[];
  y_label: string;
  controls?: ReactNode;
}

/** Money by calendar year, stacked by category. */
export function YearBars({ title, subtitle, name, dates, layers, y_label, controls }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const slot = useRef<HTMLDivElement>(null);
  const [hidden, toggle] = useHidden(name, layers.length);
  const [pointed, set_pointed] = useState<string | null>(null);
  const sums = layers.map((layer) => by_year(dates, layer.values));
  const years = [...new Set(dates.map((date) => date.slice(0, 4)))];

  const svg = (wide: number) => {
    const visible = layers.flatMap((layer, i) => (hidden.has(layer.key) ? [] : [{ layer, sum: sums[i]! }]));
    const bars = visible.flatMap(({ layer, sum }) =>
      years.map((year) => ({ year, value: sum.get(year) ?? 0, key: layer.key, color: series_color(layer.color) })),
    );
    const totals = years.map((year) => ({
      year,
      value: visible.reduce((total, { sum }) => total + (sum.get(year) ?? 0), 0),
    }));
    const height = wide < 500 ? 250 : wide === kPaperWidth ? 240 : 320;
    return Plot.plot({
      width: wide,
      height,
      marginLeft: 58,
      marginTop: 26,
      marginBottom: 26,
      marginRight: 4,
      x: { type: "band", domain: years, label: null, padding: 0.22, tickSize: 0 },
      y: { label: y_label, labelArrow: "none", tickFormat: tick, grid: true, tickSize: 0, ticks: 6 },
      style: { background: "none", color: "var(--ink-2)", fontSize: "11.5px" },
      marks: [
        Plot.barY(bars, {
          x: "year",
          y: "value",
          fill: "color",
          order: layers.map((layer) => layer.key),
          z: "key",
          insetTop: 0.5,
          stroke: "var(--paper)",
          strokeWidth: 0.6,
        } as Plot.BarYOptions),
        Plot.ruleY([0], { stroke: "var(--line-strong)" }),
        (wide - 62) / years.length > 56
          ? Plot.text(totals, {
              x: "year",
              y: "value",
              text: (d: { value: number }) => usd(d.value),
              dy: -8,
              fill: "var(--ink)",
              fontWeight: 600,
            })
          : null,
        Plot.dot(totals, Plot.pointerX({ x: "year", y: "value", r: 0.1, fill: "none" })),
      ],
      color: { type: "identity" },
    }) as SVGSVGElement & { value: { year: string } | null };
  };

  useLayoutEffect(() => {
    const drawn = as_image(svg(width), `${title}; the Table button shows all figures.`);
    drawn.addEventListener("input", () => set_pointed(drawn.value?.year ?? null));
    slot.current?.replaceChildren(drawn);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [width, hidden, layers, dates]);

  const year = pointed ?? years.at(-1) ?? "";
  const entries = layers.map((layer, i) => ({
    key: layer.key,
    label: layer.label,
    color: series_color(layer.color),
    value: hidden.has(layer.key) ? kNone : usd(sums[i]!.get(year)),
  }));
  const grid = () => ({
    columns: ["Year", ...layers.map((layer) => `${layer.label} (USD)`)],
    rows: years.map((y) => [y, ...sums.map((sum) => sum.get(y))]),
  });
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      name={name}
      controls={controls}
      grid={grid}
      svg={() => svg(720)}
      legend={entries.filter((entry) => !hidden.has(entry.key))}
    >
      <Legend entries={entries} when={year} hidden={hidden} toggle={toggle} />
      <div ref={box} className="sized" style={{ minHeight: width < 500 ? 250 : 320 }}>
        <div ref={slot} />
      </div>
    </ChartFrame>
  );
}
