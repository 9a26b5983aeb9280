import { PlanParts } from "../report/plan";
import { PlanPage } from "./plan_parts";

export default function Plan() {
  return (
    <PlanPage
      title="Plan"
      lead="The build-out that does most under budgets, lead times, chip supply and grid dates."
      frontier
    >
      {(plan) => <PlanParts plan={plan} />}
    </PlanPage>
  );
}
