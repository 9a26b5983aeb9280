import { describe, expect, test } from "vitest";
import {
  compact,
  date,
  duration,
  humanize,
  moment,
  month,
  percent,
  period,
  quantity,
  seconds,
  share,
  split_unit,
  tick,
  time_ticks,
  usd,
  with_dates,
} from "./format";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("compact", () => {
  test.each([
    [1312400, "1.31 M"],
    [1020, "1,020"],
    [980400, "980,400"],
    [12.44, "12.4"],
    [0.0421, "0.0421"],
    [0, "0"],
    [999999.9, "1.00 M"],
    [15.6e12, "15.6 T"],
    [-2500, "−2,500"],
    [99.96, "100"],
    [5, "5"],
    [0.00003, "3.0e−5"],
  ])("%d is %s", (value, text) => expect(plain(compact(value))).toBe(text));
  test.each([null, undefined, NaN, Infinity])("%s is a dash", (value) => expect(compact(value)).toBe("–"));
});

describe("units", () => {
  test.each([
    [65.2e9, "USD", "$65.2 B"],
    [-3e6, "USD", "−$3.00 M"],
    [1020, "MW", "1,020 MW"],
    [54.3, "d", "54.3 d"],
    [54.3, "days", "54.3 d"],
    [8.6e7, "MWh", "86.0 TWh"],
    [4210, "MWh", "4.21 GWh"],
    [2.6e6, "t", "2.60 Mt"],
    [0.908, "fraction", "90.8%"],
    [4.6, "s", "4.60 s"],
    [1.1e6, "m3", "1.10 M m³"],
    [2.4, "USD/h", "$2.40/h"],
    [220, "GUSD", "$220 B"],
    [10105, "ms", "10.1 s"],
    [219e6, "B", "219 MB"],
    [35.77, "billion USD", "$35.8 B"],
    [206, "kUSD", "$206,000"],
    [12, "%", "12%"],
    ["2026-10-15", "date", "15 Oct 2026"],
    ["Iowa", "", "Iowa"],
    [true, "", "yes"],
    [null, "MW", "–"],
  ] as const)("%s %s is %s", (value, unit, text) => expect(plain(quantity(value, unit))).toBe(text));

  test("durations choose their unit", () => {
    expect([0.182, 4.6, 750, 11520, 4.69e6].map((s) => plain(duration(s)))).toEqual([
      "182 ms",
      "4.60 s",
      "12.5 min",
      "3.20 h",
      "54.3 d",
    ]);
  });
  test("shares", () => expect([percent(0.404), percent(1), percent(0.0512)]).toEqual(["40.4%", "100%", "5.12%"]));
  test("money below a million", () => expect(usd(2.105)).toBe("$2.11"));
  test("headline numbers are split from their unit", () => {
    expect(split_unit(quantity(65.2e9, "USD"))).toEqual(["$65.2", "B"]);
    expect(split_unit(quantity(1.1e6, "m3")).map(plain)).toEqual(["1.10", "M m³"]);
    expect(split_unit(percent(0.86))).toEqual(["86.0%", ""]);
    expect(split_unit(date("2026-10-15"))[0]).toBe(date("2026-10-15"));
  });
});

describe("dates", () => {
  test("months and days", () =>
    expect([date("2026-07"), date("2026-07-01"), month("2026-07-09")].map(plain)).toEqual([
      "Jul 2026",
      "1 Jul 2026",
      "Jul 2026",
    ]));
  test("nothing and nonsense", () => expect([date(null), date("soon")]).toEqual(["–", "soon"]));
  test("seconds are UTC", () => {
    expect(seconds("1970-02")).toBe(31 * 86400);
    expect(seconds("")).toBeNaN();
  });
});

test("parts of a whole: nearly all is not all, next to nothing is not nothing", () => {
  expect([1, 0.9985, 0.99951, 0.994, 0.404, 0.0004].map(share)).toEqual([
    "100%",
    "99.9%",
    ">99.9%",
    "99%",
    "40%",
    "<0.1%",
  ]);
});

test("energies of a balance and days in a sentence", () => {
  expect([1.64e12, 5e3].map((joules) => plain(quantity(joules, "J")))).toEqual(["1.64 TJ", "5.00 kJ"]);
  expect(plain(with_dates("by 2025-12-31, not 2025-Q3"))).toBe("by 31 Dec 2025, not 2025-Q3");
});

test("times of day", () => {
  expect(plain(moment("2026-07-01T03:15:00.000Z"))).toBe("1 Jul 2026, 03:15");
  expect(plain(moment("2026-07-01T00:00:00Z"))).toBe("1 Jul 2026");
  expect(plain(moment("2026-07"))).toBe("Jul 2026");
  expect(seconds("2026-07-01T03:15:00") - seconds("2026-07-01")).toBe(3 * 3600 + 900);
  expect(seconds("2026-07-01T03:15:00.000Z") - seconds("2026-07-01")).toBe(3 * 3600 + 900);
});

test("time ticks carry the year once", () => {
  const at = (...dates: string[]) => dates.map(seconds);
  expect(time_ticks(at("2024-11", "2024-12", "2025-01"), 30 * 86400)).toEqual(["Nov\n2024", "Dec", "Jan\n2025"]);
  expect(time_ticks(at("2024", "2025"), 365 * 86400)).toEqual(["2024", "2025"]);
  expect(time_ticks(at("2025-03-01", "2025-03-02"), 86400).map(plain)).toEqual(["1 Mar\n2025", "2 Mar"]);
});
test("steps of a series have a name", () => {
  expect(
    [
      ["2024-01", "2024-02", "2024-03"],
      ["2024-01-31", "2024-02-29", "2024-03-31"],
      ["2024-01-01", "2024-01-02"],
      ["2024-01-01", "2024-01-08"],
      ["2024-01"],
      ["2024-01-01", "2024-01-04"],
    ].map(period),
  ).toEqual(["month", "month", "day", "week", "month", "step"]);
});
test("ticks of an axis share one suffix", () => {
  expect([0, 5e5, 1e6, 1.5e6].map(tick).map(plain)).toEqual(["0", "0.5 M", "1.0 M", "1.5 M"]);
  expect([0, 8000, 12000].map(tick).map(plain)).toEqual(["0", "8,000", "12,000"]);
  expect(plain(tick(2e9))).toBe("2 B");
  expect([0, 0.0005, 0.001, 0.0015].map(tick)).toEqual(["0", "0.0005", "0.0010", "0.0015"]);
  expect([0, 0.30000000000000004].map(tick)).toEqual(["0", "0.3"]);
});
test("keys become words", () =>
  expect(["tp_comm", "hbm", "lost_gpu", "GB200", "nic_bandwidth", "yearly_pue"].map(humanize)).toEqual([
    "TP communication",
    "HBM",
    "Lost GPU",
    "GB200",
    "NIC bandwidth",
    "Yearly PUE",
  ]));
