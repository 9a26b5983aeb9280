import { useId, useState } from "react";
import { Curve } from "../charts/curve";
import { PlanBars } from "../charts/plan_bars";
import { Block } from "../components/block";
import { Rows } from "../components/rows";
import { Section } from "../components/small";
import { Stat } from "../components/stat";
import { large, point_of, power_of_ten, type BuildPlan, type PlanPoint } from "../data/build_plan";
import { compact, percent, quantity } from "../format";
import type { SectionProps } from "./report";

/** What another budget reaches, from the plans that are solved already. */
function Frontier({ points, unit }: { points: readonly PlanPoint[]; unit: string }) {
  const solved = points.filter(({ objective }) => objective !== null);
  const [least, most] = [points[0]!.budget_usd, points[points.length - 1]!.budget_usd];
  const [budget, set_budget] = useState((least + most) / 2);
  const id = useId();
  const point = point_of(points, budget);
  const exponent = Math.floor(Math.log10(Math.max(1, ...solved.map(({ objective }) => objective ?? 0))));
  const rows = solved.map(({ budget_usd, objective }) => ({
    budget: budget_usd / 1e9,
    reached: (objective ?? 0) / 10 ** exponent,
  }));
  return (
    <Block title="Other budgets">
      <div className="knob">
        <label htmlFor={id}>
          Budget <span className="unit">{quantity(budget, "USD")}</span>
        </label>
        <input
          id={id}
          type="range"
          min={least}
          max={most}
          step={(most - least) / 100}
          value={budget}
          onChange={(event) => set_budget(Number(event.target.value))}
        />
      </div>
      <dl className="headline">
        <Stat
          label={`Reached: ${unit}`}
          figure={point ? (large(point.objective) ?? compact(point.objective)) : "no plan"}
        />
        <Stat label="Spent" figure={point ? quantity(point.capex_usd, "USD") : "–"} />
        <Stat label="Accelerators" figure={point ? compact(point.accelerators) : "–"} />
      </dl>
      {rows.length > 1 && (
        <Curve
          title={`What a budget reaches: ${power_of_ten(exponent)} ${unit}`}
          name="plan-frontier"
          rows={rows}
          x="budget"
          ys={["reached"]}
          x_label="Budget, billion USD"
        />
      )}
    </Block>
  );
}

/** A plan: its phases, what binds, what other budgets reach, and what was to choose from. */
export function PlanParts({ plan }: { plan: BuildPlan }) {
  return (
    <>
      <Block>
        <dl className="headline">
          <Stat
            label={`${plan.goal.unit} by ${plan.goal.by}`}
            figure={large(plan.objective) ?? compact(plan.objective)}
            note={plan.gap !== null && `within ${percent(plan.gap)} of the best there is`}
          />
          <Stat label="Phases" figure={`${plan.phases.length} of ${plan.options.length}`} />
          <Stat
            label="Accelerators"
            figure={compact(plan.phases.reduce((sum, phase) => sum + phase.accelerators, 0))}
          />
        </dl>
      </Block>
      <Block>
        <PlanBars phases={plan.phases} end={plan.goal.by} />
      </Block>
      {plan.frontier && plan.frontier.length > 1 && <Frontier points={plan.frontier} unit={plan.goal.unit} />}
      <Block>
        <Rows
          name="binding"
          title="What binds"
          rows={plan.binding}
          keys={["constraint", "limit", "one_more", "one_less", "unit"]}
        />
      </Block>
      <Block>
        <Rows
          name="options"
          title="Candidates"
          rows={plan.options}
          keys={["name", "site", "largest_mw", "first_service", "chosen"]}
        />
      </Block>
      <Block>
        <Rows
          name="supply"
          title="Power ordered"
          rows={plan.supply}
          keys={["name", "site", "ordered", "date", "power_mw", "cost_usd"]}
        />
      </Block>
      <Block>
        <Rows
          name="deliveries"
          title="Deliveries"
          rows={plan.deliveries}
          keys={["date", "system", "vendor", "site", "accelerators", "capex_usd"]}
        />
      </Block>
      {plan.slips && plan.slips.length > 0 && (
        <Block>
          <Rows
            name="slips"
            title="A month more for a step"
            rows={plan.slips.map(({ usd, ...row }) => ({ ...row, idle_capital_usd: usd }))}
            keys={["phase", "step", "service_days", "accelerator_hours", "idle_capital_usd"]}
          />
        </Block>
      )}
    </>
  );
}

export const PlanSection = ({ run }: SectionProps) => (
  <Section
    id="plan"
    title="Plan"
    lead="The build-out that does most under budgets, lead times, chip supply and grid dates; the rest of this page is its run."
  >
    <PlanParts plan={run.plan!} />
  </Section>
);
