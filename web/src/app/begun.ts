/** Answers that are on their way before anybody has asked for them (early.ts). */
import { token } from "./token";

const started = new Map<string, Promise<Response>>();

/** Asks now for what somebody will want. */
export function begin(path: string): Promise<Response> {
  const bearer = token();
  const answer = fetch(path, {
    credentials: "omit",
    headers: bearer ? { Authorization: `Bearer ${bearer}` } : {},
  });
  // Whoever takes it hears of a failure; when nobody does, nobody needs to.
  answer.catch(() => {});
  started.set(path, answer);
  return answer;
}

/** The answer that is on its way already; each is handed out once. */
export function take_early(path: string): Promise<Response> | undefined {
  const answer = started.get(path);
  started.delete(path);
  return answer;
}

/** The run a reader most likely means when none is named: the newest finished one. */
export function default_run<Run extends { id: number; status: string }>(rows: readonly Run[]): Run | undefined {
  return rows.filter((run) => run.status === "done").sort((a, b) => b.id - a.id)[0];
}
