import { question_page } from "./question";

export default question_page("fit", "Fault log");
