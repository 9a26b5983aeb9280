/** The answer of POST /api/plan, as the pages of a plan read it. */
import type { Row } from "./question";

export interface PlanPhase extends Row {
  site: string;
  name: string;
  start: string;
  energized: string;
  service: string;
  facility_mw: number;
  system: string | null;
  accelerators: number;
  capex_usd: number;
}

export interface PlanPoint extends Row {
  factor: number;
  budget_usd: number;
  status: string;
  objective: number | null;
  capex_usd: number | null;
  accelerators: number | null;
}

export interface BuildPlan extends Row {
  objective: number | null;
  bound: number | null;
  gap: number | null;
  status: string;
  goal: { quantity: string; unit: string; by: string };
  phases: readonly PlanPhase[];
  options: readonly Row[];
  deliveries: readonly Row[];
  supply: readonly Row[];
  spend: readonly Row[];
  binding: readonly Row[];
  slips?: readonly Row[];
  money?: Row & { levelised: Row; depreciation: Row; operation_bridge: Row; models: readonly Row[] };
  frontier?: readonly PlanPoint[];
  scenario: string | null;
}

/** Whether a scenario holds options for a plan. */
export const has_options = (toml: string): boolean => /^\[plan\]/m.test(toml);

const kWords = 1e15;
const kRaised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Ten to a whole power, as people write it: 10²⁸. */
export const power_of_ten = (exponent: number): string =>
  `10${[...String(exponent)].map((digit) => kRaised[Number(digit)] ?? "⁻").join("")}`;

/** FLOP and their like are beyond words for numbers: 3.21 × 10²⁸. */
export function large(value: number | null | undefined): string | undefined {
  if (value == null || Math.abs(value) < kWords) return undefined;
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  return `${(value / 10 ** exponent).toFixed(2)} × ${power_of_ten(exponent)}`;
}

/** A date as years: 2027.25 is the first of April 2027, nearly. */
export function years(date: string): number {
  const [year, month = "1", day = "1"] = date.split("-");
  return Number(year) + (Number(month) - 1) / 12 + (Number(day) - 1) / 365;
}

/** The point of a solved frontier that a budget buys: the largest one that it reaches. */
export function point_of(frontier: readonly PlanPoint[], budget: number): PlanPoint | undefined {
  let best: PlanPoint | undefined;
  for (const point of frontier)
    if (
      point.objective !== null &&
      point.budget_usd <= budget * (1 + 1e-9) &&
      (!best || point.budget_usd > best.budget_usd)
    )
      best = point;
  return best;
}
