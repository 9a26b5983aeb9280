import { question_page } from "./question";

export default question_page("operate", "Operate", {
  headline: ["finish", "days", "goodput", "interruptions", "mttf_h", "step_time_s", "mfu"],
});
