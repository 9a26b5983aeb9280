/**
 * Writes src/app/answers.ts, the TypeScript types of what the server answers: `npm run types`. They are made from
 * ../schema/answers.json, which has one JSON Schema for each operation.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, type JSONSchema } from "json-schema-to-typescript";

const kWeb = fileURLToPath(new URL("..", import.meta.url));
const kHead =
  "/** What the server answers, by operation: written by `npm run types` from schema/answers.json, not by hand. */";

/** Says it of an object of which nothing is known; any other one has the keys that its schema names, and no further. */
const open = (_key: string, value: JSONSchema) =>
  value?.type === "object" && !value.properties ? { additionalProperties: true, ...value } : value;

/** The text of src/app/answers.ts, formatted. */
export async function types_of_answers(): Promise<string> {
  const properties = JSON.parse(readFileSync(`${kWeb}../schema/answers.json`, "utf8"), open) as Record<
    string,
    JSONSchema
  >;
  const all: JSONSchema = { type: "object", properties, required: Object.keys(properties) };
  const plain = await compile(all, "Answers", { additionalProperties: false, bannerComment: kHead, format: false });
  const biome = spawnSync(`${kWeb}node_modules/.bin/biome`, ["format", "--stdin-file-path=src/app/answers.ts"], {
    cwd: kWeb,
    input: plain,
    encoding: "utf8",
  });
  if (biome.status !== 0) throw new Error(`the types cannot be formatted: ${biome.stderr}`);
  return biome.stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(`${kWeb}src/app/answers.ts`, await types_of_answers());
