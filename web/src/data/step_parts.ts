/** The parts of a step and of its memory: one order and one color each, wherever they are shown. */
import type { Part } from "./jobs";

export const kTimeParts = [
  "compute",
  "attention",
  "recompute",
  "launch",
  "tp_comm",
  "cp_comm",
  "ep_comm",
  "pp_bubble",
  "pp_comm",
  "dp_comm",
  "optimizer",
  "offload",
  "jitter",
  "host",
] as const;
export const kMemoryParts = [
  "weights",
  "gradients",
  "optimizer",
  "activations",
  "logits",
  "buffers",
  "reserve",
] as const;

/** Computing is calm, waiting warm; bubble and jitter, which nobody asked for, are grey and red. */
const kTimeColor: Record<string, number> = {
  compute: 0,
  attention: 5,
  recompute: 8,
  launch: 6,
  tp_comm: 1,
  cp_comm: 4,
  ep_comm: 3,
  pp_bubble: 14,
  pp_comm: 9,
  dp_comm: 2,
  optimizer: 10,
  offload: 12,
  jitter: 7,
  host: 11,
};
const kMemoryColor: Record<string, number> = {
  weights: 0,
  gradients: 5,
  optimizer: 2,
  activations: 1,
  logits: 4,
  buffers: 3,
  reserve: 6,
};

export const time_color = (key: string): number => kTimeColor[key] ?? 13;
export const memory_color = (key: string): number => kMemoryColor[key] ?? 13;

/** Positive parts in their fixed order, so that turning a knob moves nothing but lengths. */
export function ordered(values: Record<string, number | null> | undefined, order: readonly string[]): Part[] {
  const entries = Object.entries(values ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number" && entry[1] > 0,
  );
  const total = entries.reduce((sum, [, value]) => sum + value, 0);
  const rank = (key: string) => order.indexOf(key) + 1 || order.length + 1;
  return entries
    .map(([key, value]) => ({ key, value, share: value / total }))
    .sort((a, b) => rank(a.key) - rank(b.key));
}
