import { Block } from "../app/parts";
import { Curve } from "../charts/curve";
import { Stat } from "../components/stat";
import { years, type BuildPlan } from "../data/build_plan";
import { percent, quantity } from "../format";
import { PlanPage, Rows } from "./plan_parts";

const year = (value: number): string => (Number.isInteger(value) ? String(value) : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

function View({ plan }: { plan: BuildPlan }) {
  const { money } = plan;
  if (!money) return null;
  const rows = plan.spend.map((row) => ({
    year: years(String(row.date)),
    capital: (number(row.plan_capex_usd) ?? 0) / 1e9,
    operation: (number(row.plan_opex_usd) ?? 0) / 1e9,
    depreciation: (number(row.depreciation_usd) ?? 0) / 1e9,
    cash: (number(row.cash_usd) ?? 0) / 1e9,
  }));
  const { levelised, operation_bridge: bridge } = money;
  const stands = (number(money.existing_capex_usd) ?? 0) + (number(money.existing_opex_usd) ?? 0) > 0;
  return (
    <>
      <Block>
        <dl className="headline">
          <Stat label="Capital" figure={quantity(number(money.capex_usd), "USD")} />
          <Stat
            label="Operation"
            figure={quantity(number(money.opex_usd), "USD")}
            note={`${quantity(number(bridge["run"]), "USD")} in its run${
              bridge["escalation"] ? `, ${quantity(number(bridge["escalation"]), "USD")} for prices that rise` : ""
            }${stands ? `, less ${quantity(number(money.existing_opex_usd), "USD")} of what stands` : ""}`}
          />
          {stands && (
            <Stat
              label="Begun in any case"
              figure={quantity(number(money.existing_capex_usd), "USD")}
              note="of capital, not in the plan's"
            />
          )}
          <Stat
            label="An accelerator-hour"
            figure={quantity(number(levelised.usd_per_accelerator_hour), "USD")}
            note="levelised"
          />
          <Stat label="Capital a watt" figure={quantity(number(levelised.capex_usd_per_w), "USD/W")} />
          {money.npv_usd !== null && <Stat label="Present value" figure={quantity(number(money.npv_usd), "USD")} />}
          {money.irr !== null && <Stat label="Return a year" figure={percent(number(money.irr))} />}
        </dl>
      </Block>
      <Block>
        <Curve
          title="Capital, operation and depreciation by quarter"
          name="plan-spend"
          rows={rows}
          x="year"
          ys={["capital", "operation", "depreciation"]}
          x_label="Billion USD a quarter"
          x_tick={year}
        />
      </Block>
      {money.npv_usd !== null && (
        <Block>
          <Curve
            title="Cash by quarter"
            name="plan-cash"
            rows={rows}
            x="year"
            ys={["cash"]}
            x_label="Billion USD a quarter"
            x_tick={year}
          />
        </Block>
      )}
      <Block>
        <Rows
          name="spend"
          title="By quarter"
          rows={plan.spend}
          keys={[
            "date",
            "plan_capex_usd",
            "plan_opex_usd",
            "depreciation_usd",
            "revenue_usd",
            "interest_usd",
            "tax_usd",
            "debt_usd",
            "cash_usd",
            "accelerators",
            "facility_mw",
          ]}
        />
      </Block>
      {money.models.length > 0 && (
        <Block>
          <Rows
            name="models"
            title="Trainings at the plan's cost of a FLOP"
            rows={money.models}
            keys={["model", "tokens", "training_flop", "usd"]}
          />
        </Block>
      )}
      <Block>
        <Rows
          name="depreciation"
          title="Depreciation over the period by class"
          rows={Object.entries(money.depreciation).map(([name, usd]) => ({ class: name, depreciation_usd: usd }))}
          keys={["class", "depreciation_usd"]}
        />
      </Block>
    </>
  );
}

export default function Money() {
  return (
    <PlanPage title="Money" lead="What a plan costs by quarter, what it is written off over, and what is left.">
      {(plan) => <View plan={plan} />}
    </PlanPage>
  );
}
