import { readFileSync } from "node:fs";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { read_run, type Run } from "../run";
import { allowed, claimed_words } from "./claims";
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
  const text = html({
    version: 1,
    scenario: { name: "x" },
    summary: { headline: [] },
    sites: [],
    jobs: [],
    claims: [],
    assumed: [],
    inputs: [],
    sources: [],
    balances: [],
    warnings: [],
    series: { dates: [] },
  });
  expect(sections(text)).toEqual([]);
  expect(text).not.toContain("<dl");
});

test("the example shows every part", () => {
  const result = read_run(readFileSync("fixtures/run.json", "utf8"));
  if (!result.ok) throw new Error(result.reason);
  const text = html(result.run);
  expect(sections(text)).toEqual(["capacity", "spend", "sites", "jobs", "claims", "assumed", "sources"]);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
  for (const title of [
    "Energized capacity by site",
    "Accelerators by generation",
    "Capital spending by year",
    "Job timeline",
    "Goodput by cause",
    "Where the power is",
    "Inconsistent",
  ])
    expect(text).toContain(title);
});

test("a plan and its money are shown before its run", () => {
  const phase = { site: "a", name: "a-1", start: "2026-01-01", energized: "2027-01-01", service: "2027-02-01" };
  const text = html({
    version: 1,
    scenario: { name: "x" },
    plan: {
      objective: 2e28,
      bound: 2e28,
      gap: 0,
      status: "optimal",
      goal: { quantity: "training_flop", unit: "FLOP of training", by: "2031-01-01" },
      phases: [{ ...phase, facility_mw: 300, system: "gb300-nvl72", accelerators: 60000, capex_usd: 4e9 }],
      options: [{ name: "a-1", site: "a", largest_mw: 300, first_service: "2027-02-01", chosen: true }],
      deliveries: [],
      supply: [],
      spend: [{ date: "2026-01-01", plan_capex_usd: 1e9, plan_opex_usd: 1e8 }],
      binding: [{ constraint: "the budget of 2026", limit: 9e9, one_more: 1, one_less: 2, unit: "USD" }],
      frontier: [
        { factor: 0.5, budget_usd: 5e9, status: "optimal", objective: 1e28, capex_usd: 4e9, accelerators: 30000 },
        { factor: 1, budget_usd: 1e10, status: "optimal", objective: 2e28, capex_usd: 8e9, accelerators: 60000 },
      ],
      money: {
        capex_usd: 8e9,
        opex_usd: 1e9,
        existing_opex_usd: 0,
        npv_usd: null,
        irr: null,
        levelised: { usd_per_accelerator_hour: 4.27 },
        depreciation: { accelerators: 1e9 },
        operation_bridge: { run: 1e9 },
        models: [],
      },
      scenario: null,
      // As much of a plan as the page reads.
    } as unknown as Run["plan"],
    money: {
      capex: { accelerators: 7e9, shell: 1e9 },
      opex: { energy: 1e9 },
      depreciation: { power_cooling: 1e9 },
      bridge: [
        { line: "billed to jobs", usd: 0 },
        { line: "depreciation", usd: 9e9 },
      ],
      quarters: ["2026-01-01", "2026-04-01"].map((date) => ({
        date,
        capex_usd: 4e9,
        partners_usd: 0,
        opex_usd: 5e8,
        depreciation_usd: 5e8,
        book_value_usd: 4e9,
        accelerators: 30000,
      })),
      usd_per_accelerator_hour: 3.19,
    },
  });
  expect(sections(text)).toEqual(["plan", "money"]);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
  for (const words of ["1 of 1", "the budget of 2026", "Other budgets", "$4.27", "$3.19", "Power and cooling", "$9.00"])
    expect(text).toContain(words);
});

test("hours are shown for sites whose climate is known, one at a time", () => {
  const year = (value: number) => Array.from({ length: 12 }, () => Array<number>(24).fill(value));
  const day = { dry_bulb_c: year(20), pue: year(1.1), water_l_per_kwh_it: year(0), carbon_kg_per_kwh: 0.4 };
  const text = html({
    version: 1,
    scenario: { name: "x" },
    sites: [{ name: "a", title: "First, Ohio", typical_day: day }, { name: "b" }, { name: "c", typical_day: day }],
  });
  expect(sections(text)).toEqual(["sites", "hours"]);
  expect(text).toContain("PUE by hour");
  expect(text).toContain("Carbon for each kWh by hour");
  expect(text).not.toContain("Water for each kWh by hour");
  expect([...text.matchAll(/aria-pressed="(true|false)">(First|c)</g)].map((match) => match[1])).toEqual([
    "true",
    "false",
  ]);
});

test("half-filled rows are shown with dashes, not errors", () => {
  const text = html({
    version: 1,
    scenario: { name: "x", start: "2024-01-01", end: "2025-01-01" },
    sites: [{ name: "a" }],
    jobs: [{ name: "j" }, { name: "k", start: "2024-02-01", end: null, kind: "training", gpu_hours: {} }],
    claims: [{ id: "c", statement: "Something" }],
    assumed: [{ path: "p" }],
    balances: [{ name: "Energy" }],
    series: {
      dates: ["2024-01"],
      per_site: { a: { energized_mw_facility: [1, 2, 3] } },
      fleet: { capex_usd_by_category: { chips: [null] } },
    },
  });
  expect(sections(text)).toEqual(["sites", "jobs", "claims", "assumed"]);
  expect(text).not.toMatch(/undefined|NaN/);
});

test("what a run says is text, never markup or a script address", () => {
  const text = html({
    version: 1,
    scenario: { name: "<img src=x>" },
    sources: [{ key: "k", title: "t", url: "javascript:alert(1)" }],
    warnings: ["<b>bold</b>"],
  });
  expect(text).not.toMatch(/<img|javascript:|<b>bold/);
});

test("a claimed range is drawn and said from end to end", () => {
  const claim = {
    id: "c",
    statement: "60 to 65 billion",
    claimed: 60e9,
    claimed_upper: 65e9,
    unit: "USD",
    tolerance: 0.05,
    value: 54e9,
  };
  expect(allowed(claim)).toEqual({ low: 57e9, high: 68.25e9 });
  expect(allowed({ ...claim, claimed_upper: undefined })).toEqual({ low: 57e9, high: 63e9 });
  expect(claimed_words(claim)).toMatch(/60.* to .*65/);
  const at_least = { ...claim, relation: "at_least" as const, claimed_upper: undefined };
  expect(allowed(at_least)).toEqual({ low: 57e9, high: Number.POSITIVE_INFINITY });
  expect(claimed_words(at_least)).toMatch(/^≥ /);
  const text = html({
    version: 1,
    scenario: { name: "x" },
    claims: [claim, { ...claim, id: "d", claimed_upper: undefined }],
  });
  expect(text).toContain(claimed_words(claim));
  expect(text.match(/M0 8v32/g)).toHaveLength(3); // an upright line at each claimed end
});

test("a job that failures stopped is not said to wait, and derived inputs are not the catalogue's", () => {
  const text = html({
    version: 1,
    scenario: { name: "x" },
    jobs: [{ name: "j", status: "stopped", status_reason: "no progress" }],
    inputs: [{ path: "p", value: 1, origin: "derived" }],
  });
  expect(text).toContain("Stopped by failures");
  expect(text).not.toContain("Waiting");
  expect(text).toContain("Derived");
});

test("figures of several futures are shown with their range, the run without delays by its name, and new ones in a column of their own", () => {
  const site = {
    name: "a",
    accelerators: 80,
    accelerators_low: 60,
    accelerators_high: 95,
    heat_mwh: 5,
    heat_mwh_low: 4,
    heat_mwh_high: 6,
    nominal: { accelerators: 100, heat_mwh: 5 },
  };
  const text = html({
    version: 1,
    scenario: { name: "x" },
    sites: [site],
    metrics: { site: [{ name: "accelerators" }, { name: "heat_mwh", unit: "MWh" }] },
  });
  expect(text).toContain("60\u00a0to\u00a095; 100 without delays");
  expect(text).toContain("Heat mwh");
  expect(text).toMatch(/4.to.6.MWh/);
});
