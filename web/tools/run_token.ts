/** The text in the built page that the program replaces with the run document. */
export const RUN_TOKEN = "__GIGAWATT_RUN__";
