import { question_page } from "./question";

export default question_page("replay", "Job log", undefined, ["utilisation"]);
