/** Keys of answers as words: "cost_usd_per_it_mwh" is the cost per IT MWh in USD. */
import { humanize } from "../format";

const kUnits: Readonly<Record<string, string>> = {
  mw: "MW",
  mwh: "MWh",
  kw: "kW",
  kwh: "kWh",
  gb: "GB",
  GBps: "GB/s",
  tbps: "Tbit/s",
  ms: "ms",
  hz: "Hz",
  pct: "%",
  usd: "USD",
  m3: "m3",
  km: "km",
  kg: "kg",
  g: "g",
  t: "t",
  l: "L",
  c: "°C",
  j: "J",
  h: "h",
  w: "W",
  s: "s",
  seconds: "s",
  bytes: "B",
};
/** What stands behind a unit and belongs to the name: "facility_mw_max". */
const kWhich: ReadonlySet<string> = new Set(["max", "mean", "min", "low", "high"]);
const kEach: Readonly<Record<string, string>> = { s: "second", h: "hour", gpu: "accelerator", it: "IT" };

/** A key that is nothing but its unit. */
const kBare: Readonly<Record<string, string>> = {
  mw: "Power",
  mwh: "Energy",
  usd: "Cost",
  hz: "Frequency",
  s: "Time",
  t: "Mass",
  seconds: "Time",
  bytes: "Bytes",
  gpus: "Accelerators",
};

const words_of = (words: readonly string[]): string => humanize(words.join("_"));
const each = (word: string): string => kEach[word] ?? kUnits[word] ?? word;

/** "cost_usd_per_it_mwh": a rate stays with its unit, "MW/s"; whatever else it is counted by belongs to the name. */
function counted(words: readonly string[], per: number): [string, string] {
  const unit = kUnits[words[per - 1]!];
  const by = words.slice(per + 1);
  const name = words.slice(0, unit ? per - 1 : per);
  if (unit && name.length > 0 && by.length === 1 && (by[0] === "s" || by[0] === "h"))
    return [words_of(name), `${unit}/${by[0]}`];
  const what = name.length > 0 ? words_of(name) : unit === "USD" ? "Price" : (unit ?? "");
  return [`${what} per ${by.map(each).join(" ")}`, unit ?? ""];
}

/** What a key names, and the unit of its figure: keys end in it, or have it before "per" and what it is counted by. */
export function name_and_unit(key: string): [string, string] {
  const words = key.split("_");
  const per = words.indexOf("per");
  if (per > 0) return counted(words, per);
  const last = words.at(-1)!;
  const unit = kUnits[last];
  if (words.length === 1) return [kBare[key] ?? words_of(words), kBare[key] ? (unit ?? "") : ""];
  // "0.1-5_hz": a band's name is its numbers with their unit, and its figure is of another one.
  if (unit && /^\d/.test(key)) return [`${words.slice(0, -1).join(" ")} ${unit}`, ""];
  if (unit) return [words_of(words.slice(0, -1)), unit];
  const before = kUnits[words.at(-2)!];
  if (before && words.length > 2 && kWhich.has(last)) return [words_of([...words.slice(0, -2), last]), before];
  return [words_of(words), ""];
}

/** A count inside a part whose name ends in a unit: it is not of that unit. */
export const is_count = (key: string): boolean => /^(hours|events|samples)(_|$)/.test(key);

/** Shares between 0 and 1 that read as percent. */
const kShares = /(^|_)(mfu|hfu|goodput|utilization|utilisation|share|unavailability|ettr_closed_form)$/;
export const is_share = (key: string): boolean => kShares.test(key);

/** The heading of a part inside an answer, such as "simulation ttft_ms", and the unit of what is in it. */
export function title_and_unit(path: string): [string, string] {
  const parts = path.split(" ").map(name_and_unit);
  return [
    parts
      .map(([name], i) => (i === 0 ? name : name.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())))
      .join(", "),
    parts.at(-1)![1],
  ];
}
