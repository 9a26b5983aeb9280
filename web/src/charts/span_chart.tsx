import { useEffect, useRef, type KeyboardEvent } from "react";
import uPlot from "uplot";
import { moved, zoomed, type Span } from "../data/window";
import { tick, time_ticks, kTimeSteps } from "../format";
import { page_color } from "./colors";
import { useTheme } from "./hooks";
import { beside } from "./time_series";
import { extent, SpanLayer, type Points } from "./span_layer";

interface Props {
  label: string;
  y_label: string;
  points: Points;
  span: Span;
  whole: Span;
  move: (span: Span) => void;
}

const kHours = [1, 2, 3, 6, 12].map((hours) => hours * 3600);
/** The rest of the page follows a movement this often; the drawing follows with every frame. */
const kTellMs = 120;
/** After this long without a movement the drawing rests. */
const kRestMs = 150;

/** The layer knows the points; uPlot draws an axis only where it has some. */
const ends = ({ from, to }: Span): uPlot.AlignedData => [
  [from / 1000, to / 1000],
  [0, 0],
];

/**
 * A long series, one piece of it at a time. Dragging and the wheel move the scale alone, over the points already
 * there; finer ones come when they come. uPlot draws the axes, a SpanLayer the series.
 */
export function SpanChart({ label, y_label, points, span, whole, move }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const theme = useTheme();
  const now = useRef({ points, whole, move });
  now.current = { points, whole, move };
  /** What is drawn, and what the page knows of it. */
  const shown = useRef(span);
  const told = useRef({ span, at: 0, timer: 0 });
  const resting = useRef(0);

  const show = (next: Span) => {
    shown.current = next;
    chart.current?.setData(ends(next), false);
    chart.current?.setScale("x", { min: next.from / 1000, max: next.to / 1000 });
  };
  const tell = () => {
    const { timer } = told.current;
    if (timer) clearTimeout(timer);
    told.current = { span: shown.current, at: performance.now(), timer: 0 };
    now.current.move(shown.current);
  };
  const go = (next: Span) => {
    if (next.from === shown.current.from && next.to === shown.current.to) return;
    clearTimeout(resting.current);
    resting.current = window.setTimeout(() => {
      resting.current = 0;
      chart.current?.redraw(false);
    }, kRestMs);
    show(next);
    if (told.current.timer) return;
    const wait = kTellMs - (performance.now() - told.current.at);
    if (wait <= 0) tell();
    else told.current.timer = window.setTimeout(tell, wait);
  };

  useEffect(() => {
    const element = host.current!;
    const color = (css: string) => page_color(css, element);
    const font = `12px ${getComputedStyle(element).fontFamily}`;
    const axis: uPlot.Axis = { stroke: color("var(--ink-3)"), font, labelFont: font, ticks: { show: false } };
    const layer = new SpanLayer();
    const look = {
      line: color("var(--c0)"),
      band: color("color-mix(in srgb, var(--c0) 24%, transparent)"),
      ratio: devicePixelRatio,
    };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: element.clientHeight,
        legend: { show: false },
        padding: [10, 20, 0, 0],
        tzDate: (time) => uPlot.tzDate(new Date(time * 1e3), "Etc/UTC"),
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: {
          x: { time: true, auto: false, min: shown.current.from / 1000, max: shown.current.to / 1000 },
          y: {
            range: () => {
              const [least, most] = extent(now.current.points);
              return [least, uPlot.rangeNum(0, most || 1, 0.06, true)[1]!];
            },
          },
        },
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: {
          draw: [
            (u) => {
              const { left, top, width, height } = u.bbox;
              const { min: bottom = 0, max: upper = 1 } = u.scales.y as { min?: number; max?: number };
              layer.draw(
                u.ctx,
                { from: shown.current.from, to: shown.current.to, bottom, top: upper, left, upper: top, width, height },
                now.current.points,
                look,
                resting.current !== 0,
              );
            },
          ],
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 40,
            gap: 4,
            incrs: [60, 300, 900, 1800, ...kHours, ...kTimeSteps],
            values: (_, ticks, __, ___, step) =>
              step < 86400
                ? ticks.map((time) => new Date(time * 1000).toISOString().slice(5, 16).replace("T", "\n"))
                : time_ticks(ticks, step),
          },
          {
            ...axis,
            grid: { stroke: color("var(--grid)"), width: 1 },
            values: (_, ticks) => ticks.map(tick),
            label: y_label,
            labelSize: 18,
            labelGap: 0,
            size: beside(font),
            gap: 6,
          },
        ],
      },
      ends(shown.current),
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(
      () => element.clientWidth > 0 && made.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);

    let held: { x: number; span: Span } | null = null;
    const per_pixel = (piece: Span) => (piece.to - piece.from) / (made.bbox.width / devicePixelRatio || 1);
    const down = (event: PointerEvent) => {
      held = { x: event.clientX, span: shown.current };
      made.over.setPointerCapture(event.pointerId);
    };
    const drag = (event: PointerEvent) =>
      held && go(moved(held.span, (held.x - event.clientX) * per_pixel(held.span), now.current.whole));
    const up = () => (held = null);
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const at = Math.min(1, Math.max(0, event.offsetX / made.over.clientWidth));
      go(zoomed(shown.current, Math.exp(event.deltaY * 0.0016), at, now.current.whole));
    };
    made.over.addEventListener("pointerdown", down);
    made.over.addEventListener("pointermove", drag);
    made.over.addEventListener("pointerup", up);
    made.over.addEventListener("pointercancel", up);
    made.over.addEventListener("wheel", wheel, { passive: false });
    made.over.style.cursor = "grab";
    made.over.style.touchAction = "pan-y";
    return () => {
      observer.disconnect();
      clearTimeout(told.current.timer);
      clearTimeout(resting.current);
      told.current.timer = resting.current = 0;
      made.destroy();
      chart.current = null;
    };
    // Points and piece follow below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [theme, y_label]);

  // Finer points, or those of another piece: the scale of their height is set anew.
  useEffect(() => show(shown.current), [points]);
  useEffect(() => {
    // What the page says, unless it is what it was told a moment ago: the drawing is ahead of it then.
    const { span: mine } = told.current;
    if (span.from !== mine.from || span.to !== mine.to) {
      told.current.span = span;
      show(span);
    }
  }, [span.from, span.to]);

  const key = (event: KeyboardEvent) => {
    const at = shown.current;
    const length = at.to - at.from;
    const next = {
      ArrowLeft: () => moved(at, -length / 8, whole),
      ArrowRight: () => moved(at, length / 8, whole),
      "+": () => zoomed(at, 0.7, 0.5, whole),
      "=": () => zoomed(at, 0.7, 0.5, whole),
      "-": () => zoomed(at, 1 / 0.7, 0.5, whole),
      Home: () => whole,
    }[event.key];
    if (!next) return;
    event.preventDefault();
    go(next());
  };
  return (
    <div
      ref={host}
      className="drawing tall-drawing"
      role="img"
      tabIndex={0}
      aria-label={`${label}. Left and right move, plus and minus zoom, Home shows all.`}
      onKeyDown={key}
    />
  );
}
