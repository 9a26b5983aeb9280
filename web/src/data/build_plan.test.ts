import { expect, test } from "vitest";
import { has_options, large, point_of, years, type PlanPoint } from "./build_plan";

const point = (budget_usd: number, objective: number | null): PlanPoint => ({
  factor: 1,
  budget_usd,
  objective,
  status: objective === null ? "infeasible" : "optimal",
  capex_usd: null,
  accelerators: null,
});

test("a budget buys the largest solved point below it", () => {
  const frontier = [point(10, null), point(20, 5), point(30, 7)];
  expect(point_of(frontier, 25)?.objective).toBe(5);
  expect(point_of(frontier, 30)?.objective).toBe(7);
  expect(point_of(frontier, 15)).toBeUndefined();
});

test("a scenario with a table [plan] has options", () => {
  expect(has_options("version = 1\n[plan]\nby = 2030\n")).toBe(true);
  expect(has_options('# [plan]\nname = "x"\n')).toBe(false);
});

test("dates become years", () => {
  expect(years("2027-07-01")).toBeCloseTo(2027.5, 3);
});

test("what no word counts is written with a power of ten", () => {
  expect(large(3.2123e28)).toBe("3.21 × 10²⁸");
  expect(large(308522)).toBeUndefined();
});
