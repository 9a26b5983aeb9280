import { useEffect, useRef, type KeyboardEvent } from "react";
import uPlot from "uplot";
import { moved, zoomed, type Span } from "../data/window";
import { tick, time_ticks, kTimeSteps } from "../format";
import { page_color } from "./colors";
import { useTheme } from "./hooks";

interface Props {
  label: string;
  y_label: string;
  /** Milliseconds; ascending. */
  times: readonly number[];
  low: readonly (number | null)[];
  high: readonly (number | null)[];
  mean: readonly (number | null)[];
  span: Span;
  whole: Span;
  move: (span: Span) => void;
}

const kHours = [1, 2, 3, 6, 12].map((hours) => hours * 3600);

/**
 * A long series, one piece of it at a time. Dragging moves and the wheel zooms by
 * the scale alone, over the points already there; finer ones come when they come.
 */
export function SpanChart({ label, y_label, times, low, high, mean, span, whole, move }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const theme = useTheme();
  const now = useRef({ span, whole, move });
  now.current = { span, whole, move };
  const data = [times.map((time) => time / 1000), [...high], [...low], [...mean]] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = host.current!;
    const color = (css: string) => page_color(css, element);
    const font = `12px ${getComputedStyle(element).fontFamily}`;
    const axis: uPlot.Axis = { stroke: color("var(--ink-3)"), font, labelFont: font, ticks: { show: false } };
    const made = new uPlot({
      width: element.clientWidth, height: element.clientHeight, legend: { show: false }, padding: [10, 20, 0, 0],
      tzDate: (time) => uPlot.tzDate(new Date(time * 1e3), "Etc/UTC"),
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { x: { time: true, auto: false, min: now.current.span.from / 1000, max: now.current.span.to / 1000 }, y: { range: (_, bottom, top) => [Math.min(0, bottom ?? 0), uPlot.rangeNum(0, top || 1, 0.06, true)[1]!] } },
      series: [{}, { width: 0, points: { show: false } }, { width: 0, points: { show: false } }, { stroke: color("var(--c0)"), width: 1.6, points: { show: times.length < 60, size: 5, fill: color("var(--c0)") } }],
      bands: [{ series: [1, 2], fill: color("color-mix(in srgb, var(--c0) 24%, transparent)") }],
      axes: [
        { ...axis, grid: { show: false }, size: 40, gap: 4, incrs: [60, 300, 900, 1800, ...kHours, ...kTimeSteps], values: (_, ticks, __, ___, step) => (step < 86400 ? ticks.map((time) => new Date(time * 1000).toISOString().slice(5, 16).replace("T", "\n")) : time_ticks(ticks, step)) },
        { ...axis, grid: { stroke: color("var(--grid)"), width: 1 }, values: (_, ticks) => ticks.map(tick), label: y_label, labelSize: 18, labelGap: 0, size: 60, gap: 6 },
      ],
    }, latest.current, element);
    chart.current = made;
    const observer = new ResizeObserver(() => element.clientWidth > 0 && made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);

    let held: { x: number; span: Span } | null = null;
    const per_pixel = (piece: Span) => (piece.to - piece.from) / (made.bbox.width / devicePixelRatio || 1);
    const down = (event: PointerEvent) => {
      held = { x: event.clientX, span: now.current.span };
      made.over.setPointerCapture(event.pointerId);
    };
    const drag = (event: PointerEvent) => held && now.current.move(moved(held.span, (held.x - event.clientX) * per_pixel(held.span), now.current.whole));
    const up = () => (held = null);
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const at = Math.min(1, Math.max(0, event.offsetX / made.over.clientWidth));
      now.current.move(zoomed(now.current.span, Math.exp(event.deltaY * 0.0016), at, now.current.whole));
    };
    made.over.addEventListener("pointerdown", down);
    made.over.addEventListener("pointermove", drag);
    made.over.addEventListener("pointerup", up);
    made.over.addEventListener("wheel", wheel, { passive: false });
    made.over.style.cursor = "grab";
    made.over.style.touchAction = "pan-y";
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
    // The data and the piece follow below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [theme, y_label, times.length < 60]);

  useEffect(() => {
    chart.current?.setData(latest.current, false);
    chart.current?.setScale("x", { min: now.current.span.from / 1000, max: now.current.span.to / 1000 });
  }, [times, low, high, mean]);
  useEffect(() => {
    chart.current?.setScale("x", { min: span.from / 1000, max: span.to / 1000 });
  }, [span.from, span.to]);

  const key = (event: KeyboardEvent) => {
    const length = span.to - span.from;
    const next = { ArrowLeft: () => moved(span, -length / 8, whole), ArrowRight: () => moved(span, length / 8, whole), "+": () => zoomed(span, 0.7, 0.5, whole), "=": () => zoomed(span, 0.7, 0.5, whole), "-": () => zoomed(span, 1 / 0.7, 0.5, whole), Home: () => whole }[event.key];
    if (!next) return;
    event.preventDefault();
    move(next());
  };
  return <div ref={host} className="drawing tall-drawing" role="img" tabIndex={0} aria-label={`${label}. Left and right move, plus and minus zoom, Home shows all.`} onKeyDown={key} />;
}
