import { describe, expect, test } from "vitest";
import { read_run, type Job, type Run } from "../run";
import { to_csv } from "./csv";
import { hours_by_kind, shares, timeline, days, job_count, largest } from "./jobs";
import { place_labels } from "./labels";
import { by_year, capacity_layers, cumulative, short_title, site_names, stack, total_load } from "./series";

const scenario = { name: "x" };

describe("series", () => {
  test("stacks add up and gaps count as nothing", () =>
    expect(
      stack([
        [1, 2, null],
        [10, null, 30],
      ]),
    ).toEqual([
      [1, 2, 0],
      [11, 2, 30],
    ]));
  test("years are calendar years", () =>
    expect([...by_year(["2024-11", "2024-12", "2025-01"], [1, 2, 4])]).toEqual([
      ["2024", 3],
      ["2025", 4],
    ]));
  test("the load is the fleet's, or else the sum over sites", () => {
    const per_site = { a: { load_mw_facility: [1, 2] }, b: { load_mw_facility: [10, 20] } };
    const run: Run = { version: 1, scenario, series: { dates: ["2024-01", "2024-02"], per_site } };
    expect(total_load(run, "facility")).toEqual([11, 22]);
    expect(total_load({ ...run, series: { ...run.series!, fleet: { facility_mw: [5, 6] } } }, "facility")).toEqual([
      5, 6,
    ]);
    expect(total_load(run, "it")).toBeUndefined();
  });
  test("a site keeps its color when another has no capacity", () => {
    const run: Run = {
      version: 1,
      scenario,
      sites: [{ name: "a" }, { name: "b", title: "Big Site, Ohio" }],
      series: {
        dates: ["2024-01"],
        per_site: { a: { energized_mw_it: [0] }, b: { energized_mw_it: [7], energized_mw_it_low: [6] } },
      },
    };
    expect(capacity_layers(run, "it")).toEqual([
      { key: "b", label: "Big Site", values: [7], low: [6], high: undefined, color: 1, stacked: true },
    ]);
    expect(site_names(run)).toEqual(["a", "b"]);
  });
  test("a missing cumulative series is summed up", () => {
    expect(cumulative(undefined, { chips: [1, 2], shell: [3, null] })).toEqual([4, 6]);
    expect(cumulative([7, 8], { chips: [1, 2] })).toEqual([7, 8]);
    expect(cumulative(undefined, undefined)).toBeUndefined();
  });
  test("short titles end at a comma or bracket", () =>
    expect([short_title("Prometheus, Ohio"), short_title("Fleet (all)"), short_title(",x")]).toEqual([
      "Prometheus",
      "Fleet",
      ",x",
    ]));
});

describe("jobs", () => {
  const job = (name: string, start: string | null, end: string | null, site = "s"): Job => ({ name, site, start, end });
  test("overlapping jobs get their own lane, others share one", () => {
    const [group] = timeline(
      [
        job("c", "2024-03-01", "2024-04-01"),
        job("a", "2024-01-01", "2024-03-01"),
        job("b", "2024-02-01", "2024-05-01"),
      ],
      0,
    );
    expect(group!.lanes).toBe(2);
    expect(group!.jobs.map((p) => [p.job.name, p.lane])).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", 0],
    ]);
  });
  test("what never started is left out; what has no end runs to the end", () => {
    const end = Date.UTC(2030, 0, 1) / 1000;
    const groups = timeline(
      [job("waiting", null, null), job("open", "2024-01-01", null), job("backwards", "2024-02-01", "2024-01-01")],
      end,
    );
    expect(groups.flatMap((g) => g.jobs.map((p) => [p.job.name, p.end]))).toEqual([["open", end]]);
  });
  test("a short bar keeps room for its label, on the side where there is some", () => {
    const day = 86400;
    const end = Date.UTC(2024, 0, 101) / 1000;
    const [group] = timeline(
      [
        job("a", "2024-01-01", "2024-01-11"),
        job("b", "2024-01-16", "2024-02-25"),
        job("c", "2024-04-05", "2024-04-08"),
      ],
      end,
      0,
      () => 20 * day,
    );
    expect(group!.jobs.map((p) => [p.job.name, p.label, p.lane])).toEqual([
      ["a", "right", 0],
      ["b", "inside", 1],
      ["c", "left", 0],
    ]);
  });
  test("shares sum to one, in order or by size", () => {
    expect(shares({ a: 1, b: 3, c: 0, d: null })).toEqual([
      { key: "b", value: 3, share: 0.75 },
      { key: "a", value: 1, share: 0.25 },
    ]);
    expect(shares({ b: 3, a: 1, z: 4 }, ["a", "b"]).map((p) => p.key)).toEqual(["a", "b", "z"]);
  });
  test("hours add up by kind", () => {
    const jobs: Job[] = [
      { name: "1", kind: "training", gpu_hours: { useful: 5, lost: 1 } },
      { name: "2", kind: "training", gpu_hours: { useful: 2 } },
      { name: "3", kind: "research" },
    ];
    expect(hours_by_kind(jobs)).toEqual([
      { kind: "training", hours: { useful: 7, lost: 1, checkpoint: 0, restart: 0, idle: 0, down: 0 } },
    ]);
  });
  test("the largest jobs keep their order", () => {
    const jobs = [5, 1, 9].map(
      (accelerators, i): Job => ({ name: String(i), accelerators, start: "2024-01-01", end: "2024-02-01" }),
    );
    expect(largest(jobs, 2).map((j) => j.name)).toEqual(["0", "2"]);
    expect(largest(jobs, 3)).toBe(jobs);
    expect(job_count([...jobs, { name: "others", stands_for: 40 }])).toBe(jobs.length + 40);
  });
  test("days need both ends", () =>
    expect([days(job("a", "2024-01-01", "2024-02-24")), days(job("b", "2024-01-01", null))]).toEqual([54, null]));
});

describe("csv", () => {
  test("quotes what needs quoting", () =>
    expect(
      to_csv({
        columns: ["a", "b"],
        rows: [
          ['say "hi", twice', 1.5],
          [null, "x\ny"],
        ],
      }),
    ).toBe('a,b\r\n"say ""hi"", twice",1.5\r\n,"x\ny"\r\n'));
  test("names the unit in every column but the first", () =>
    expect(to_csv({ columns: ["Date", "a"], unit: "MW", rows: [] })).toBe("Date,a (MW)\r\n"));
  test("disarms formulas but not numbers", () =>
    expect(to_csv({ columns: ["a"], rows: [["=1+1"], ["-cmd"], [-5], ["-5"]] })).toBe(
      "a\r\n'=1+1\r\n'-cmd\r\n-5\r\n-5\r\n",
    ));
});

test("labels of neighbors do not overlap", () => {
  const spots = [
    { x: 100, y: 100, radius: 20, text: "Prometheus" },
    { x: 120, y: 102, radius: 12, text: "Lebanon" },
    { x: 110, y: 120, radius: 8, text: "Dayton" },
  ];
  const labels = place_labels(spots, 400, 300, 12);
  const boxes = labels.map((l, i) => {
    const wide = spots[i]!.text.length * 7.2;
    const left = l.anchor === "start" ? l.x : l.anchor === "end" ? l.x - wide : l.x - wide / 2;
    return { left, right: left + wide, top: l.y - 12, bottom: l.y + 3.6 };
  });
  for (let i = 0; i < 3; ++i)
    for (let j = 0; j < i; ++j)
      expect(
        boxes[i]!.left < boxes[j]!.right &&
          boxes[j]!.left < boxes[i]!.right &&
          boxes[i]!.top < boxes[j]!.bottom &&
          boxes[j]!.top < boxes[i]!.bottom,
      ).toBe(false);
});

describe("reading the document", () => {
  test.each([
    ["__GIGAWATT_RUN__", "no run yet"],
    ["", "no run yet"],
    ["{", "cannot be read"],
    ["[]", "not an object"],
    ['{"version":2}', "version 2"],
    ['{"version":1}', "no scenario"],
  ])("%s is refused", (text, reason) => {
    const result = read_run(text);
    expect(result.ok ? "" : result.reason).toContain(reason);
  });
  test("parts of the wrong shape are dropped", () => {
    const result = read_run('{"version":1,"scenario":{"name":"a"},"jobs":{},"series":[],"sites":[]}');
    expect(result).toEqual({ ok: true, run: { version: 1, scenario: { name: "a" }, sites: [] } });
  });
});
