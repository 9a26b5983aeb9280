import * as Plot from "@observablehq/plot";
import { seconds, type Tick } from "../format";
import type { Layer } from "../data/series";
import { stack } from "../data/series";
import { series_color } from "./colors";
import { without_sheets } from "./plot";

export interface TimeSpec {
  dates: readonly string[];
  layers: readonly Layer[];
  y_label: string;
  tick: Tick;
  /** Upper end of the scale, such as 1 for a share. */
  max?: number;
  min?: number;
}

/** A time series as SVG, for paper and for files: the same layers that the canvas shows. */
export function time_series_svg(
  { dates, layers, y_label, tick, max, min = 0 }: TimeSpec,
  width = 720,
  height = 300,
): SVGSVGElement {
  const x = dates.map((date) => new Date(seconds(date) * 1000));
  const stacked = layers.filter((layer) => layer.stacked);
  const tops = stack(stacked.map((layer) => layer.values));
  const marks: Plot.Markish[] = [];
  const index = x.map((_, i) => i);
  for (let i = stacked.length - 1; i >= 0; --i)
    marks.push(
      Plot.areaY(index, {
        x: (k: number) => x[k],
        y1: 0,
        y2: (k: number) => tops[i]![k],
        fill: series_color(stacked[i]!.color),
        stroke: "var(--paper)",
        strokeWidth: 0.6,
      }),
    );
  for (const layer of layers) {
    if (layer.stacked) continue;
    const stroke = series_color(layer.color);
    if (layer.low && layer.high)
      marks.push(
        Plot.areaY(index, {
          x: (k: number) => x[k],
          y1: (k: number) => layer.low![k],
          y2: (k: number) => layer.high![k],
          fill: stroke,
          fillOpacity: 0.16,
        }),
      );
    if (layer.values.filter((value) => value !== null).length <= 12)
      marks.push(Plot.dot(index, { x: (k: number) => x[k], y: (k: number) => layer.values[k], fill: stroke, r: 3 }));
    marks.push(
      Plot.lineY(index, {
        x: (k: number) => x[k],
        y: (k: number) => layer.values[k],
        stroke,
        strokeWidth: 1.8,
        strokeDasharray: layer.dashed ? "5 4" : undefined,
      }),
    );
  }
  return without_sheets(
    Plot.plot({
      width,
      height,
      marginLeft: 58,
      marginTop: 24,
      marginBottom: 26,
      marginRight: 8,
      x: { type: "utc", label: null, tickSize: 4 },
      y: {
        label: y_label,
        labelArrow: "none",
        tickFormat: tick,
        grid: true,
        zero: min === 0,
        domain: max === undefined ? undefined : [min, max],
        tickSize: 0,
        ticks: 6,
      },
      style: { background: "none", color: "var(--ink-2)", fontSize: "11px" },
      marks: [Plot.ruleY([min], { stroke: "var(--line-strong)" }), ...marks],
    }) as SVGSVGElement,
  );
}
