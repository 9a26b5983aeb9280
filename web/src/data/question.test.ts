import { expect, test } from "vitest";
import { body_of, fields_of, name_and_unit, parts_of } from "./question";

const kSchema = {
  type: "object",
  required: ["model"],
  properties: {
    model: { type: ["string", "object"], description: "A name." },
    gpus: { type: "integer", default: 8 },
    tone: { enum: ["plain", "loud"], default: "plain" },
    silent: { type: "boolean", default: false },
    fixed: { type: "object", properties: { tp: { type: "array", items: { type: "integer" } } } },
  },
};

test("a schema is a form, and what was typed a body", () => {
  const fields = fields_of(kSchema);
  expect(fields.map(({ key, kind, required }) => [key, kind, required])).toEqual([
    ["model", "text", true],
    ["gpus", "text", false],
    ["tone", "choice", false],
    ["silent", "flag", false],
    ["tp", "list", false],
  ]);
  expect(body_of(fields, { model: "llama", gpus: "8", tone: "loud", silent: "true", tp: "2, 4" })).toEqual({
    model: "llama",
    tone: "loud",
    silent: true,
    fixed: { tp: ["2", "4"] },
  });
});

test("an answer is figures, tables and curves", () => {
  const spectrum = Array.from({ length: 20 }, (_, i) => ({ hz: i, mw: i * i }));
  const columns = { t_s: spectrum.map((_, i) => i), it_mw: spectrum.map(() => 1) };
  const parts = parts_of({
    mean_mw: 3,
    limit: { name: "x", holds: true },
    mitigation: [{ name: "floor", peak_mw: 2 }],
    spectrum,
    samples: columns,
    none: null,
  });
  expect(parts.figures.map(({ key }) => key)).toEqual(["mean_mw"]);
  expect(parts.lists).toEqual([
    {
      key: "limit",
      items: [
        { key: "name", value: "x" },
        { key: "holds", value: true },
      ],
    },
  ]);
  expect(parts.tables.map(({ key }) => key)).toEqual(["mitigation"]);
  expect(parts.curves.map(({ key, x, ys }) => [key, x, ys])).toEqual([
    ["spectrum", "hz", ["mw"]],
    ["samples", "t_s", ["it_mw"]],
  ]);
});

test("a key ends in its unit", () => {
  expect(name_and_unit("ramp_mw_per_s")).toEqual(["Ramp", "MW/s"]);
  expect(name_and_unit("mean_mw")).toEqual(["Mean", "MW"]);
  expect(name_and_unit("tokens_per_s")).toEqual(["Tokens per s", ""]);
  expect(name_and_unit("batch")).toEqual(["Batch", ""]);
});
