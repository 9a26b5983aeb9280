/** A piece of a time axis, in milliseconds since 1970, and how it is moved. */
export interface Span {
  from: number;
  to: number;
}

const kLeast = 60_000;

/** Keeps a piece inside the whole, its length where it can. */
export function inside(piece: Span, whole: Span): Span {
  const length = Math.min(Math.max(piece.to - piece.from, kLeast), whole.to - whole.from);
  const from = Math.min(Math.max(piece.from, whole.from), whole.to - length);
  return { from, to: from + length };
}

/** Nearer or farther around a place in it: `at` from 0 to 1. */
export function zoomed(piece: Span, factor: number, at: number, whole: Span): Span {
  const length = (piece.to - piece.from) * factor;
  const centre = piece.from + at * (piece.to - piece.from);
  return inside({ from: centre - at * length, to: centre + (1 - at) * length }, whole);
}

export const moved = (piece: Span, by: number, whole: Span): Span => inside({ from: piece.from + by, to: piece.to + by }, whole);

/**
 * What to ask for so that a piece can be moved for a while without asking again:
 * as much again on both sides, on a grid of such pieces so that small movements
 * ask for the same.
 */
export function asked_for(piece: Span, whole: Span): Span {
  const step = 2 ** Math.ceil(Math.log2(Math.max(1, piece.to - piece.from)));
  return { from: Math.max(whole.from, Math.floor(piece.from / step - 0.5) * step), to: Math.min(whole.to, Math.ceil(piece.to / step + 0.5) * step) };
}
