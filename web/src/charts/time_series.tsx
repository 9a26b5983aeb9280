import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import uPlot from "uplot";
import { date, kNone, kTimeSteps, period, seconds, time_ticks, type Tick } from "../format";
import { stack, type Layer } from "../data/series";
import { useView } from "../components/view_state";
import { page_color, series_color } from "./colors";
import { ChartFrame, Legend, useHidden, type LegendEntry } from "./frame";
import { useTheme } from "./hooks";
import { in_turn } from "./in_turn";
import { load_paper, usePaper } from "./paper_later";

interface Props {
  title: string;
  subtitle?: string;
  name: string;
  dates: readonly string[];
  layers: readonly Layer[];
  /** What stands at the axis: "MW", "USD". */
  y_label: string;
  tick: Tick;
  value: (value: number | null | undefined) => string;
  max?: number;
  /** Lower end of the scale where nothing stands below it, such as 1 for PUE. */
  min?: number;
  controls?: ReactNode;
  note?: ReactNode;
}

/** The arrays and drawing instructions uPlot wants; lowest stacked layer drawn last, over the others. */
function plan(layers: readonly Layer[], dates: readonly string[], color: (css: string) => string) {
  const data: (number | null)[][] = [dates.map(seconds)];
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  const add = (values: readonly (number | null)[], options: uPlot.Series) => {
    data.push([...values]);
    series.push({ points: { show: false }, ...options });
    return data.length - 1;
  };
  const stacked = layers.filter((layer) => layer.stacked);
  const tops = stack(stacked.map((layer) => layer.values));
  for (let i = stacked.length - 1; i >= 0; --i)
    add(tops[i]!, { stroke: color("var(--paper)"), width: 1, fill: color(series_color(stacked[i]!.color)) });
  for (const layer of layers) {
    if (layer.stacked) continue;
    const css = series_color(layer.color);
    if (layer.low && layer.high) {
      const high = add(layer.high, { width: 0 });
      const low = add(layer.low, { width: 0 });
      bands.push({ series: [high, low], fill: color(`color-mix(in srgb, ${css} 17%, transparent)`) });
    }
    const few = layer.values.filter((value) => value !== null).length <= 12;
    add(layer.values, {
      stroke: color(css),
      width: 2,
      dash: layer.dashed ? [6, 4] : undefined,
      points: { show: few, size: 6, fill: color(css) },
    });
  }
  return { data: data as uPlot.AlignedData, series, bands };
}

/** Room for the longest figure of an axis, so that its name does not stand on it. */
export const beside =
  (font: string) =>
  (u: uPlot, values: string[] | null): number => {
    u.ctx.font = font.replace(/^\d+/, (size) => String(Number(size) * devicePixelRatio));
    return Math.max(
      56,
      ...(values ?? []).map((text) => Math.ceil(u.ctx.measureText(text).width / devicePixelRatio) + 12),
    );
  };

function draw(
  host: HTMLElement,
  spec: Props,
  layers: readonly Layer[],
  on_cursor: (index: number | null) => void,
  on_zoom: (zoom: string) => void,
): uPlot {
  const color = (css: string) => page_color(css, host);
  const { data, series, bands } = plan(layers, spec.dates, color);
  const font = `12px ${getComputedStyle(host).fontFamily}`;
  const [first, last] = [data[0][0] ?? 0, data[0].at(-1) ?? 1];
  const axis: uPlot.Axis = { stroke: color("var(--ink-3)"), font, labelFont: font, ticks: { show: false } };
  return new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      series,
      bands,
      tzDate: (time) => uPlot.tzDate(new Date(time * 1e3), "Etc/UTC"),
      legend: { show: false },
      // The name of a day is wide, and the last one stands at the very end.
      padding: [10, period(spec.dates) === "month" ? 14 : 24, 0, 0],
      cursor: { sync: { key: "time" }, points: { show: false }, y: false, drag: { x: true, y: false, dist: 8 } },
      scales: {
        x: { time: true },
        y: {
          range: (_, bottom, top) => [
            spec.min ?? (bottom < 0 ? uPlot.rangeNum(bottom, Math.max(0, top), 0.06, true)[0]! : 0),
            spec.max ?? uPlot.rangeNum(0, top || 1, 0.06, true)[1]!,
          ],
        },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          ticks: { stroke: color("var(--line-strong)"), size: 5, width: 1 },
          size: 40,
          gap: 4,
          incrs: kTimeSteps,
          values: (_, times, __, ___, step) => time_ticks(times, step),
        },
        {
          ...axis,
          grid: { stroke: color("var(--grid)"), width: 1 },
          values: (_, ticks) => ticks.map(spec.tick),
          label: spec.y_label,
          labelSize: 18,
          labelGap: 0,
          size: beside(font),
          gap: 6,
        },
      ],
      hooks: {
        setCursor: [(u) => on_cursor(u.cursor.idx ?? null)],
        setScale: [
          (u, key) => {
            const { min = first, max = last } = u.scales.x as { min?: number; max?: number };
            if (key === "x") on_zoom(min > first || max < last ? `${iso_day(min)}~${iso_day(max)}` : "");
          },
        ],
      },
    },
    data,
    host,
  );
}

const iso_day = (time: number) => new Date(time * 1000).toISOString().slice(0, 10);

/** Lines and stacked areas over time: canvas on the screen, SVG on paper and in files. */
export function TimeSeries(props: Props) {
  const { title, subtitle, name, dates, layers, y_label, tick, value, max, min, controls, note } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const drawn = useRef(false);
  const theme = useTheme();
  const [hidden, toggle] = useHidden(name, layers.filter((layer) => !layer.companion).length);
  const [cursor, set_cursor] = useState<number | null>(null);
  const [zoom, set_zoom] = useView(`${name}.zoom`, "");
  const visible = useMemo(() => layers.filter((layer) => !hidden.has(layer.companion ?? layer.key)), [layers, hidden]);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.current?.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    const make = () => {
      drawn.current = true;
      const made = draw(element, { ...props }, visible, set_cursor, set_zoom);
      chart.current = made;
      const [from, until] = zoom.split("~").map(seconds);
      if (until! > from!) made.setScale("x", { min: from!, max: until! });
      observer.observe(element);
    };
    // The first drawings of a page come one by one; a changed one stands at once in the place of the old.
    const forget = drawn.current ? make() : in_turn(make);
    return () => {
      forget?.();
      observer.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
    // Everything else in props follows from these.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [visible, dates, theme, y_label, max]);

  const spec = { dates, layers: visible, y_label, tick, max, min };
  const paper = usePaper((on) => on.time_series_svg(spec, 720, 215));

  const move = (event: KeyboardEvent) => {
    const u = chart.current;
    if (!u) return;
    const end = dates.length - 1;
    const at = u.cursor.idx ?? end;
    const step = event.shiftKey ? 12 : 1;
    const to = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: end }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    u.setCursor({ left: u.valToPos(u.data[0][Math.min(end, Math.max(0, to))]!, "x"), top: 10 });
  };

  const at = cursor ?? dates.length - 1;
  const entries: LegendEntry[] = layers
    .filter((layer) => !layer.companion)
    .map((layer) => ({
      key: layer.key,
      label: layer.label,
      color: series_color(layer.color),
      line: !layer.stacked,
      dashed: layer.dashed,
      value: hidden.has(layer.key) ? kNone : value(layer.values[at]),
    }));
  const columns = layers.flatMap((layer) => [
    layer.label,
    ...(layer.low && layer.high ? [`${layer.label}, low`, `${layer.label}, high`] : []),
  ]);
  const grid = () => ({
    columns: ["Date", ...columns],
    unit: y_label,
    rows: dates.map((when, i) => [
      when,
      ...layers.flatMap((layer) => [
        layer.values[i],
        ...(layer.low && layer.high ? [layer.low[i], layer.high[i]] : []),
      ]),
    ]),
  });
  const reset = zoom && (
    <button
      type="button"
      className="button"
      onClick={() => chart.current?.setScale("x", { min: seconds(dates[0]), max: seconds(dates.at(-1)) })}
    >
      Whole period
    </button>
  );
  return (
    <ChartFrame
      title={title}
      subtitle={subtitle}
      name={name}
      note={note}
      legend={entries.filter((entry) => !hidden.has(entry.key))}
      grid={grid}
      svg={async () => (await load_paper()).time_series_svg(spec, 720)}
      controls={
        <>
          {reset}
          {controls}
        </>
      }
    >
      <Legend entries={entries} when={date(dates[at])} hidden={hidden} toggle={toggle} />
      <div
        ref={host}
        className="drawing screen-only"
        role="img"
        tabIndex={0}
        onKeyDown={move}
        aria-label={`${title}: ${visible.map((layer) => layer.label).join(", ")}; ${date(dates[0])} to ${date(dates.at(-1))}. Arrow keys move through the months; the Table button shows all figures.`}
      />
      <div ref={paper} className="paper-only" />
    </ChartFrame>
  );
}
