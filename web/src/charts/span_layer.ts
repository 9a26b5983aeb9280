/**
 * The drawing of a long series, kept as a picture three times as wide as the window on it: while it is moved each
 * frame copies a part of the picture, and only at its edges, or at another scale, are points drawn anew. Copies are to
 * whole pixels; at rest it is drawn to the fraction.
 */
export interface Points {
  /** Milliseconds; ascending. */
  times: readonly number[];
  low: readonly (number | null)[];
  high: readonly (number | null)[];
  mean: readonly (number | null)[];
}

export interface Window {
  /** Milliseconds at the left and right edges. */
  from: number;
  to: number;
  bottom: number;
  top: number;
  /** Of the plot on its canvas, in the canvas's own pixels. */
  left: number;
  upper: number;
  width: number;
  height: number;
}

export interface Look {
  line: string;
  band: string;
  /** Canvas pixels to a CSS pixel. */
  ratio: number;
}

const kFew = 60;
/** Points to a stroke. The browser's work on one path of jagged lines grows with the square of its length. */
const kPiece = 40;

/** Lowest and highest of the band: the scale stands still while the series is moved. */
export function extent({ low, high }: Points): [number, number] {
  let [least, most] = [0, -Infinity];
  for (const value of low) if (value !== null && value < least) least = value;
  for (const value of high) if (value !== null && value > most) most = value;
  return [least, most === -Infinity ? 1 : most];
}

/** First index whose time is not before `time`. */
export function first_at(times: readonly number[], time: number): number {
  let [begin, end] = [0, times.length];
  while (begin < end) {
    const middle = (begin + end) >> 1;
    if (times[middle]! < time) begin = middle + 1;
    else end = middle;
  }
  return begin;
}

/** Runs of indices without a gap. */
function runs(values: readonly (number | null)[], begin: number, end: number): [number, number][] {
  const found: [number, number][] = [];
  for (let i = begin; i < end; ++i) {
    if (values[i] === null) continue;
    const last = found.at(-1);
    if (last && last[1] === i) last[1] = i + 1;
    else found.push([i, i + 1]);
  }
  return found;
}

export class SpanLayer {
  private picture: HTMLCanvasElement | null = null;
  private points: Points | null = null;
  private look: Look | null = null;
  private drawn: Window | null = null;
  /** How often points were drawn anew. */
  redrawn = 0;

  draw(context: CanvasRenderingContext2D, window: Window, points: Points, look: Look, moving: boolean): void {
    const between = () => Math.abs(this.offset(window) - Math.round(this.offset(window))) > 0.01;
    if (!this.serves(window, points, look) || (!moving && between())) this.redraw(window, points, look);
    const offset = this.offset(window);
    context.save();
    context.beginPath();
    context.rect(window.left, window.upper, window.width, window.height);
    context.clip();
    context.drawImage(this.picture!, window.left - Math.round(offset), window.upper);
    context.restore();
  }

  /** Pixels of the picture left of the window. */
  private offset(window: Window): number {
    const { from, to, width } = this.drawn!;
    return ((window.from - from) / (to - from)) * width;
  }

  private serves(window: Window, points: Points, look: Look): boolean {
    const have = this.drawn;
    if (!have || this.points !== points || this.look !== look) return false;
    const scale = (have.to - have.from) / have.width;
    const same = Math.abs((window.to - window.from) / window.width / scale - 1) < 1e-9;
    return (
      same &&
      have.height === window.height &&
      have.bottom === window.bottom &&
      have.top === window.top &&
      have.from <= window.from &&
      have.to >= window.to
    );
  }

  private redraw(window: Window, points: Points, look: Look): void {
    ++this.redrawn;
    const length = window.to - window.from;
    this.picture ??= document.createElement("canvas");
    this.picture.width = 3 * window.width;
    this.picture.height = window.height;
    this.drawn = { ...window, from: window.from - length, to: window.to + length, width: this.picture.width };
    this.points = points;
    this.look = look;
    paint(this.picture.getContext("2d")!, this.drawn, points, look);
  }
}

type At = (index: number) => number;

/** The area between two lines, a column of pixels at a time, for the same reason. */
function fill_band(
  context: CanvasRenderingContext2D,
  width: number,
  x: At,
  upper: At,
  lower: At,
  first: number,
  last: number,
): void {
  const begin = Math.max(0, Math.floor(x(first)));
  const end = Math.min(width, Math.ceil(x(last - 1)));
  if (end <= begin) return;
  const tops = new Float64Array(end - begin).fill(Infinity);
  const feet = new Float64Array(end - begin).fill(-Infinity);
  for (let i = first; i + 1 < last; ++i) {
    const [left, right] = [x(i), x(i + 1)];
    const [top, next_top, foot, next_foot] = [upper(i), upper(i + 1), lower(i), lower(i + 1)];
    for (let column = Math.max(begin, Math.floor(left)); column < Math.min(end, Math.ceil(right)); ++column)
      for (const edge of [Math.max(left, column), Math.min(right, column + 1)]) {
        const share = right > left ? (edge - left) / (right - left) : 0;
        tops[column - begin] = Math.min(tops[column - begin]!, top + share * (next_top - top));
        feet[column - begin] = Math.max(feet[column - begin]!, foot + share * (next_foot - foot));
      }
  }
  for (let i = 0; i < tops.length; ++i)
    if (feet[i]! > tops[i]!) context.fillRect(begin + i, tops[i]!, 1, feet[i]! - tops[i]!);
}

function paint(
  context: CanvasRenderingContext2D,
  window: Window,
  { times, low, high, mean }: Points,
  look: Look,
): void {
  const x = (time: number) => ((time - window.from) / (window.to - window.from)) * window.width;
  const y = (value: number) => (1 - (value - window.bottom) / (window.top - window.bottom)) * window.height;
  // One point more on each side: lines lead out of the picture.
  const begin = Math.max(0, first_at(times, window.from) - 1);
  const end = Math.min(times.length, first_at(times, window.to) + 1);
  context.fillStyle = look.band;
  for (const [first, last] of runs(high, begin, end))
    fill_band(
      context,
      window.width,
      (i) => x(times[i]!),
      (i) => y(high[i]!),
      (i) => y(low[i]!),
      first,
      last,
    );
  context.strokeStyle = context.fillStyle = look.line;
  context.lineWidth = 1.6 * look.ratio;
  context.lineJoin = "bevel";
  for (const [first, last] of runs(mean, begin, end))
    for (let from = first; from === first || from < last - 1; from += kPiece) {
      context.beginPath();
      for (let i = from; i < Math.min(last, from + kPiece + 1); ++i) context.lineTo(x(times[i]!), y(mean[i]!));
      context.stroke();
    }
  if (times.length >= kFew) return;
  for (let i = begin; i < end; ++i) {
    if (mean[i] === null) continue;
    context.beginPath();
    context.arc(x(times[i]!), y(mean[i]!), 2.5 * look.ratio, 0, 2 * Math.PI);
    context.fill();
  }
}
