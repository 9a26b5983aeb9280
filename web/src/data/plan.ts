/** A question about one training step: what the knobs say, and how it travels in an address. */
import type { Plan } from "../app/api";
import type { Job } from "../run";

export const kDegrees = ["tp", "cp", "pp", "vpp", "ep", "etp", "micro_batch"] as const;
export type Degree = (typeof kDegrees)[number];

export interface StepQuestion {
  model: string;
  /** Text of a Hugging Face config.json, which then stands in for `model`. */
  config?: string;
  system: string;
  gpus: number;
  seq: number;
  global_batch: number;
  tp: number;
  cp: number;
  pp: number;
  vpp: number;
  ep: number;
  etp: number;
  micro_batch: number;
  zero: number;
  shard_group: number;
  /** Layers of the first and the last chunk; 0: the usual cut. */
  first_layers: number;
  last_layers: number;
  recompute: string;
  precision: string;
  schedule: string;
  /** Software profile of the catalogue; empty: its default. */
  software: string;
  /** Of kFlags, comma-separated. */
  flags: string;
}

/** Further choices, off by default; each is a key of the question's body. */
export const kFlags = [
  ["no_sequence_parallel", "No sequence parallelism"],
  ["cuda_graph", "CUDA graph"],
  ["no_flash", "No flash attention"],
  ["offload_optimizer", "Optimizer on the host"],
  ["offload_activations", "Activations on the host"],
] as const;

export const kDefaultQuestion: StepQuestion = {
  model: "llama3.1-405b",
  system: "h100-sxm",
  gpus: 16384,
  seq: 8192,
  global_batch: 2048,
  tp: 8,
  cp: 1,
  pp: 16,
  vpp: 8,
  ep: 1,
  etp: 1,
  micro_batch: 1,
  zero: 2,
  shard_group: 0,
  first_layers: 0,
  last_layers: 0,
  recompute: "none",
  precision: "bf16",
  schedule: "interleaved",
  software: "",
  flags: "",
};

const kTexts = ["model", "system", "recompute", "precision", "schedule", "software", "flags"] as const;
const kNumbers = [
  "gpus",
  "seq",
  "global_batch",
  ...kDegrees,
  "zero",
  "shard_group",
  "first_layers",
  "last_layers",
] as const;

export const kSchedules = ["1f1b", "interleaved", "zero-bubble", "dualpipe"] as const;
export const kPrecisions = ["bf16", "fp16", "fp8", "mxfp8", "nvfp4"] as const;
export const kRecompute = ["none", "selective", "full"] as const;

/** Reads what an address says; whatever it does not say is the default. */
export function read_question(query: URLSearchParams): StepQuestion {
  const question: StepQuestion = { ...kDefaultQuestion };
  for (const key of kTexts) question[key] = query.get(key) ?? question[key];
  for (const key of kNumbers) {
    const value = Number(query.get(key) ?? NaN);
    if (Number.isSafeInteger(value) && value >= 0) question[key] = value;
  }
  const config = query.get("config");
  if (config) question.config = unpack(config);
  return question;
}

/** What differs from the default, for an address. */
export function write_question(question: StepQuestion): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  for (const key of [...kTexts, ...kNumbers])
    values[key] = question[key] === kDefaultQuestion[key] ? undefined : String(question[key]);
  values.config = question.config ? pack(question.config) : undefined;
  return values;
}

/** Text as letters that an address may carry. */
export function pack(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let raw = "";
  for (const byte of bytes) raw += String.fromCharCode(byte);
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function unpack(text: string): string | undefined {
  try {
    const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(raw, (letter) => letter.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** Names a question: equal questions have equal names. */
export const step_key = (question: StepQuestion): string => JSON.stringify(question);

/** The body of POST /api/step. */
export function step_body(question: StepQuestion): Record<string, unknown> {
  const { config, model, software, flags, ...rest } = question;
  const set = flags.split(",").filter(Boolean);
  return {
    ...(config ? { config_json: JSON.parse(config) as unknown } : { model }),
    ...rest,
    ...(software ? { software } : {}),
    ...Object.fromEntries(kFlags.flatMap(([key]) => (set.includes(key) ? [[key, true]] : []))),
  };
}

/** Ranks that hold copies of the model: what the other degrees leave of the GPUs. NaN when they do not divide. */
export function data_parallel({ gpus, tp, cp, pp }: Pick<StepQuestion, "gpus" | "tp" | "cp" | "pp">): number {
  const dp = gpus / (tp * cp * pp);
  return Number.isInteger(dp) && dp > 0 ? dp : NaN;
}

/** The question with every part of a plan, as answers list it. */
export function with_plan(question: StepQuestion, plan: Plan): StepQuestion {
  const next = { ...question };
  for (const key of [...kDegrees, "zero", "shard_group", "first_layers", "last_layers"] as const)
    if (typeof plan[key] === "number") next[key] = plan[key];
  for (const key of ["recompute", "precision", "schedule"] as const) if (plan[key]) next[key] = plan[key];
  if (plan.sequence_parallel !== undefined)
    next.flags = with_flag(next.flags, "no_sequence_parallel", !plan.sequence_parallel && next.tp > 1);
  if (plan.flash_attention !== undefined) next.flags = with_flag(next.flags, "no_flash", !plan.flash_attention);
  for (const key of ["cuda_graph", "offload_optimizer", "offload_activations"] as const)
    if (plan[key] !== undefined) next.flags = with_flag(next.flags, key, plan[key]);
  return next;
}

export function with_flag(flags: string, flag: string, on: boolean): string {
  const set = new Set(flags.split(",").filter(Boolean));
  if (on) set.add(flag);
  else set.delete(flag);
  return [...set].sort().join(",");
}

const kParts: Record<string, keyof Plan> = {
  tp: "tp",
  cp: "cp",
  pp: "pp",
  vpp: "vpp",
  ep: "ep",
  etp: "etp",
  dp: "dp",
  mb: "micro_batch",
  zero: "zero",
  shard: "shard_group",
  first: "first_layers",
  last: "last_layers",
};

/** Reads "TP8 PP16 VPP8 DP128 MB1 ZeRO2 SP bf16 interleaved", as the program writes plans; what is left out is 1. */
export function parse_plan(text: string): Plan {
  const plan: Plan = {
    tp: 1,
    cp: 1,
    pp: 1,
    vpp: 1,
    ep: 1,
    etp: 1,
    micro_batch: 1,
    zero: 1,
    shard_group: 0,
    recompute: "none",
    sequence_parallel: false,
    flash_attention: true,
    cuda_graph: false,
    offload_optimizer: false,
    offload_activations: false,
    first_layers: 0,
    last_layers: 0,
    text,
  };
  for (const word of text.toLowerCase().split(/\s+/)) {
    const [, name = "", digits] = /^([a-z]+)(\d+)$/.exec(word) ?? [];
    const key = kParts[name];
    if (word === "sp") plan.sequence_parallel = true;
    else if (word === "graph") plan.cuda_graph = true;
    else if (word === "noflash") plan.flash_attention = false;
    else if (word === "offload-optimizer") plan.offload_optimizer = true;
    else if (word === "offload-activations") plan.offload_activations = true;
    else if (word.startsWith("recompute=")) plan.recompute = word.slice(10);
    else if (key && digits) (plan as Record<string, number>)[key] = Number(digits);
    else if ((kPrecisions as readonly string[]).includes(word)) plan.precision = word;
    else if ((kSchedules as readonly string[]).includes(word)) plan.schedule = word;
  }
  // Without a word for it: several virtual stages mean interleaving.
  plan.schedule ??= (plan.vpp ?? 1) > 1 ? "interleaved" : "1f1b";
  return plan;
}

/** The next value of a knob: degrees go by factors of two, and never below one. */
export function nudge(value: number, up: boolean, least = 1): number {
  if (up) return value < 1 ? 1 : value * 2;
  return value % 2 === 0 && value / 2 >= least ? value / 2 : Math.max(least, value - 1);
}

/** Whether a text is a model description that the server may be asked about. */
export function check_config(text: string): { ok: true; name: string } | { ok: false; reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `Not JSON: ${(error as Error).message}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { ok: false, reason: "A config.json is an object." };
  const config = value as Record<string, unknown>;
  if (typeof config.model_type !== "string" && !Array.isArray(config.architectures))
    return { ok: false, reason: 'No "model_type": this is not the config.json of a model.' };
  const name = config._name_or_path ?? config.model_type ?? (config.architectures as unknown[])[0];
  return { ok: true, name: String(name) };
}

type PlannedJob = Pick<Job, "model" | "system" | "accelerators" | "sequence" | "global_batch" | "plan" | "software">;

/** The step that a job of a run takes, as a question; null where the run does not say enough. */
export function job_question(job: PlannedJob): StepQuestion | null {
  const { model, system, accelerators, sequence, global_batch, plan, software = "" } = job;
  if (!model || !system || !accelerators || !sequence || !global_batch || !plan) return null;
  return with_plan(
    { ...kDefaultQuestion, model, system, gpus: accelerators, seq: sequence, global_batch, software, flags: "" },
    parse_plan(plan),
  );
}
