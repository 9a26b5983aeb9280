import { expect, test } from "vitest";
import type { SearchResult } from "../app/api";
import type { Run } from "../run";
import { entry_rows } from "./entry";
import { events_of, month_index, most_power, sites_at } from "./moments";
import { by_calendar_month, power_chain, site_rates } from "./power_chain";
import { pareto_of, scaling_rows } from "./search";
import { accuracy, quantile, values_of } from "./validation";
import { ordered } from "./step_parts";

/** A plan as a search lists it, as far as these functions look. */
const plan = (text: string, step_time_s: number, memory_gb: number) =>
  ({ plan: { text }, step_time_s, memory_gb }) as NonNullable<SearchResult["best"]>[number];

test("the front holds what nothing beats in both", () => {
  const rows = [plan("a", 5, 80), plan("b", 6, 40), plan("c", 6.5, 60), plan("d", 9, 10)];
  expect(pareto_of({ best: rows }).map((row) => row.plan.text)).toEqual(["d", "b", "a"]);
});

test("scaling is measured by the smallest size that has a plan", () => {
  const rows = scaling_rows(
    [
      { gpus: 32, best: plan("c", 3, 1) },
      { gpus: 8, reason: "too large" },
      { gpus: 16, best: plan("b", 5, 1) },
    ],
    100,
  );
  expect(rows.map((row) => row.gpus)).toEqual([8, 16, 32]);
  expect(rows[0]!.efficiency).toBeUndefined();
  expect(rows[1]!.efficiency).toBeCloseTo(1);
  expect(rows[2]!.efficiency).toBeCloseTo(5 / 3 / 2);
});

test("accuracy as the program defines it", () => {
  const row = (id: string, source: string, error_pct: number) => ({
    id,
    source,
    error_pct,
    measured_s: 1,
    predicted_s: 1 + error_pct / 100,
    low_s: 0.9,
    high_s: 1.05,
  });
  const rows = [row("1", "a", 2), row("2", "a", -4), row("3", "b", 20)];
  const figures = accuracy(rows);
  expect(figures.median).toBe(4);
  expect(figures.macro).toBe((3 + 20) / 2);
  expect(figures.within).toBeCloseTo(2 / 3);
  expect(figures.covered).toBe(1);
  expect(figures.sources).toBe(2);
  expect(quantile([0, 10], 0.9)).toBe(9);
  expect(values_of(rows, "source")).toEqual(["a", "b"]);
  expect(accuracy([]).median).toBeNaN();
});

test("a power chain loses nothing", () => {
  const site = { name: "s", it_energy_mwh: 100, overhead_energy_mwh: { conversion: 6, cooling: 9 } };
  const flow = power_chain(site, [
    { name: "j", site: "s", it_energy_mwh: 70 },
    { name: "k", site: "several", it_energy_mwh: 50 },
    { name: "shared", site: "several", it_energy_mwh: 50, it_energy_mwh_by_site: { s: 20, t: 30 } },
  ])!;
  const out = (source: string) =>
    flow.links.filter((link) => link.source === source).reduce((sum, link) => sum + link.value, 0);
  expect(out("meter")).toBeCloseTo(115);
  expect(out("it")).toBeCloseTo(100);
  expect(flow.nodes.map((node) => node.key)).not.toContain("job:k");
  expect(flow.links.find((link) => link.target === "job:shared")!.value).toBe(20);
  expect(flow.links.find((link) => link.target === "rest")!.value).toBeCloseTo(10);
  expect(power_chain({ name: "s" }, [])).toBeNull();
});

test("rates of a month without load are not known", () => {
  const rates = site_rates({
    energy_mwh: [0, 12, 3],
    it_energy_mwh: [0, 10, 0.4],
    water_m3: [0, 5, 0.2],
    co2_t: [0, 6, 1.5],
  });
  expect(rates.pue).toEqual([null, 1.2, null]);
  expect(rates.wue).toEqual([null, 0.5, null]);
  expect(rates.carbon).toEqual([null, 0.5, 0.5]);
  expect(by_calendar_month(["2024-01", "2025-01", "2025-02"], [1, 3, null]).slice(0, 2)).toEqual([2, null]);
});

test("the run at one month", () => {
  const run: Run = {
    version: 1,
    scenario: { name: "x" },
    sites: [
      {
        name: "a",
        title: "A",
        energized_mw_facility: 30,
        milestones: [{ phase: "energized", date: "2024-02-03", what: "10 MW" }],
      },
    ],
    jobs: [{ name: "j", start: "2024-02-01", end: "2024-03-01", status: "completed" }],
    series: {
      dates: ["2024-01", "2024-02"],
      per_site: { a: { energized_mw_facility: [0, 10], accelerators: [0, 7] } },
    },
  };
  expect(month_index(run.series!.dates, "2024-01")).toBe(0);
  expect(month_index(run.series!.dates, "1999-01")).toBe(1);
  expect(sites_at(run, 0)[0]!.energized_mw_facility).toBe(0);
  expect(sites_at(run, 1)[0]!.accelerators).toBe(7);
  expect(most_power(run)).toBe(10);
  expect(events_of(run, "2024-02").map((event) => event.text)).toEqual(["j starts", "A: 10 MW"]);
});

test("entries of the catalogue become rows, bands only where they are bands", () => {
  const rows = entry_rows({
    name: "x",
    power: { value: 10, unit: "kW", low: 8, high: 12, source: "s", kind: "vendor" },
    count: { value: 8, low: 8, high: 8 },
    list: ["a", "b"],
    deep: { more: { value: 1 } },
    cooling: "air",
  });
  expect(rows.map((row) => row.path)).toEqual(["power", "count", "list", "deep.more", "cooling"]);
  expect(rows[0]).toMatchObject({ value: 10, low: 8, unit: "kW" });
  expect(rows[1]!.low).toBeUndefined();
  expect(rows[2]!.value).toBe("a, b");
});

test("parts keep their order whatever their size", () => {
  expect(ordered({ b: 1, a: 3, z: 0 }, ["a", "b"]).map((part) => part.key)).toEqual(["a", "b"]);
  expect(ordered({ b: 1, a: 3 }, ["b", "a"]).map((part) => part.share)).toEqual([0.25, 0.75]);
});
