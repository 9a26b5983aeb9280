/**
 * The run document: what one simulated scenario leaves behind for a reader.
 *
 * The program writes it (module `report`) and the page shows it; this file is
 * the contract between the two. Units are in the key names (`_mw_it` is power at
 * the racks, `_mw_facility` at the meter). Only `version` and `scenario` must be
 * there: the page leaves out whatever a run does not have. A number that is not
 * known is `null`, never NaN.
 */

import type { BuildPlan } from "./data/build_plan";

export type Num = number | null;

/**
 * Figures by their declared names. Where futures were simulated a figure is their median, `_low` and `_high` are the
 * 10th and 90th percentile (null where it has none), and `nominal` holds those of the run without delays.
 */
export type Figures<Name extends string, Value = Num> = { [Key in Name | `${Name}_low` | `${Name}_high`]?: Value };

/** The same by month; `_nominal` is the run without delays. */
export type Histories<Name extends string> = {
  [Key in Name | `${Name}_low` | `${Name}_high` | `${Name}_nominal`]?: Num[];
};

/** What a figure is: its key in a site or a job, its unit, a sentence, how it is written. */
export interface Declared {
  name: string;
  unit?: string;
  doc?: string;
  form?: "number" | "count" | "date" | "share" | "ratio";
}

export interface Run {
  version: 1;
  generated_by?: string;
  scenario: Scenario;
  summary?: Summary;
  /** Every figure that the program declares of a site and of a job. */
  metrics?: { site?: Declared[]; job?: Declared[] };
  sites?: Site[];
  series?: Series;
  jobs?: Job[];
  claims?: Claim[];
  assumed?: Assumption[];
  inputs?: Input[];
  sources?: Source[];
  balances?: Balance[];
  money?: Money;
  /** The plan that this is the run of. */
  plan?: BuildPlan;
  warnings?: string[];
}

/** Money over the run, USD, by category and quarter; the bridge's lines sum to capital and operation. */
export interface Money {
  capex: Record<string, Num>;
  opex: Record<string, Num>;
  depreciation: Record<string, Num>;
  bridge: { line: string; usd: Num }[];
  quarters: {
    date: string;
    capex_usd: number;
    partners_usd: number;
    opex_usd: number;
    depreciation_usd: number;
    book_value_usd: Num;
    accelerators: Num;
  }[];
  usd_per_accelerator_hour: Num;
}

export interface Scenario {
  name: string;
  title?: string;
  description?: string;
  /** ISO dates. */
  start?: string;
  end?: string;
  seed?: number | string;
  hash?: string;
}

export interface Summary {
  headline?: Headline[];
  events?: number;
  wall_s?: number;
  /** How many simulated futures the ranges come from. */
  runs?: number;
}

export interface Headline {
  id: string;
  label: string;
  value: Num | string;
  unit?: string;
  note?: string;
  /** Over the futures, and in the run without delays. */
  low?: Num;
  high?: Num;
  nominal?: Num;
}

/** When a part of a site is built and by what it is filled; null: by deliveries. */
export interface BuildPhase {
  name: string;
  site: string;
  start: string;
  energized: string;
  service: string;
  facility_mw: number;
  system: string | null;
}

export interface Milestone {
  phase: string;
  what?: string;
  date: string;
  assumed?: boolean;
}

export type SiteMetric =
  | "energized_mw_it"
  | "energized_mw_facility"
  | "accelerators"
  | "energy_mwh"
  | "it_energy_mwh"
  | "pue"
  | "water_m3"
  | "co2_t"
  | "capex_usd"
  | "opex_usd";

/** Figures are as of the end of the run; energy, water and carbon over the whole run. */
export interface Site extends Figures<SiteMetric>, Figures<"first_power_date", string | null> {
  name: string;
  title?: string;
  latitude?: Num;
  longitude?: Num;
  /** The site itself is a guess, not an announced place. */
  assumed?: boolean;
  nominal?: Record<string, Num | string>;
  /** What holds the site back: power, chips, money, shells, time. */
  limiting?: string;
  /** Electricity at the meter that no rack gets, by part: "conversion", "cooling". */
  overhead_energy_mwh?: Record<string, Num>;
  milestones?: Milestone[];
  /** With all lead times at their median. */
  phases?: BuildPhase[];
  /** A typical day of each month, [month][hour], where the site's climate is known. */
  typical_day?: TypicalDay;
}

export interface TypicalDay {
  dry_bulb_c: number[][];
  pue: number[][];
  water_l_per_kwh_it: number[][];
  /** Of electricity at the meter; the same at every hour. */
  carbon_kg_per_kwh?: Num;
}

export type SiteSeries = Histories<
  | "energized_mw_it"
  | "energized_mw_facility"
  | "load_mw_it"
  | "load_mw_facility"
  | "load_mw_facility_peak"
  | "accelerators"
  | "accelerators_waiting"
  | "it_energy_mwh"
  | "energy_mwh"
  | "water_m3"
  | "co2_t"
  | "capex_usd"
  | "opex_usd"
>;

/** Each array is as long as `Series.dates`; `it_mw` and `facility_mw` are loads. Layers of a stack have no range. */
export interface FleetSeries
  extends Histories<
    | "it_mw"
    | "facility_mw"
    | "capex_cumulative_usd"
    | "opex_cumulative_usd"
    | "goodput"
    | "utilization"
    | "energy_mwh"
    | "co2_t"
    | "accelerators"
    | "energized_mw_it"
    | "energized_mw_facility"
  > {
  accelerators_by_generation?: Record<string, Num[]>;
  capex_usd_by_category?: Record<string, Num[]>;
  opex_usd_by_category?: Record<string, Num[]>;
}

export interface Series {
  /** ISO months ("2026-07") or days ("2026-07-01"). */
  dates: string[];
  per_site?: Record<string, SiteSeries>;
  fleet?: FleetSeries;
}

export type JobKind = "training" | "distillation" | "inference" | "research" | "batch";
/** "stopped": given up, because failures leave no progress. */
export type JobStatus = "completed" | "running" | "waiting" | "stopped";

/** useful + checkpoint + lost + restart + idle + down = all GPU-hours held. */
export interface GpuHours {
  useful?: Num;
  checkpoint?: Num;
  lost?: Num;
  restart?: Num;
  idle?: Num;
  down?: Num;
}

export type JobMetric =
  | "accelerators"
  | "mfu"
  | "goodput"
  | "interruptions"
  | "lost_gpu_hours"
  | "tokens"
  | "cost_usd"
  | "energy_mwh"
  | "co2_t"
  | "wait_hours_mean"
  | "wait_hours_p95"
  | "mttf_h"
  | "planned_stops"
  | "slowdowns"
  | "preemptions";

export interface Job extends Figures<JobMetric>, Figures<"start" | "end", string | null> {
  name: string;
  title?: string;
  kind?: JobKind;
  model?: string;
  site?: string;
  system?: string;
  nominal?: Record<string, Num | string>;
  planned_days?: Num;
  step_time_s?: Num;
  step_time_low_s?: Num;
  step_time_high_s?: Num;
  /** Such as "TP8 PP16 DP128". */
  plan?: string;
  gpu_hours?: GpuHours;
  /** Seconds of one step, by part; the parts add up to `step_time_s`. */
  step_breakdown?: Record<string, Num>;
  memory_gb?: Num;
  memory_limit_gb?: Num;
  interruptions_by_cause?: Record<string, Num>;
  /** Of the run without delays, as are the plan, the site and the hours. */
  status?: JobStatus;
  status_reason?: string;
  teacher?: string;
  /** Of the first phase: tokens of a sequence, sequences of a step. */
  sequence?: Num;
  global_batch?: Num;
  software?: string;
  memory_gb_by?: Record<string, Num>;
  tokens_done?: Num;
  /** At the racks; `energy_mwh` is at the meter. */
  it_energy_mwh?: Num;
  /** Of a pool of jobs that several sites share. */
  it_energy_mwh_by_site?: Record<string, Num>;
  water_m3?: Num;
  checkpoint_interval_s?: Num;
  checkpoint_stall_s?: Num;
  /** Accelerators held, by month, from month `first_month` of the series on. */
  first_month?: number;
  accelerators_mean?: Num[];
}

export type Verdict = "consistent" | "inconsistent" | "undecidable";

export interface Claim {
  id: string;
  statement: string;
  /** A key of `sources`, or free text. */
  source?: string;
  quantity?: string;
  /** How the claimed figure is meant; about it without one. */
  relation?: "at_least" | "at_most" | "equals" | "range" | "approximately";
  claimed?: Num;
  /** The other end of a claimed range. */
  claimed_upper?: Num;
  unit?: string;
  /** Relative, 0.1 is ten percent. */
  tolerance?: Num;
  value?: Num;
  low?: Num;
  high?: Num;
  /** In the run without delays, where `value` is the median of futures. */
  nominal?: Num;
  verdict?: Verdict;
  binding?: string;
  explanation?: string;
}

export type Leaf = Num | string | boolean;

export interface Assumption {
  path: string;
  value?: Leaf;
  unit?: string;
  low?: Num;
  high?: Num;
  reason?: string;
  source?: string;
  sensitivity?: Num | string;
}

export interface Input {
  path: string;
  value?: Leaf;
  unit?: string;
  /** "derived": worked out from other inputs. */
  origin?: "default" | "file" | "override" | "catalogue" | "derived";
  source?: string;
}

export interface Source {
  key: string;
  title?: string;
  url?: string;
}

/** A quantity that must add up: total = sum of parts + residual, residual zero. */
export interface Balance {
  name: string;
  unit?: string;
  total?: Num;
  parts?: Record<string, Num>;
  residual?: Num;
}

export type ReadResult = { ok: true; run: Run } | { ok: false; reason: string };

const kLists = ["sites", "jobs", "claims", "assumed", "inputs", "sources", "balances", "warnings"] as const;

/**
 * Reads the text inside the page, or a value already parsed. Says why when it is not a run document; a part
 * of the wrong shape is dropped rather than taking the whole page down.
 */
export function read_run(text: unknown): ReadResult {
  if (typeof text !== "string") return check_run(text);
  const trimmed = text.trim();
  if (trimmed === "" || /^__[A-Z_]+__$/.test(trimmed))
    return {
      ok: false,
      reason: "This page carries no run yet. The command gigawatt run puts one in when it is asked for a report.",
    };
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch (error) {
    return { ok: false, reason: `The run inside this page cannot be read: ${(error as Error).message}` };
  }
  return check_run(value);
}

function check_run(value: unknown): ReadResult {
  if (!is_record(value)) return { ok: false, reason: "The run inside this page is not an object." };
  if (value.version !== 1)
    return {
      ok: false,
      reason: `The run inside this page has version ${String(value.version)}; this page reads version 1.`,
    };
  if (!is_record(value.scenario) || typeof value.scenario.name !== "string")
    return { ok: false, reason: "The run inside this page names no scenario." };
  const run = { ...value } as Record<string, unknown>;
  for (const key of kLists) if (!Array.isArray(run[key])) delete run[key];
  if (!is_record(run.series) || !Array.isArray(run.series.dates)) delete run.series;
  if (!is_record(run.summary)) delete run.summary;
  return { ok: true, run: run as unknown as Run };
}

function is_record(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
