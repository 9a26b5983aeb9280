/**
 * Numbers, units and dates as a reader wants them: three significant digits,
 * thousands grouped, millions and above named (1.31 M, $65.2 B, 1,020 MW, 54.3 d).
 * Everything unknown is an en dash.
 */

export const kNone = "–";
const kSpace = "\u00a0";

type Maybe = number | null | undefined;

const known = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);

const formats = new Map<number, Intl.NumberFormat>();

/** With so many decimals. One formatter each is kept: making one takes longer than a hundred uses of it. */
function fixed(value: number, places: number): string {
  let format = formats.get(places);
  if (!format)
    formats.set(
      places,
      (format = new Intl.NumberFormat("en-US", { minimumFractionDigits: places, maximumFractionDigits: places })),
    );
  return format.format(value);
}

/**
 * 3 significant digits, but never fewer than all digits before the point: 1,020
 * stays 1,020. A whole number stays whole unless it came from a scaled one (86.0 TWh).
 */
function digits(value: number, significant = 3, scaled = false): string {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return "0";
  if (magnitude < 1e-4) return value.toExponential(1).replace("e-", "e−").replace("-", "−");
  const decimals = Math.max(0, significant - 1 - Math.floor(Math.log10(magnitude)));
  const rounded = Number(value.toFixed(Math.min(decimals, 8)));
  const again = Math.max(0, significant - 1 - Math.floor(Math.log10(Math.abs(rounded) || 1)));
  const places = !scaled && Number.isInteger(value) && magnitude < 1e6 ? 0 : Math.min(again, 8);
  return fixed(value, places).replace("-", "−");
}

const kScales: [number, string][] = [
  [1e15, "P"],
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
];

/** 1.31 M; 980,400; 12.4; 0.042. */
export function compact(value: Maybe, significant = 3): string {
  if (!known(value)) return kNone;
  for (const [scale, letter] of kScales)
    if (Math.abs(value) >= scale * 0.99995) return `${digits(value / scale, significant, true)}${kSpace}${letter}`;
  return digits(value, significant);
}

export function usd(value: Maybe): string {
  if (!known(value)) return kNone;
  return `${value < 0 ? "−" : ""}$${compact(Math.abs(value))}`;
}

export function percent(value: Maybe, significant = 3): string {
  return known(value) ? `${digits(value * 100, significant, true)}%` : kNone;
}

/** A part of a whole, two digits; the smallest parts are only said to be small, and nearly all is not all. */
export function share(value: Maybe): string {
  if (known(value) && value >= 0.995 && value < 1) return value >= 0.9995 ? ">99.9%" : percent(value, 3);
  return known(value) && value > 0 && value < 0.001 ? "<0.1%" : percent(value, 2);
}

/** 182 ms, 4.60 s, 12.5 min, 3.2 h, 54.3 d. */
export function duration(seconds: Maybe): string {
  if (!known(seconds)) return kNone;
  const steps: [number, number, string][] = [
    [1e-4, 1e-6, "µs"],
    [1, 1e-3, "ms"],
    [120, 1, "s"],
    [7200, 60, "min"],
    [172800, 3600, "h"],
    [Infinity, 86400, "d"],
  ];
  if (seconds === 0) return `0${kSpace}s`;
  const [, scale, unit] = steps.find(([below]) => Math.abs(seconds) < below)!;
  return `${decimal(seconds / scale)}${kSpace}${unit}`;
}

/** Like compact, but a whole number keeps its decimals: 4.60, so that columns line up. */
function decimal(value: number): string {
  const places = Math.max(0, 2 - Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1))));
  return fixed(value, places);
}

/** Units that step up by a thousand, from the unit in the document. */
const kLadders: Record<string, [number, string][]> = {
  MWh: [
    [1e6, "TWh"],
    [1e3, "GWh"],
    [1, "MWh"],
  ],
  t: [
    [1e6, "Mt"],
    [1e3, "kt"],
    [1, "t"],
  ],
  J: [
    [1e15, "PJ"],
    [1e12, "TJ"],
    [1e9, "GJ"],
    [1e6, "MJ"],
    [1e3, "kJ"],
    [1, "J"],
  ],
  B: [
    [1e12, "TB"],
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
    [1, "B"],
  ],
  GB: [
    [1e6, "PB"],
    [1e3, "TB"],
    [1, "GB"],
  ],
};

const kUnitNames: Record<string, string> = {
  m3: "m³",
  "GPU-h": "GPU-h",
  gpu_hours: "GPU-h",
  days: "d",
  day: "d",
  hours: "h",
  fraction: "%",
  tCO2: "t CO₂",
  co2_t: "t CO₂",
  H100e: "H100e",
};

const kThousands: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  "million ": 1e6,
  "billion ": 1e9,
};

/** A number with its unit, in the steps that people use for that unit. */
export function quantity(value: Maybe | string | boolean, unit = ""): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string")
    return unit === "date" || is_iso_date(value) ? date(value) : value + (unit ? kSpace + unit : "");
  if (!known(value)) return kNone;
  if (unit === "USD" || unit === "$") return usd(value);
  const dollars = /^([kMG]|million |billion |)USD\b(.*)$/.exec(unit);
  if (dollars) return `${usd(value * kThousands[dollars[1]!]!)}${dollars[2]}`;
  if (unit === "fraction" || unit === "ratio%") return percent(value);
  if (unit === "%") return `${digits(value)}%`;
  if (unit === "s") return duration(value);
  if (unit === "ms") return duration(value / 1e3);
  const ladder = kLadders[unit];
  if (ladder) {
    const [scale, name] = ladder.find(([step]) => Math.abs(value) >= step * 0.99995) ?? ladder.at(-1)!;
    return `${scale > 1 && Math.abs(value) < scale * 1e6 ? digits(value / scale, 3, true) : compact(value / scale)}${kSpace}${name}`;
  }
  const text = compact(value);
  return unit ? `${text}${kSpace}${kUnitNames[unit] ?? unit}` : text;
}

/** Splits "$65.2 B" or "1,020 MW" for a headline set in two sizes: ["$65.2", "B"]. */
export function split_unit(text: string): [string, string] {
  const first = text.indexOf(kSpace);
  const is_date = /[A-Z][a-z]{2}\u00a0\d{4}$/.test(text);
  if (first < 0 || is_date) return [text, ""];
  return /^[−$]*[\d.,]+$/.test(text.slice(0, first)) ? [text.slice(0, first), text.slice(first + 1)] : [text, ""];
}

export const kMonthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A year is no number to group, nor to compare by its share. */
export const is_year = (path: string, value: unknown): boolean => typeof value === "number" && /\byear$/.test(path);

export const is_iso_date = (text: string): boolean => /^\d{4}-\d{2}(-\d{2}(T.*)?)?$/.test(text);

/** "2026-07" -> "Jul 2026"; "2026-07-01" -> "1 Jul 2026"; anything else unchanged. */
export function date(text: string | null | undefined): string {
  if (!text) return kNone;
  const match = /^(\d{4})-(\d{2})(?:-(\d{2}))?/.exec(text);
  if (!match) return text;
  const [, year, month, day] = match;
  const name = `${kMonthNames[Number(month) - 1] ?? month}${kSpace}${year}`;
  return day ? `${Number(day)}${kSpace}${name}` : name;
}

/** A sentence with its ISO days written as the rest of the page writes them. */
export const with_dates = (text: string): string => text.replace(/\b\d{4}-\d{2}-\d{2}\b/g, date);

export function month(text: string | null | undefined): string {
  return text ? date(text.slice(0, 7)) : kNone;
}

/** A date with its time of day, in UTC, where it has one: "1 Jul 2026, 03:15". */
export function moment(text: string): string {
  const time = /T(\d{2}:\d{2})/.exec(text)?.[1];
  return time && time !== "00:00" ? `${date(text)}, ${time}` : date(text);
}

/** Seconds since 1970 of an ISO month, day or time, in UTC. NaN when it is none of them. */
export function seconds(text: string | null | undefined): number {
  if (text?.includes("T")) return Date.parse(/Z|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`) / 1000;
  const match = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(text ?? "");
  if (!match) return NaN;
  return Date.UTC(Number(match[1]), Number(match[2] ?? 1) - 1, Number(match[3] ?? 1)) / 1000;
}

/** Names one tick of an axis; `all` are the ticks of that axis. */
export type Tick = (value: number, index?: number, all?: unknown) => string;

/** Decimals that tell these values apart as they are, and no more. */
function decimals(values: readonly number[]): number {
  const most = Math.max(...values.map(Math.abs)) || 1;
  for (let places = 0; places < 8; ++places)
    if (values.every((value) => Math.abs(Number(value.toFixed(places)) - value) < 1e-6 * most)) return places;
  return 8;
}

/** Axis ticks, one suffix and as many decimals for the whole axis: 0, 0.5 M, 1.0 M. */
export const tick: Tick = (value, _index, all) => {
  const values = [value, ...(Array.isArray(all) ? all.map(Number).filter(Number.isFinite) : [])];
  const most = Math.max(...values.map(Math.abs));
  const [scale, letter] = kScales.find(([step]) => most >= step) ?? [1, ""];
  if (value === 0) return "0";
  const places = decimals(values.map((one) => one / scale));
  const text = fixed(value / scale, places).replace("-", "−");
  return letter ? text + kSpace + letter : text;
};

const kDay = 86400;

/** Steps of a time axis: days, then months, then years (uPlot turns multiples of 30 days into months). */
export const kTimeSteps = [1, 2, 5, 10, 15, 30, 60, 90, 120, 180, 365, 730, 1825, 3650].map((days) => days * kDay);

/** Names the ticks of a time axis `step` seconds apart; the year stands under the first and under each January. */
export function time_ticks(times: readonly number[], step: number): string[] {
  return times.map((time, i) => {
    const when = new Date(time * 1000);
    const year = when.getUTCFullYear();
    if (step >= 365 * kDay) return String(year);
    const name = kMonthNames[when.getUTCMonth()]!;
    const text = step >= 28 * kDay ? name : `${when.getUTCDate()}${kSpace}${name}`;
    const new_year = i === 0 || new Date(times[i - 1]! * 1000).getUTCFullYear() !== year;
    return new_year ? `${text}\n${year}` : text;
  });
}

/** What one step of a series is called: "day", "week", "month", "year", or "step" when it is none of them. */
export function period(dates: readonly string[]): string {
  const days = (seconds(dates.at(-1)) - seconds(dates[0])) / kDay / Math.max(1, dates.length - 1);
  if (dates.length < 2 || Math.abs(days - 30.5) < 3) return "month";
  if (Math.abs(days - 1) < 0.1) return "day";
  if (Math.abs(days - 7) < 0.2) return "week";
  return Math.abs(days - 365) < 2 ? "year" : "step";
}

const kAbbreviations =
  /\b(nics?|hbm|pcie|tdp|pue|wue|gpus?|cpus?|it|tp|cp|pp|vpp|ep|etp|dp|kv|mfu|hfu|ttft|tpot|mttf|ettr|ups|ks|co2)\b/g;
const kWritten: Readonly<Record<string, string>> = {
  nics: "NICs",
  pcie: "PCIe",
  gpus: "GPUs",
  cpus: "CPUs",
  co2: "CO₂",
};

/** "tp_comm" -> "TP communication"; "first_power_date" -> "First power date". */
export function humanize(key: string): string {
  const names: Record<string, string> = {
    pp_bubble: "PP bubble",
    tp_comm: "TP communication",
    sp_comm: "SP communication",
    ep_comm: "EP communication",
    cp_comm: "CP communication",
    pp_comm: "PP communication",
    dp_comm: "DP communication",
    gpu: "GPU",
    hbm: "HBM",
    nvlink: "NVLink",
    nic: "NIC",
    psu: "PSU",
    it: "IT",
    sdc: "Silent data corruption",
    power_cooling: "Power and cooling",
    cpu: "CPU",
    opex: "Opex",
    capex: "Capex",
  };
  const known_name = names[key.toLowerCase()];
  if (known_name) return known_name;
  const words = key
    .replace(/[_-]+/g, " ")
    .trim()
    .replace(kAbbreviations, (word) => kWritten[word] ?? word.toUpperCase());
  return /^[a-z]/.test(words) ? words[0]!.toUpperCase() + words.slice(1) : words;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
