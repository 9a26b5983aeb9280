import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { place_at, schema_at, suggestions, type Schema } from "./context";

const schema = JSON.parse(
  readFileSync(new URL("../../../schema/scenario.schema.json", import.meta.url), "utf8"),
) as Schema;
const at = (text: string) => {
  const position = text.indexOf("|");
  return place_at(text.replace("|", ""), position);
};
const labels = (text: string, names: (key: string) => string[] = () => []) =>
  suggestions(schema, at(text)!, names).map((one) => one.label);

test("where one is", () => {
  expect(at("na|")).toMatchObject({ at: "key", table: [], typed: "na", from: 0 });
  expect(at('[[job]]\nname = "x"\nmo|')).toMatchObject({ at: "key", table: ["job"], typed: "mo" });
  expect(at('[[job]]\nkind = |\nname = "x"')).toMatchObject({ at: "value", key: "kind", table: ["job"] });
  expect([...at('[[job]]\nname = "x"\n|\nmodel = "y"\n[[site]]\nkind = 1')!.used]).toEqual(["name", "model"]);
  expect(at("[[jo|")).toMatchObject({ at: "header", typed: "jo" });
  expect(at("# nam|")).toBeNull();
  expect(at('a = "#"\nna|')).toMatchObject({ at: "key" });
  expect(at('description = """\nsome na|\n"""')).toBeNull();
});

test("keys that the table has not yet, required ones first by their boost", () => {
  const found = labels('[[job]]\nname = "x"\n|');
  expect(found).toContain("model");
  expect(found).not.toContain("name");
  expect(found).not.toContain("phase");
});

test("values by the schema and by the catalogue", () => {
  expect(labels("[[job]]\nkind = |")).toEqual(['"training"', '"distillation"', '"inference"', '"research"', '"batch"']);
  expect(labels("[[job]]\npreemptible = |")).toEqual(["true", "false"]);
  expect(labels("[[job]]\nmodel = |", (key) => (key === "model" ? ["llama3.1-8b"] : []))).toEqual(['"llama3.1-8b"']);
});

test("tables by their whole path", () => {
  const found = labels("[|");
  expect(found).toContain("job");
  expect(found).toContain("job.phase");
  expect(schema_at(schema, ["job", "phase"])?.properties).toHaveProperty("tokens");
  expect(schema_at(schema, ["nothing"])).toBeUndefined();
});
