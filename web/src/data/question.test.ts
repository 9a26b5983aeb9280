import { expect, test } from "vitest";
import { is_share, name_and_unit, title_and_unit } from "./key_names";
import { body_of, fields_of, parts_of, wrong_fields } from "./question";

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

test("a refusal marks the fields that it quotes", () => {
  const fields = fields_of(kSchema);
  const values = { model: "lama", gpus: "8", tone: "loud" };
  expect(wrong_fields("no model 'lama' in the catalogue: did you mean 'llama'?", fields, values)).toEqual(["model"]);
  expect(wrong_fields("'gpus' is a string", fields, values)).toEqual(["gpus"]);
  expect(wrong_fields("the server is too busy", fields, values)).toEqual([]);
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

test("a key names its figure and the unit of it", () => {
  expect(name_and_unit("ramp_mw_per_s")).toEqual(["Ramp", "MW/s"]);
  expect(name_and_unit("mean_mw")).toEqual(["Mean", "MW"]);
  expect(name_and_unit("facility_mw_max")).toEqual(["Facility max", "MW"]);
  expect(name_and_unit("tokens_per_s")).toEqual(["Tokens per second", ""]);
  expect(name_and_unit("tokens_per_s_per_gpu")).toEqual(["Tokens per second per accelerator", ""]);
  expect(name_and_unit("cost_usd_per_it_mwh")).toEqual(["Cost per IT MWh", "USD"]);
  expect(name_and_unit("co2_kg_per_it_mwh")).toEqual(["CO₂ per IT MWh", "kg"]);
  expect(name_and_unit("water_l_per_kwh")).toEqual(["Water per kWh", "L"]);
  expect(name_and_unit("usd_per_mwh")).toEqual(["Price per MWh", "USD"]);
  expect(name_and_unit("co2_market_t")).toEqual(["CO₂ market", "t"]);
  expect(name_and_unit("0.1-5_hz")).toEqual(["0.1-5 Hz", ""]);
  expect(name_and_unit("mwh")).toEqual(["Energy", "MWh"]);
  expect(name_and_unit("seconds")).toEqual(["Time", "s"]);
  expect(name_and_unit("gpus")).toEqual(["Accelerators", ""]);
  expect(name_and_unit("batch")).toEqual(["Batch", ""]);
  expect(title_and_unit("simulation ttft_ms")).toEqual(["Simulation, TTFT", "ms"]);
  expect(is_share("starved_share")).toBe(true);
  expect(is_share("shared")).toBe(false);
});
