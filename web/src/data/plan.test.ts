import { expect, test } from "vitest";
import {
  check_config,
  data_parallel,
  job_question,
  kDefaultQuestion,
  nudge,
  pack,
  parse_plan,
  read_question,
  step_body,
  unpack,
  with_plan,
  write_question,
} from "./plan";

test("an address gives back the question it was made of", () => {
  const question = {
    ...kDefaultQuestion,
    model: "deepseek-v3",
    gpus: 2048,
    ep: 64,
    tp: 1,
    flags: "cuda_graph,offload_optimizer",
    recompute: "full:2",
  };
  const values = write_question(question);
  expect(values.system).toBeUndefined();
  const query = new URLSearchParams(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  expect(read_question(query)).toEqual(question);
});

test("nonsense in an address falls back to the default", () => {
  const question = read_question(new URLSearchParams("gpus=-4&tp=1.5&pp=x&config=%%%"));
  expect(question).toEqual({ ...kDefaultQuestion, config: undefined });
});

test("a config.json travels as letters of an address, whatever it holds", () => {
  const text = JSON.stringify({ model_type: "llama", name: "é 模型 ~+/=" });
  expect(pack(text)).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(unpack(pack(text))).toBe(text);
  expect(step_body({ ...kDefaultQuestion, config: text })).toMatchObject({ config_json: { model_type: "llama" } });
  expect(step_body({ ...kDefaultQuestion, config: text })).not.toHaveProperty("model");
});

test("flags become keys of the body, and nothing else does", () => {
  const body = step_body({ ...kDefaultQuestion, flags: "cuda_graph,made_up" });
  expect(body.cuda_graph).toBe(true);
  expect(body).not.toHaveProperty("made_up");
  expect(body).not.toHaveProperty("flags");
  expect(body).not.toHaveProperty("software");
});

test("plans are read as the program writes them", () => {
  expect(parse_plan("TP8 PP16 VPP8 DP128 MB1 ZeRO2 SP bf16")).toMatchObject({
    tp: 8,
    cp: 1,
    pp: 16,
    vpp: 8,
    dp: 128,
    micro_batch: 1,
    zero: 2,
    sequence_parallel: true,
    precision: "bf16",
    schedule: "interleaved",
  });
  expect(parse_plan("TP1 CP8 PP2 EP128 DP512 MB2 ZeRO1 fp8 zero-bubble recompute=full:4 shard16")).toMatchObject({
    cp: 8,
    ep: 128,
    schedule: "zero-bubble",
    recompute: "full:4",
    shard_group: 16,
    sequence_parallel: false,
  });
  expect(parse_plan("TP1 PP4 DP1 MB1").schedule).toBe("1f1b");
});

test("a plan without sequence parallelism keeps it off only where tensor parallelism would turn it on", () => {
  expect(with_plan(kDefaultQuestion, parse_plan("TP8 PP16 DP128 MB1 bf16")).flags).toBe("no_sequence_parallel");
  expect(with_plan(kDefaultQuestion, parse_plan("TP1 PP16 DP1024 MB1 bf16")).flags).toBe("");
});

test("what a plan switches comes along, and what it does not is switched off", () => {
  const question = with_plan(
    { ...kDefaultQuestion, flags: "no_flash" },
    parse_plan("TP8 PP16 DP128 MB1 SP graph offload-optimizer bf16"),
  );
  expect(question.flags).toBe("cuda_graph,offload_optimizer");
});

test("data parallel ranks are what divides", () => {
  expect(data_parallel({ gpus: 16384, tp: 8, cp: 1, pp: 16 })).toBe(128);
  expect(data_parallel({ gpus: 100, tp: 8, cp: 1, pp: 1 })).toBeNaN();
});

test("a knob doubles and halves and stops at its end", () => {
  expect(nudge(8, true)).toBe(16);
  expect(nudge(8, false)).toBe(4);
  expect(nudge(7, false)).toBe(6);
  expect(nudge(1, false)).toBe(1);
  expect(nudge(0, true)).toBe(1);
});

test("only a model's config is taken", () => {
  expect(check_config('{"model_type":"llama"}')).toEqual({ ok: true, name: "llama" });
  expect(check_config("[1]").ok).toBe(false);
  expect(check_config("{").ok).toBe(false);
  expect(check_config('{"a":1}').ok).toBe(false);
});

test("a job is a question only when it says enough", () => {
  const job = {
    model: "m",
    system: "s",
    accelerators: 64,
    sequence: 4096,
    global_batch: 128,
    plan: "TP2 PP4 DP8 MB1 SP fp8",
    software: "x",
  };
  expect(job_question(job)).toMatchObject({
    model: "m",
    gpus: 64,
    tp: 2,
    pp: 4,
    precision: "fp8",
    software: "x",
    flags: "",
  });
  expect(job_question({ ...job, plan: undefined })).toBeNull();
});
