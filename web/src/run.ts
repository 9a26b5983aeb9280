/**
 * The run document: what one simulated scenario leaves behind for a reader.
 *
 * The program writes it (module `report`) and the page shows it. Its keys and their types are those of the schema of
 * GET /api/runs/{id}/document, so that a key which the program renames breaks the type check here. Units are in the
 * names (`_mw_it` is power at the racks, `_mw_facility` at the meter). Only `version` and `scenario` must be there: the
 * page leaves out whatever a run does not have. A number that is not known is `null`, never NaN.
 */
import type { Answers } from "./app/answers";
import type { BuildPlan } from "./data/build_plan";

type Document = Answers["GET /api/runs/{id}/document"];

export type Num = number | null;
export type Leaf = Num | string | boolean;

/** A part of the document of a run that may lack any key, and know any figure or not. */
type Loose<T> = T extends readonly (infer Item)[]
  ? Loose<Item>[]
  : T extends number
    ? Num
    : T extends object
      ? string extends keyof T
        ? Record<string, Loose<T[string & keyof T]>>
        : { [Key in keyof T]?: Loose<T[Key]> }
      : T;
/** The same, where the page relies on some keys (`Keys`) and on more about others than the schema says (`More`). */
type Part<T, Keys extends keyof T, More = unknown> = Omit<Loose<T>, Keys | keyof More> & Pick<T, Keys> & More;

/** Where futures were simulated a figure is their median; `nominal` holds those of the run without delays. */
type Nominal = { nominal?: Record<string, Num | string> };

/** What a figure is: its key in a site or a job, its unit, a sentence, how it is written. */
export type Declared = Part<
  Document["metrics"]["site"][number],
  "name",
  { form?: "number" | "count" | "date" | "share" | "ratio" }
>;

export interface Run {
  version: 1;
  generated_by?: Document["generated_by"];
  scenario: Part<Document["scenario"], "name">;
  summary?: Part<Document["summary"], never, { headline?: Headline[] }>;
  /** Every figure that the program declares of a site and of a job. */
  metrics?: { [Of in keyof Document["metrics"]]?: Declared[] };
  sites?: Site[];
  series?: Series;
  jobs?: Job[];
  claims?: Claim[];
  assumed?: Assumption[];
  inputs?: Input[];
  sources?: Source[];
  balances?: Balance[];
  money?: Money;
  /** The plan that this is the run of; the server's own runs are those of no plan. */
  plan?: BuildPlan;
  warnings?: Document["warnings"];
}

/** Money over the run, USD, by category and quarter; the bridge's lines sum to capital and operation. */
export type Money = Part<
  Document["money"],
  "bridge" | "quarters",
  { [Book in "capex" | "opex" | "depreciation"]: Record<string, Num> }
>;

export type Headline = Part<Document["summary"]["headline"][number], "id" | "label", { value: Num | string }>;

/** When a part of a site is built and by what it is filled; null: by deliveries. */
export type BuildPhase = Part<
  NonNullable<Document["sites"][number]["phases"]>[number],
  "name" | "site" | "start" | "energized" | "service",
  { facility_mw: number; system: string | null }
>;

export type Milestone = Part<Document["sites"][number]["milestones"][number], "phase" | "date">;

/** Figures are as of the end of the run; energy, water and carbon over the whole run. */
export type Site = Part<
  Document["sites"][number],
  "name",
  Nominal & {
    milestones?: Milestone[];
    /** With all lead times at their median. */
    phases?: BuildPhase[];
    typical_day?: TypicalDay;
    first_power_date_high?: string | null;
  }
>;

/** A typical day of each month, [month][hour], where the site's climate is known. */
export type TypicalDay = Part<
  NonNullable<Document["sites"][number]["typical_day"]>,
  "dry_bulb_c" | "pue" | "water_l_per_kwh_it"
>;

/** Each array is as long as `dates`, ISO months ("2026-07") or days ("2026-07-01"). */
export type Series = Part<Document["series"], "dates">;
/** `it_mw` and `facility_mw` are loads. Layers of a stack have no range. */
export type FleetSeries = NonNullable<Series["fleet"]>;
export type SiteSeries = NonNullable<Series["per_site"]>[string];

export type JobKind = "training" | "distillation" | "inference" | "research" | "batch";
/** "stopped": given up, because failures leave no progress. */
export type JobStatus = "completed" | "running" | "waiting" | "stopped";

/** useful + checkpoint + lost + restart + idle + down = all GPU-hours held; the schema names no part. */
export type GpuHours = { [Part in "useful" | "checkpoint" | "lost" | "restart" | "idle" | "down"]?: Num };

export type Job = Part<
  Document["jobs"][number],
  "name",
  Nominal & {
    kind?: JobKind;
    status?: JobStatus;
    gpu_hours?: GpuHours;
    /** Of a pool of jobs that several sites share. */
    it_energy_mwh_by_site?: Record<string, Num>;
    /** Where smaller jobs of a kind at a site stand together, because there are very many: how many they are. */
    stands_for?: number;
    /** Of one that waits or was given up, of which there is none among the runs that the schema was made from. */
    status_reason?: string;
    start?: string | null;
  }
>;

export type Verdict = "consistent" | "inconsistent" | "undecidable";

export type Claim = Part<
  Document["claims"][number],
  "id" | "statement",
  {
    verdict?: Verdict;
    /** How the claimed figure is meant; about it without one. */
    relation?: "at_least" | "at_most" | "equals" | "range" | "approximately";
  }
>;

export type Assumption = Part<Document["assumed"][number], "path", { value?: Leaf }>;

/** "derived": worked out from other inputs. */
export type Input = Part<
  Document["inputs"][number],
  "path",
  { value?: Leaf; origin?: "default" | "file" | "override" | "catalogue" | "derived" }
>;

export type Source = Part<Document["sources"][number], "key">;

/** A quantity that must add up: total = sum of parts + residual, residual zero. */
export type Balance = Part<Document["balances"][number], "name", { parts?: Record<string, Num> }>;

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
