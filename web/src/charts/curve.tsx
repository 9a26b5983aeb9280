import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "react";
import { name_and_unit } from "../data/key_names";
import type { Row } from "../data/question";
import { tick } from "../format";
import { series_color } from "./colors";
import { ChartFrame, Legend } from "./frame";
import { useTheme, useWidth } from "./hooks";
import { as_image } from "./plot";
import { log_ticks } from "./ticks";

interface Props<Each extends Row> {
  title: string;
  name: string;
  rows: readonly Each[];
  x: keyof Each & string;
  ys: readonly (keyof Each & string)[];
  x_label: string;
  /** How the marks of the axis read; grouped numbers without it. */
  x_tick?: (value: number) => string;
  /** Over several powers of ten. */
  x_log?: boolean;
}

const kHeight = 260;
const kTicks = 8;

/** One or several curves over a common axis. */
export function Curve<Each extends Row>({ title, name, rows, x, ys, x_label, x_tick, x_log }: Props<Each>) {
  const [host, width] = useWidth<HTMLDivElement>();
  const theme = useTheme();
  const drawing = useRef<SVGSVGElement | null>(null);
  useEffect(() => {
    const long = ys.flatMap((y) => rows.map((row) => ({ x: row[x] as number, y: row[y] as number | null, name: y })));
    const at = rows.map((row) => row[x] as number);
    const log = x_log && at.every((value) => value > 0);
    const plot = Plot.plot({
      width,
      height: kHeight,
      marginLeft: 56,
      x: {
        label: x_label,
        type: log ? "log" : "linear",
        ticks: log ? log_ticks([Math.min(...at), Math.max(...at)], kTicks) : undefined,
        tickFormat: x_tick ?? tick,
      },
      y: { grid: true, label: null, tickFormat: tick },
      color: { legend: false, domain: [...ys], range: ys.map((_, i) => series_color(i)) },
      marks: [Plot.ruleY([0]), Plot.line(long, { x: "x", y: "y", stroke: "name", z: "name", strokeWidth: 1.4 })],
    }) as SVGSVGElement;
    drawing.current = as_image(plot, title);
    host.current?.replaceChildren(plot);
  }, [rows, x, ys, width, theme, title, x_label, x_tick, x_log, host]);
  const grid = () => ({ columns: [x, ...ys], rows: rows.map((row) => [x, ...ys].map((key) => row[key] as number)) });
  const legend = ys.map((key, i) => ({ key, label: name_and_unit(key)[0], color: series_color(i), line: true }));
  return (
    <ChartFrame
      title={title}
      name={name}
      grid={grid}
      svg={() => drawing.current}
      legend={ys.length > 1 ? legend : undefined}
    >
      {ys.length > 1 && <Legend entries={legend} />}
      <div ref={host} />
    </ChartFrame>
  );
}
