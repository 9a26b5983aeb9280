"""Every question of the program is a function with the same keys and the same answer."""

import inspect
import pathlib
import tempfile
import unittest

import gigawatt as gw
from gigawatt import _commands
from support import STEP, answer_of_program


class Functions(unittest.TestCase):
    def test_each_command_is_a_function_with_its_fields(self):
        self.assertGreater(len(_commands.DESCRIPTIONS), 8)
        for name, d in _commands.DESCRIPTIONS.items():
            function = _commands.FUNCTIONS[_commands.python_name(name)]
            if name not in _commands.DRESSED:  # those of the package take tables, policies and scenarios
                self.assertIs(getattr(gw, _commands.python_name(name)), function)
            parameters = inspect.signature(function).parameters
            for field in d["fields"]:
                key = _commands.python_name(field["key"])
                self.assertIn(key, parameters)
                self.assertIn(f"{key}: ", function.__doc__)
                self.assertEqual(parameters[key].default is inspect.Parameter.empty, bool(field.get("required")))
            self.assertIn(d["summary"], function.__doc__)
            self.assertIn(_commands.python_name(name), gw.__all__)

    def test_a_step_is_that_of_the_program(self):
        options = [part for key, value in STEP.items() for part in ("--" + key.replace("_", "-"), value)]
        self.assertEqual(gw.step(**STEP).to_dict(), answer_of_program("step", *options))

    def test_light_and_heavy_questions(self):
        found = gw.search(model="llama3.1-8b", system="h100-sxm", gpus=64, seq=8192, global_batch=256, top=3)
        program = answer_of_program("search", "--model", "llama3.1-8b", "--system", "h100-sxm", "--gpus", 64, "--seq", 8192,
                                    "--global-batch", 256, "--top", 3)
        self.assertEqual(found.best, program["best"])
        self.assertEqual([row["step_time_s"] for row in found.table("best")], [p["step_time_s"] for p in program["best"]])
        again = gw.step(model="llama3.1-8b", system="h100-sxm", gpus=64, seq=8192, global_batch=256, plan=found.best[0]["plan"])
        self.assertEqual(again.step_time_s, found.best[0]["step_time_s"])

    def test_positional_questions(self):
        asked = gw.ask("power", system="gb200-nvl72", gpus=1000)
        self.assertEqual(asked.question, answer_of_program("ask", "power", "--system", "gb200-nvl72", "--gpus", 1000)["question"])
        with self.assertRaises(TypeError):
            gw.step("llama3.1-8b")
        with self.assertRaises(TypeError):
            gw.ask("power", topic="power")

    def test_numbers_where_the_command_line_has_texts(self):
        by_number = gw.net(topology="fat-tree:4", collective="all-reduce", bytes=1e9, ranks=16)
        self.assertEqual(by_number.makespan_s, gw.net(topology="fat-tree:4", collective="all-reduce", bytes="1e9", ranks=16).makespan_s)
        with self.assertRaisesRegex(gw.InputError, "no precision '3'"):
            gw.step(**{**STEP, "precision": 3})

    def test_a_no_is_an_answer_and_a_refusal_an_exception(self):
        no = gw.step(**{**STEP, "gpus": 8, "tp": 8, "pp": 1, "vpp": 1, "global_batch": 8})
        self.assertFalse(no)
        self.assertIn("memory", no.no)
        self.assertFalse(no.memory.fits)
        with self.assertRaises(gw.Refused) as caught:
            gw.step(**{**STEP, "tp": 7})
        self.assertIn("ranks", caught.exception.reason)
        self.assertTrue(caught.exception.hint)
        self.assertEqual(caught.exception.code, "illegal_plan")


CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 131072, "tie_word_embeddings": False, "hidden_act": "silu",
}


class LikeTransformers:
    """What a `transformers` configuration offers."""

    def to_dict(self):
        return {**CONFIG, "torch_dtype": type("dtype", (), {"__str__": lambda self: "torch.bfloat16"})()}


class Models(unittest.TestCase):
    def test_names_dicts_configurations_and_files(self):
        small = dict(system="h100-sxm", gpus=8, seq=8192, global_batch=8, tp=2)
        by_name = gw.step(model="llama3.1-8b", **small).step_time_s
        self.assertAlmostEqual(gw.step(model=CONFIG, **small).step_time_s, by_name)
        self.assertAlmostEqual(gw.step(model=LikeTransformers(), **small).step_time_s, by_name)
        import json
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "config.json"
            file.write_text(json.dumps(CONFIG))
            for model in (file, str(file), folder, file.read_text()):
                self.assertAlmostEqual(gw.step(model=model, **small).step_time_s, by_name)

    def test_a_system_as_a_dict(self):
        import tomllib
        small = dict(model="llama3.1-8b", gpus=8, seq=8192, global_batch=8, tp=2)
        table = tomllib.loads((gw.data_folder() / "systems" / "h100-sxm.toml").read_text())
        expected = gw.step(system="h100-sxm", **small).step_time_s
        self.assertEqual(gw.step(system=table, **small).step_time_s, expected)
        self.assertEqual(gw.step_table({"tp": [2, 2]}, **{k: v for k, v in small.items() if k != "tp"},
                                       system=gw._text.document(table))["step_time_s"], [expected] * 2)
        slower = {**table, "scaleup_bandwidth": {"value": "100 GB/s", "source": "own"}}
        self.assertGreater(gw.step(system=slower, **small).step_time_s, expected)
        with self.assertRaisesRegex(gw.InputError, "scaleup_bandwith"):
            gw.step(system={**table, "scaleup_bandwith": 1}, **small)

    def test_files_are_written(self):
        with tempfile.TemporaryDirectory() as folder:
            trace = pathlib.Path(folder) / "step.json"
            gw.step(**STEP, trace=trace)
            self.assertIn("traceEvents", trace.read_text())


class Own(unittest.TestCase):
    """An accelerator and a system of one's own."""

    def test_a_chip_given_as_a_dict(self):
        code = f"""
import gigawatt as gw
step = {STEP!r}
before = gw.step(**step).step_time_s
gw.define("chips", {{"name": "mine-1", "title": "Mine", "memory": {{"value": "160 GB"}}}}, like="h100-sxm-80")
gw.define("systems", {{"name": "mine-8", "title": "8x Mine", "accelerator": "mine-1"}}, like="h100-sxm")
mine = gw.step(**{{**step, "system": "mine-8"}})
# The same figures, but none of the constants that were measured on the original: those of its generation.
assert abs(mine.step_time_s / before - 1) < 0.03, (mine.step_time_s, before)
assert 150 < mine.memory.limit_gb < 161, mine.memory
assert gw.step(**step).step_time_s == before
try:
    gw.define("chips", {{"name": "worse", "memory": {{"value": "160 kg"}}}}, like="h100-sxm-80")
except gw.InputError as error:
    assert "memory" in str(error), error
else:
    raise AssertionError("a weight is no memory")
assert gw.step(**{{**step, "system": "mine-8"}}) == mine
for kind, entry in (("chip", {{}}), ("chips", {{}}), ("chips", "name = ")):
    try:
        gw.define(kind, entry)
    except gw.InputError as error:
        assert error.diagnostics, error
    else:
        raise AssertionError(kind)
"""
        from support import python
        done = python(code)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_failures_of_ones_own(self):
        code = """
import tomllib, gigawatt as gw
scenario = gw.Scenario(gw.example("llama3-405b"))
before = gw.run(scenario).jobs[0]["interruptions"]
name = scenario["failures"]["profile"]
table = tomllib.loads((gw.data_folder() / "failures" / f"{name}.toml").read_text())
table["name"], table["title"] = "mine", "Mine"
table.pop("aliases", None)
table["cause"] = table["cause"][:1]
gw.define("failures", table)
after = gw.run(scenario, set={"failures.profile": "mine"}).jobs[0]
assert 0 < after["interruptions"] < before, (after["interruptions"], before)
assert list(after["interruptions_by_cause"]) == [table["cause"][0]["name"]], after["interruptions_by_cause"]
assert gw.run(scenario).jobs[0]["interruptions"] == before
"""
        from support import python
        done = python(code)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
