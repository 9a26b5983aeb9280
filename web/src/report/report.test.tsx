import { readFileSync } from "node:fs";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { read_run, type Run } from "../run";
import { Report } from "./report";

vi.mock("uplot", () => ({ default: class {} }));

const html = (run: Run) => renderToString(<Report run={run} />);
const sections = (text: string) => [...text.matchAll(/<section class="section" id="(\w+)"/g)].map((match) => match[1]);

test("a run with nothing but a scenario shows no empty parts", () => {
  const text = html({ version: 1, scenario: { name: "single-rack" } });
  expect(text).toContain("<h1>single-rack</h1>");
  expect(sections(text)).toEqual([]);
  expect(text).not.toMatch(/undefined|NaN|<table|<figure|<dl/);
});

test("empty parts count as missing", () => {
  const text = html({ version: 1, scenario: { name: "x" }, summary: { headline: [] }, sites: [], jobs: [], claims: [], assumed: [], inputs: [], sources: [], balances: [], warnings: [], series: { dates: [] } });
  expect(sections(text)).toEqual([]);
  expect(text).not.toContain("<dl");
});

test("the example shows every part", () => {
  const result = read_run(readFileSync("fixtures/run.json", "utf8"));
  if (!result.ok) throw new Error(result.reason);
  const text = html(result.run);
  expect(sections(text)).toEqual(["capacity", "spend", "sites", "jobs", "claims", "assumed", "sources"]);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
  for (const title of ["Energized capacity by site", "Accelerators by generation", "Capital spending by year", "Job timeline", "Goodput by cause", "Where the power is", "Inconsistent"])
    expect(text).toContain(title);
});

test("hours are shown for sites whose climate is known, one at a time", () => {
  const year = (value: number) => Array.from({ length: 12 }, () => Array<number>(24).fill(value));
  const day = { dry_bulb_c: year(20), pue: year(1.1), water_l_per_kwh_it: year(0), carbon_kg_per_kwh: 0.4 };
  const text = html({ version: 1, scenario: { name: "x" }, sites: [{ name: "a", title: "First, Ohio", typical_day: day }, { name: "b" }, { name: "c", typical_day: day }] });
  expect(sections(text)).toEqual(["sites", "hours"]);
  expect(text).toContain("PUE by hour");
  expect(text).toContain("Carbon for each kWh by hour");
  expect(text).not.toContain("Water for each kWh by hour");
  expect([...text.matchAll(/aria-pressed="(true|false)">(First|c)</g)].map((match) => match[1])).toEqual(["true", "false"]);
});

test("half-filled rows are shown with dashes, not errors", () => {
  const text = html({
    version: 1, scenario: { name: "x", start: "2024-01-01", end: "2025-01-01" }, sites: [{ name: "a" }],
    jobs: [{ name: "j" }, { name: "k", start: "2024-02-01", end: null, kind: "training", gpu_hours: {} }],
    claims: [{ id: "c", statement: "Something" }], assumed: [{ path: "p" }], balances: [{ name: "Energy" }],
    series: { dates: ["2024-01"], per_site: { a: { energized_mw_facility: [1, 2, 3] } }, fleet: { capex_usd_by_category: { chips: [null] } } },
  });
  expect(sections(text)).toEqual(["sites", "jobs", "claims", "assumed"]);
  expect(text).not.toMatch(/undefined|NaN/);
});

test("what a run says is text, never markup or a script address", () => {
  const text = html({ version: 1, scenario: { name: "<img src=x>" }, sources: [{ key: "k", title: "t", url: "javascript:alert(1)" }], warnings: ["<b>bold</b>"] });
  expect(text).not.toMatch(/<img|javascript:|<b>bold/);
});
