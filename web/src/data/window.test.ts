import { expect, test } from "vitest";
import { asked_for, inside, moved, zoomed } from "./window";

const whole = { from: 0, to: 100_000_000 };

test("a piece stays inside and keeps its length", () => {
  expect(moved({ from: 10_000_000, to: 20_000_000 }, -50_000_000, whole)).toEqual({ from: 0, to: 10_000_000 });
  expect(moved({ from: 10_000_000, to: 20_000_000 }, 500_000_000, whole)).toEqual({
    from: 90_000_000,
    to: 100_000_000,
  });
  expect(inside({ from: -5, to: 900_000_000 }, whole)).toEqual(whole);
});

test("zooming keeps the place under the pointer", () => {
  const piece = { from: 20_000_000, to: 60_000_000 };
  const near = zoomed(piece, 0.5, 0.25, whole);
  expect(near.to - near.from).toBe(20_000_000);
  expect(near.from + 0.25 * 20_000_000).toBe(30_000_000);
  expect(zoomed(piece, 1e-9, 0.5, whole).to - zoomed(piece, 1e-9, 0.5, whole).from).toBe(60_000);
});

test("what is asked for holds the piece with room, and small movements ask for the same", () => {
  const piece = { from: 40_000_000, to: 50_000_000 };
  const asked = asked_for(piece, whole);
  expect(asked.from).toBeLessThanOrEqual(piece.from);
  expect(asked.to).toBeGreaterThanOrEqual(piece.to);
  expect(asked_for(moved(piece, 1000, whole), whole)).toEqual(asked);
  expect(asked.to - asked.from).toBeLessThanOrEqual(3 * 10_000_000);
  expect(asked.from).toBeLessThanOrEqual(piece.from - 2_500_000 + 1);
});
