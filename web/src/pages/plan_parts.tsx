import { useMemo, type ReactNode } from "react";
import { post } from "../app/api";
import { useAnswer, useGet } from "../app/load";
import { Block, PageHead, Problem, Refusal, Waiting } from "../app/parts";
import { useQuery } from "../app/router";
import { Pick } from "../components/knob";
import { has_options, type BuildPlan } from "../data/build_plan";

const kGoals = [
  ["", "as in the file"],
  ["training_flop", "most training"],
  ["accelerators", "most accelerators"],
] as const;
const kPoints = 7;

/** A page about the plan of a shipped scenario with options; `frontier`: what other budgets would buy follows the plan. */
export function PlanPage({
  title,
  lead,
  frontier = false,
  children,
}: {
  title: string;
  lead: string;
  frontier?: boolean;
  children: (plan: BuildPlan) => ReactNode;
}) {
  const [query, set_query] = useQuery();
  const examples = useGet("GET /api/scenarios");
  const choices = useMemo(
    () => (examples.data?.scenarios ?? []).filter(({ toml }) => has_options(toml)),
    [examples.data],
  );
  const chosen = choices.find(({ name }) => name === query.get("scenario")) ?? choices[0];
  const goal = query.get("maximize") ?? "";
  const body = chosen && { scenario: chosen.toml, ...(goal ? { maximize: goal } : {}) };
  const key = body ? `plan ${chosen.name} ${goal}` : null;
  const plan = useAnswer(key, (signal) => post("POST /api/plan", body, signal), true);
  const { error, pending, again, stop } = plan;
  // A frontier is a plan for each budget: it comes after the one that was asked for.
  const budgets = useAnswer(
    frontier && key && plan.data && !pending ? `${key} frontier` : null,
    (signal) => post("POST /api/plan", { ...body, frontier: kPoints }, signal),
    true,
  );
  const data = plan.data && !pending && budgets.data && !budgets.pending && !budgets.error ? budgets.data : plan.data;
  const ask = (more: Record<string, string>) =>
    set_query({ ...(chosen ? { scenario: chosen.name } : {}), ...(goal ? { maximize: goal } : {}), ...more });
  if (examples.error) return <Problem error={examples.error} />;
  return (
    <>
      <PageHead title={title} lead={lead}>
        <button type="button" className="button" disabled={!pending} onClick={stop}>
          Stop
        </button>
      </PageHead>
      <div className="wrap">
        <Block>
          <div className="knobs">
            {chosen && (
              <Pick
                label="Scenario"
                value={chosen.name}
                set={(name) => ask({ scenario: name })}
                options={choices.map(({ name, title: words }) => [name, words ?? name] as [string, string])}
              />
            )}
            <Pick
              label="Goal"
              value={goal}
              set={(next) => ask({ maximize: next })}
              options={kGoals.map(([value, label]) => [value, label] as [string, string])}
            />
          </div>
        </Block>
        {error && <Refusal error={error} again={again} />}
        {data ? (
          <div className={error || pending ? "stale" : undefined} aria-busy={pending}>
            <h2 className="hidden-text">{title} of the scenario</h2>
            {children(data)}
          </div>
        ) : (
          !error && <Waiting what="Planning" />
        )}
      </div>
    </>
  );
}
