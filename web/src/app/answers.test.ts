import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { types_of_answers } from "../../tools/types";
import type { Answers } from "./answers";
import { address, type Where } from "./operation";

test("the types of answers are those of schema/answers.json; `npm run types` writes them anew", async () => {
  expect(await types_of_answers()).toBe(readFileSync("src/app/answers.ts", "utf8"));
});

test("an address has its places filled, and the rest as its query", () => {
  const where: Where<"GET /api/catalog/{kind}/{name}"> = { kind: "model", name: "a/b c" };
  expect(address("GET /api/catalog/{kind}/{name}", where)).toBe("/api/catalog/model/a%2Fb%20c");
  expect(address("GET /api/runs/{id}/series", { id: 3, metric: "pue", label: undefined, points: 20 })).toBe(
    "/api/runs/3/series?metric=pue&points=20",
  );
  expect(address("GET /api/version", {})).toBe("/api/version");
});

test("a key that the program does not answer breaks the type check, as does a place that is not filled", () => {
  const time = (answer: Answers["POST /api/step"]) => answer.step_time_s;
  // @ts-expect-error: no such key.
  const other = (answer: Answers["POST /api/step"]) => answer.step_seconds;
  // @ts-expect-error: no place is filled.
  const nowhere = () => address("GET /api/runs/{id}", {});
  // @ts-expect-error: no such operation.
  const nothing = () => address("GET /api/step", {});
  expect([time, other, nowhere, nothing].every((ask) => typeof ask === "function")).toBe(true);
});
