import { question_page } from "./question";

export default question_page("replay", "Job log", {
  headline: ["jobs", "makespan_s", "utilization", "wait_s", "bounded_slowdown", "queue_max"],
  drawn: ["utilisation"],
});
