import { Curve } from "../charts/curve";
import { Block } from "../components/block";
import { Rows } from "../components/rows";
import { Section } from "../components/small";
import { Stat } from "../components/stat";
import { years, type BuildPlan } from "../data/build_plan";
import { humanize, percent, quantity } from "../format";
import type { Money } from "../run";
import type { SectionProps } from "./report";

const year = (value: number): string => (Number.isInteger(value) ? String(value) : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** What a plan costs, quarter by quarter, and what an hour of it comes to. */
export function PlanMoney({ plan }: { plan: BuildPlan }) {
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
            note={`${quantity(number(bridge.run), "USD")} in its run${
              bridge.escalation ? `, ${quantity(number(bridge.escalation), "USD")} for prices that rise` : ""
            }${number(money.existing_opex_usd) ? `, less ${quantity(number(money.existing_opex_usd), "USD")} of what stands` : ""}`}
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
        <Depreciation name="depreciation" title="Depreciation over the period by class" of={money.depreciation} />
      </Block>
    </>
  );
}

/** What is written off, class by class. */
const Depreciation = ({ name, title, of }: { name: string; title: string; of: Record<string, number | null> }) => (
  <Rows
    name={name}
    title={title}
    rows={Object.entries(of).map(([key, usd]) => ({ class: humanize(key), depreciation_usd: usd }))}
    keys={["class", "depreciation_usd"]}
  />
);

const total = (book: Record<string, number | null>): number =>
  Object.values(book).reduce<number>((sum, usd) => sum + (usd ?? 0), 0);

/** Sums of large amounts leave rests below a cent. */
const cents = (usd: number | null): number | null => (usd === null ? null : Math.round(usd * 100) / 100);

/** The money of a run: by quarter, what is written off, and from what jobs were billed to what was spent. */
function RunMoney({ money }: { money: Money }) {
  const rows = money.quarters.map((row) => ({
    year: years(row.date),
    capital: row.capex_usd / 1e9,
    operation: row.opex_usd / 1e9,
    depreciation: row.depreciation_usd / 1e9,
  }));
  return (
    <>
      <Block>
        <dl className="headline">
          <Stat label="Capital" figure={quantity(total(money.capex), "USD")} />
          <Stat label="Operation" figure={quantity(total(money.opex), "USD")} />
          <Stat label="Written off" figure={quantity(total(money.depreciation), "USD")} />
          {money.usd_per_accelerator_hour !== null && (
            <Stat
              label="An accelerator-hour"
              figure={quantity(money.usd_per_accelerator_hour, "USD")}
              note="depreciation and operation, used or not"
            />
          )}
        </dl>
      </Block>
      {rows.length > 1 && (
        <Block>
          <Curve
            title="Capital, operation and depreciation by quarter"
            name="run-money"
            rows={rows}
            x="year"
            ys={["capital", "operation", "depreciation"]}
            x_label="Billion USD a quarter"
            x_tick={year}
          />
        </Block>
      )}
      <Block>
        <Rows
          name="run-quarters"
          title="By quarter"
          rows={money.quarters}
          keys={["date", "capex_usd", "opex_usd", "depreciation_usd", "book_value_usd", "accelerators"]}
        />
      </Block>
      {Object.keys(money.depreciation).length > 0 && (
        <Block>
          <Depreciation name="run-depreciation" title="Depreciation by class" of={money.depreciation} />
        </Block>
      )}
      {money.bridge.length > 0 && (
        <Block>
          <Rows
            name="run-bridge"
            title="From what jobs were billed to capital and operation"
            rows={[
              ...money.bridge.map(({ line, usd }) => ({ line, amount_usd: cents(usd) })),
              {
                line: "capital and operation",
                amount_usd: cents(money.bridge.reduce((sum, { usd }) => sum + (usd ?? 0), 0)),
              },
            ]}
            keys={["line", "amount_usd"]}
          />
        </Block>
      )}
    </>
  );
}

export const MoneySection = ({ run }: SectionProps) => (
  <Section
    id="money"
    title="Money"
    lead={
      run.plan?.money
        ? "The plan's own part by quarter, then all that its run spends."
        : "What is spent and written off by quarter, and how it meets what jobs were billed."
    }
  >
    {run.plan?.money && <PlanMoney plan={run.plan} />}
    {run.money && <RunMoney money={run.money} />}
  </Section>
);
