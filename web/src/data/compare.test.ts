import { expect, test } from "vitest";
import type { Run } from "../run";
import { differences_first, distance, figure_rows, input_differences, overlay } from "./compare";

const run = (more: Partial<Run>): Run => ({ version: 1, scenario: { name: "x" }, ...more });

test("distance is relative to the first and never NaN", () => {
  expect(distance(100, 110)).toBeCloseTo(0.1);
  expect(distance(0, 0)).toBe(0);
  expect(distance(0, 1)).toBe(Infinity);
  expect(distance("a", "b")).toBe(Infinity);
  expect(distance(undefined, 1)).toBe(Infinity);
});

test("inputs that differ are listed, those of the file first, words about them never", () => {
  const a = run({
    inputs: [
      { path: "b.x", value: 1, origin: "default" },
      { path: "c.y", value: 2, origin: "file" },
      { path: "same", value: 3 },
      { path: "title", value: "A" },
    ],
  });
  const b = run({
    inputs: [
      { path: "b.x", value: 2, origin: "default" },
      { path: "c.y", value: 3, origin: "file" },
      { path: "same", value: 3 },
      { path: "title", value: "B" },
      { path: "d.z", value: 1, origin: "file" },
    ],
  });
  expect(input_differences([a, b]).map((row) => row.key)).toEqual(["c.y", "d.z", "b.x"]);
  expect(input_differences([a, a])).toEqual([]);
});

test("figures stand with the largest difference first and what is equal last", () => {
  const a = run({
    summary: {
      headline: [
        { id: "p", label: "P", value: 100 },
        { id: "q", label: "Q", value: 5 },
      ],
    },
    jobs: [{ name: "j", step_time_s: 2 }],
  });
  const b = run({
    summary: {
      headline: [
        { id: "p", label: "P", value: 101 },
        { id: "q", label: "Q", value: 5 },
      ],
    },
    jobs: [{ name: "j", step_time_s: 3 }],
  });
  expect(differences_first(figure_rows([a, b])).map((row) => row.key)).toEqual(["job.j.step_time_s", "p", "q"]);
});

test("runs of different lengths share one axis", () => {
  const a = run({ series: { dates: ["2024-01", "2024-02"], fleet: { it_mw: [1, 2] } } });
  const b = run({ series: { dates: ["2024-02", "2024-03"], fleet: { it_mw: [5, 6] } } });
  const { dates, layers } = overlay(
    [
      { key: "a", label: "A", run: a },
      { key: "b", label: "B", run: b },
    ],
    (one) => one.series?.fleet?.it_mw,
  );
  expect(dates).toEqual(["2024-01", "2024-02", "2024-03"]);
  expect(layers.map((layer) => layer.values)).toEqual([
    [1, 2, null],
    [null, 5, 6],
  ]);
});
