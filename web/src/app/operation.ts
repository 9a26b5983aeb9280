/** What the server can be asked, each with the type of its answer; both follow from schema/answers.json. */
import type { BuildPlan } from "../data/build_plan";
import type { FieldSchema } from "../data/question";
import type { Schema } from "../editor/context";
import type { Answers } from "./answers";

export type RunState = "queued" | "running" | "done" | "failed" | "cancelled" | "interrupted";
/** The schema knows a status as some text, and none of the runs that it was made from has failed. */
export type RunRow = Answers["GET /api/runs/{id}"] & { status: RunState; error?: string };

/** Where a page relies on more than the schema says: each key says what that is. */
interface Narrowed {
  "GET /api/runs": { runs: RunRow[] };
  "GET /api/runs/{id}": RunRow;
  "PATCH /api/runs/{id}": RunRow;
  "POST /api/plan": BuildPlan;
  /** A schema itself: of its keys the answers' schema names none below the first. */
  "GET /api/scenario/schema": Schema;
  "GET /api/openapi.json": Answers["GET /api/openapi.json"] & {
    paths: Record<string, { post?: { summary?: string } }>;
    components: { schemas: Record<string, FieldSchema> };
  };
}

/** A method and a path, such as "GET /api/runs/{id}". */
export type Operation = keyof Answers;
export type Answer<Asked extends Operation> = Asked extends keyof Narrowed ? Narrowed[Asked] : Answers[Asked];
export type Get = Extract<Operation, `GET ${string}`>;
export type Post = Extract<Operation, `POST ${string}`>;
/** A command of src/gigawatt/ask/commands, and its operation. */
export type Command = Post extends infer Each ? (Each extends `POST /api/${infer Name}` ? Name : never) : never;
export type CommandAnswer<Name extends Command> = Answer<Extract<Post, `POST /api/${Name}`>>;
export type Patch = Extract<Operation, `PATCH ${string}`>;
export type Delete = Extract<Operation, `DELETE ${string}`>;

type Text = string | number;
type Place<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Place<Rest> : never;

/** What fills the places of an operation's path; whatever has no place there is the query. */
export type Where<Asked extends Operation> = Readonly<Record<Place<Asked>, Text>> &
  Readonly<Record<string, Text | undefined>>;
/** The same as arguments: one without places needs none, and null asks nothing. */
export type WhereArgs<Asked extends Operation> = [Place<Asked>] extends [never]
  ? [where?: Where<Asked> | null]
  : [where: Where<Asked> | null];

/** Where an operation without places is: "/api/step". */
export const path_of = (operation: Operation): string => operation.slice(operation.indexOf("/"));

/** The address of an operation: "/api/runs/3/series?metric=pue". */
export function address<Asked extends Operation>(operation: Asked, where: Where<Asked>): string {
  const rest = new Map(Object.entries(where));
  const path = path_of(operation).replace(/\{(\w+)\}/g, (_, name: string) => {
    const text = encodeURIComponent(String(rest.get(name)));
    rest.delete(name);
    return text;
  });
  const query = new URLSearchParams();
  for (const [name, value] of rest) if (value !== undefined) query.set(name, String(value));
  return query.size > 0 ? `${path}?${query}` : path;
}
