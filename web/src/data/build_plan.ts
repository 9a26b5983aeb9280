/** The answer of POST /api/plan, as the pages of a plan read it. */
import type { Answers } from "../app/answers";

type Answer = Answers["POST /api/plan"];

export type PlanPhase = Answer["phases"][number];

type Point = NonNullable<Answer["frontier"]>[number];
/** A budget that buys no plan has no figures; each of those that the schema was made from buys one. */
export type PlanPoint = Pick<Point, "factor" | "budget_usd" | "status"> &
  Record<keyof Pick<Point, "objective" | "capex_usd" | "accelerators">, number | null>;

type Money = NonNullable<Answer["money"]>;
export type BuildPlan = Omit<Answer, "frontier" | "money"> & {
  frontier?: PlanPoint[];
  /** The scenarios that the schema was made from ask for the cost of no model. */
  money?: Omit<Money, "models"> & {
    models: { model: string; tokens: number; training_flop: number; usd: number | null }[];
  };
};

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
