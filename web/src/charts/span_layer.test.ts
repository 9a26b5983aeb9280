import { expect, test } from "vitest";
import { extent, first_at, SpanLayer, type Points, type Window } from "./span_layer";

const points: Points = {
  times: [0, 10, 20, 30, 40],
  low: [1, null, -2, 3, 4],
  high: [2, null, 7, 4, 5],
  mean: [1.5, null, 3, 3.5, 4.5],
};

test("the scale holds zero and all of the band", () => {
  expect(extent(points)).toEqual([-2, 7]);
  expect(extent({ ...points, low: [3, 4], high: [5, 6] })).toEqual([0, 6]);
  expect(extent({ times: [], low: [], high: [], mean: [] })).toEqual([0, 1]);
});

test("the first point not before a time", () => {
  expect([-1, 0, 1, 10, 40, 41].map((time) => first_at(points.times, time))).toEqual([0, 0, 1, 1, 4, 5]);
});

test("points are drawn anew at another scale or past the picture's edge only, and gaps are left open", () => {
  const calls: string[] = [];
  const context = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...given: unknown[]) =>
          void calls.push(`${String(name)} ${given.filter((one) => typeof one === "number").join(" ")}`),
      set: () => true,
    },
  );
  Object.assign(globalThis, {
    document: { createElement: () => ({ width: 0, height: 0, getContext: () => context }) },
  });
  const look = { line: "black", band: "grey", ratio: 1 };
  const at = (from: number, to: number): Window => ({
    from,
    to,
    bottom: 0,
    top: 10,
    left: 5,
    upper: 6,
    width: 100,
    height: 50,
  });
  const layer = new SpanLayer();
  layer.draw(context as CanvasRenderingContext2D, at(10, 20), points, look, true);
  // Columns of a pixel: the band from (20, 7 to -2) to (30, 4 to 3) lies at 200 to 300 of 300.
  const columns = calls.filter((call) => call.startsWith("fillRect"));
  expect(columns).toHaveLength(100);
  const [left, top, width, height] = columns[0]!.split(" ").slice(1).map(Number);
  expect([left, width]).toEqual([200, 1]);
  expect(top).toBeCloseTo(15);
  expect(height).toBeCloseTo(45);
  // A picture from 0 to 30, 300 pixels wide: the window begins a third into it.
  expect(calls).toContain("drawImage -95 6");
  expect(calls.filter((call) => call === "stroke ")).toHaveLength(2);
  calls.length = 0;
  layer.draw(context as CanvasRenderingContext2D, at(14, 24), points, look, true);
  expect(calls).toContain("drawImage -135 6");
  expect(calls.some((call) => call.startsWith("stroke"))).toBe(false);
  expect(layer.redrawn).toBe(1);
  layer.draw(context as CanvasRenderingContext2D, at(25, 35), points, look, true);
  layer.draw(context as CanvasRenderingContext2D, at(25, 30), points, look, true);
  layer.draw(context as CanvasRenderingContext2D, at(25, 30), { ...points }, look, true);
  expect(layer.redrawn).toBe(4);
  // Half a pixel aside: good enough while it moves, not once it rests.
  const same = { ...points };
  layer.draw(context as CanvasRenderingContext2D, at(10, 20), same, look, false);
  layer.draw(context as CanvasRenderingContext2D, at(10.05, 20.05), same, look, true);
  expect(layer.redrawn).toBe(5);
  layer.draw(context as CanvasRenderingContext2D, at(10.05, 20.05), same, look, false);
  layer.draw(context as CanvasRenderingContext2D, at(10.05, 20.05), same, look, false);
  expect(layer.redrawn).toBe(6);
});
