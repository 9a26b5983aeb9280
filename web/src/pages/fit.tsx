import { question_page } from "./question";

export default question_page("fit", "Fault log", {
  headline: ["faults", "nodes", "observed_days", "rate_per_accelerator_hour", "unavailability"],
});
