import { expect, test } from "vitest";
import { even_ticks, log_ticks } from "./ticks";

test("a log axis has 1, 2, 5 in each decade", () => {
  expect(log_ticks([1, 100], 8)).toEqual([1, 2, 5, 10, 20, 50, 100]);
  expect(log_ticks([1, 1000], 5)).toEqual([1, 10, 100, 1000]);
});

test("one that spans less than three of them has even steps", () => {
  expect(log_ticks([4.5, 9], 5)).toEqual([5, 6, 7, 8, 9]);
  expect(log_ticks([13.1, 17.8], 8)).toEqual([14, 15, 16, 17]);
  expect(log_ticks([4.88, 5.36], 5)).toEqual([4.9, 5, 5.1, 5.2, 5.3]);
});

test("even steps are round", () => {
  expect(even_ticks([0.021, 0.094], 4)).toEqual([0.04, 0.06, 0.08]);
  expect(even_ticks([0, 10], 5)).toEqual([0, 2, 4, 6, 8, 10]);
});
