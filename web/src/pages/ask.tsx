import { question_page } from "./question";

export default question_page("ask", "Gigawatt");
