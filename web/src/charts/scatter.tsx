import * as Plot from "@observablehq/plot";
import { useLayoutEffect, useRef, type ReactNode } from "react";
import type { Grid } from "../data/csv";
import { series_color } from "./colors";
import { ChartFrame, Legend, useHidden } from "./frame";
import { useWidth } from "./hooks";
import { as_image } from "./plot";
import { log_ticks } from "./ticks";

export interface Point {
  key: string;
  x: number;
  y: number;
  /** Key of its group. */
  group: string;
  /** What a reader sees when pointing at it; lines. */
  title: string;
}

export interface PointGroup {
  key: string;
  label: string;
  color: number | "ink" | "muted";
  symbol?: "circle" | "diamond" | "square" | "triangle" | "times" | "plus";
  /** Joined by a line, in order of x. */
  line?: boolean;
}

export interface Axis {
  label: string;
  log?: boolean;
  tick: (value: number) => string;
  from?: number;
  to?: number;
}

interface Props {
  title: string;
  subtitle?: string;
  name: string;
  points: readonly Point[];
  groups: readonly PointGroup[];
  x: Axis;
  y: Axis;
  /** Further marks below the points: lines of equal value, limits. */
  under?: (domain: { x: [number, number]; y: [number, number] }) => Plot.Markish[];
  grid: () => Grid;
  selected?: string;
  select?: (key: string) => void;
  /** Both axes show the same range. */
  square?: boolean;
  height?: number;
  controls?: ReactNode;
  note?: ReactNode;
}

function extent(values: readonly number[], axis: Axis): [number, number] {
  const usable = values.filter((value) => Number.isFinite(value) && (!axis.log || value > 0));
  const low = axis.from ?? Math.min(...usable);
  const high = axis.to ?? Math.max(...usable);
  if (!usable.length) return [axis.log ? 1 : 0, 10];
  if (axis.log) return [low / 1.15, high * 1.15];
  const room = (high - low || Math.abs(high) || 1) * 0.05;
  return [axis.from ?? low - room, axis.to ?? high + room];
}

/** Points of two measures. Pointing names one, a press chooses it; the table below or beside does the same from the keyboard. */
export function Scatter(props: Props) {
  const {
    title,
    subtitle,
    name,
    points,
    groups,
    x,
    y,
    under,
    grid,
    selected,
    select,
    square,
    height: tall = 380,
    controls,
    note,
  } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const slot = useRef<HTMLDivElement>(null);
  const [hidden, toggle] = useHidden(name, groups.length);
  const drawn = points.filter(
    (point) => !hidden.has(point.group) && Number.isFinite(point.x) && Number.isFinite(point.y),
  );
  const chosen = drawn.find((point) => point.key === selected);

  const svg = (wide: number, interactive = false) => {
    const height = Math.round(square ? Math.min(wide, tall + 120) : wide < 500 ? Math.min(tall, 300) : tall);
    const shown = new Map(groups.map((group) => [group.key, group]));
    let xs = extent(
      drawn.map((point) => point.x),
      x,
    );
    let ys = extent(
      drawn.map((point) => point.y),
      y,
    );
    if (square) xs = ys = [Math.min(xs[0], ys[0]), Math.max(xs[1], ys[1])];
    const color = (point: Point) => series_color(shown.get(point.group)?.color ?? "muted");
    const scale = (axis: Axis, domain: [number, number], most: number) => ({
      label: axis.label,
      labelArrow: "none" as const,
      type: axis.log ? ("log" as const) : ("linear" as const),
      domain,
      grid: true,
      tickSize: 0,
      ticks: axis.log ? log_ticks(domain, most) : most,
      tickFormat: axis.tick,
    });
    return Plot.plot({
      width: wide,
      height,
      marginLeft: 62,
      marginBottom: 40,
      marginTop: 24,
      marginRight: 12,
      x: { ...scale(x, xs, wide < 500 ? 5 : 10), labelAnchor: "right" },
      y: scale(y, ys, 8),
      style: { background: "none", color: "var(--ink-2)", fontSize: "11.5px" },
      color: { type: "identity" },
      marks: [
        ...(under?.({ x: xs, y: ys }) ?? []),
        ...groups
          .filter((group) => group.line && !hidden.has(group.key))
          .map((group) =>
            Plot.line(
              drawn.filter((point) => point.group === group.key).toSorted((a, b) => a.x - b.x),
              { x: "x", y: "y", stroke: series_color(group.color), strokeWidth: 1.8 },
            ),
          ),
        Plot.dot(drawn, {
          x: "x",
          y: "y",
          r: drawn.length > 400 ? 2.4 : 3.6,
          symbol: (point: Point) => shown.get(point.group)?.symbol ?? "circle",
          fill: color,
          fillOpacity: drawn.length > 400 ? 0.62 : 0.85,
          stroke: "var(--paper)",
          strokeWidth: drawn.length > 400 ? 0 : 0.6,
        }),
        chosen
          ? Plot.dot([chosen], { x: "x", y: "y", r: 8, stroke: "var(--ink)", strokeWidth: 2, fill: "none" })
          : null,
        interactive
          ? Plot.dot(
              drawn,
              Plot.pointer({ x: "x", y: "y", r: 6, stroke: "var(--ink)", strokeWidth: 1.5, fill: "none" }),
            )
          : null,
        interactive
          ? Plot.tip(
              drawn,
              Plot.pointer({
                x: "x",
                y: "y",
                title: "title",
                fill: "var(--paper)",
                stroke: "var(--line-strong)",
                fontSize: 12,
                fontFamily: "var(--font)",
              } as Plot.TipOptions),
            )
          : null,
      ],
    }) as SVGSVGElement & { value: Point | null };
  };

  useLayoutEffect(() => {
    const made = svg(width, true);
    const press = () => made.value && select?.(made.value.key);
    // The pointer's own press would pin the tip; a choice is kept by the page instead.
    made.addEventListener("click", press);
    slot.current?.replaceChildren(
      as_image(made, `${title}: ${drawn.length} points; the Table button shows all figures.`),
    );
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [width, hidden, points, groups, selected, x.label, y.label, x.from, x.to, y.from, y.to]);

  const entries = groups.map((group) => ({
    key: group.key,
    label: group.label,
    color: series_color(group.color),
    line: group.line,
  }));
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      name={name}
      controls={controls}
      note={note}
      grid={grid}
      svg={() => svg(760)}
      legend={entries.filter((entry) => !hidden.has(entry.key))}
    >
      {groups.length > 1 && <Legend entries={entries} hidden={hidden} toggle={toggle} />}
      <div
        ref={box}
        className="sized"
        style={{ minHeight: square ? Math.min(width, tall + 120) : width < 500 ? Math.min(tall, 300) : tall }}
      >
        <div ref={slot} className={select ? "pressable" : undefined} />
      </div>
    </ChartFrame>
  );
}
