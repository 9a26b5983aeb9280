import { PlanMoney } from "../report/money";
import { PlanPage } from "./plan_parts";

export default function Money() {
  return (
    <PlanPage title="Money" lead="What a plan costs by quarter, what it is written off over, and what is left.">
      {(plan) => <PlanMoney plan={plan} />}
    </PlanPage>
  );
}
