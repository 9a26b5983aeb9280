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
  const center = piece.from + at * (piece.to - piece.from);
  return inside({ from: center - at * length, to: center + (1 - at) * length }, whole);
}

/** Whether points of one piece can be drawn for another until its own are there. */
export const covers = (have: Span, want: Span): boolean => have.from <= want.from && have.to >= want.to;

export const moved = (piece: Span, by: number, whole: Span): Span =>
  inside({ from: piece.from + by, to: piece.to + by }, whole);

/**
 * What to ask for so that a piece can be moved for a while without asking again:
 * a quarter to one times its length more on both sides, on a grid so that small
 * movements ask for the same.
 */
export function asked_for(piece: Span, whole: Span): Span {
  const step = 2 ** Math.floor(Math.log2(Math.max(2, piece.to - piece.from))) / 2;
  return {
    from: Math.max(whole.from, (Math.floor(piece.from / step) - 1) * step),
    to: Math.min(whole.to, (Math.ceil(piece.to / step) + 1) * step),
  };
}
