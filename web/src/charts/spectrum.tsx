import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "react";
import { compact, tick } from "../format";
import { ChartFrame } from "./frame";
import { useTheme, useWidth } from "./hooks";
import { as_image } from "./plot";

/** A band of frequencies in which a limit bounds the load. */
export interface Band {
  low_hz: number;
  high_hz: number;
  value: number;
  bound: number;
  unit: string;
  holds: boolean;
}

interface Props {
  title: string;
  name: string;
  rows: readonly { hz: number; mw: number }[];
  bands: readonly Band[];
}

const kHeight = 280;

/** What a band may swing, in words: its own figure against its bound. */
export function band_words({ low_hz, high_hz, value, bound, unit }: Band): string {
  const figure = (x: number) => (unit === "MW" ? `${compact(x)} MW` : `${compact(100 * x)}%`);
  return `${low_hz} to ${high_hz} Hz: ${figure(value)} of ${figure(bound)} allowed`;
}

/**
 * Amplitudes over frequency, and the bands of a limit behind them. A band's bar ends at half of its peak-to-peak bound: a
 * single line as high as that would swing by all that is allowed. A share of the energy has no height and fills the chart.
 */
export function Spectrum({ title, name, rows, bands }: Props) {
  const [host, width] = useWidth<HTMLDivElement>();
  const theme = useTheme();
  const drawing = useRef<SVGSVGElement | null>(null);
  useEffect(() => {
    const lines = rows.filter(({ hz }) => hz > 0);
    if (lines.length === 0) return;
    const [least, most] = [Math.min(...lines.map(({ hz }) => hz)), Math.max(...lines.map(({ hz }) => hz))];
    const top = Math.max(...lines.map(({ mw }) => mw));
    const drawn = bands
      .map((band) => ({
        from: Math.max(least, band.low_hz),
        to: Math.min(most, band.high_hz),
        height: band.unit === "MW" ? Math.min(band.bound / 2, 1.1 * top) : 1.1 * top,
        holds: band.holds,
        words: band_words(band),
      }))
      .filter(({ from, to }) => from < to);
    const plot = Plot.plot({
      width,
      height: kHeight,
      marginLeft: 56,
      x: { type: "log", domain: [least, most], label: "Hz", tickFormat: tick },
      y: { grid: true, label: null, tickFormat: tick, domain: [0, 1.1 * top] },
      marks: [
        Plot.rect(drawn, {
          x1: "from",
          x2: "to",
          y1: 0,
          y2: "height",
          fill: ({ holds }: { holds: boolean }) => (holds ? "var(--good)" : "var(--bad)"),
          fillOpacity: 0.14,
          title: "words",
        }),
        Plot.ruleY([0]),
        Plot.ruleX(lines, { x: "hz", y: "mw", stroke: "var(--accent)", strokeWidth: 1.2 }),
      ],
    }) as SVGSVGElement;
    drawing.current = as_image(plot, title);
    host.current?.replaceChildren(plot);
  }, [rows, bands, width, theme, title, host]);
  const grid = () => ({
    columns: ["hz", "mw"],
    rows: rows.map((row) => [row.hz, row.mw]),
  });
  return (
    <ChartFrame
      title={title}
      subtitle={bands.map(band_words).join("; ") || "the limit bounds no band"}
      name={name}
      grid={grid}
      svg={() => drawing.current}
    >
      <div ref={host} />
    </ChartFrame>
  );
}
