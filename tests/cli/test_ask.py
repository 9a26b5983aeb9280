"""Questions without a file, through the program."""

import json
import tempfile
import tomllib
import unittest
from pathlib import Path

from gigawatt import ROOT, Case, gigawatt, run_json


def figures(document):
    return {f["name"]: f for f in document["answers"]}


class Ask(Case):
    def test_a_gigawatt_of_racks(self):
        r = run_json("ask", "power", "--system", "GB300", "--power", "1 GW")
        a = figures(r)
        self.assertEqual(a["accelerators"]["value"], 72 * a["racks"]["value"])
        per = a["W per accelerator, at the meter"]
        self.assertAlmostEqual(a["accelerators"]["value"], 1e9 / per["value"], delta=72)
        self.assertLessEqual(per["low"], per["value"])
        self.assertGreaterEqual(per["high"], per["value"])
        self.assertTrue(all(i["source"] for i in r["inputs"]))

    def test_a_gigawatt_costs_what_analysts_say(self):
        a = figures(run_json("ask", "cost", "--system", "gb200", "--power", "1 GW"))
        self.assertAlmostEqual(a["capital per GW at the meter"]["value"], 35, delta=7)  # Bernstein 2025: 35 B$ a GW of GB200
        parts = sum(a[k]["value"] for k in ("servers and accelerators", "network", "building, power and cooling"))
        self.assertAlmostEqual(parts, a["capital"]["value"], delta=1e-9)

    def test_days_and_accelerators_agree(self):
        base = ("ask", "train", "--system", "H100", "--model", "Llama 4 Maverick", "--tokens", "22T")
        n = figures(run_json(*base, "--days", 60))["accelerators"]["value"]
        days = figures(run_json(*base, "--gpus", int(n)))["days"]["value"]
        self.assertLess(abs(days - 60), 6)

    def test_published_trainings_lie_within_what_trainings_take(self):
        """An 80% interval: of fourteen published totals at least ten."""
        totals = tomllib.loads((ROOT / "data/practice/training.toml").read_text())["total"]
        inside = 0
        for t in totals:
            a = figures(run_json("ask", "train", "--model", t["model"], "--tokens", f"{t['tokens']:.6g}", "--system", t["system"],
                                 "--gpus", t["accelerators"], *(["--precision", t["precision"]] if "precision" in t else [])))
            hours = a["accelerator-hours"]
            inside += hours["low"] <= t["accelerator_hours"] <= hours["high"]
            self.assertGreater(a["days"]["value"], a["days without interruptions"]["value"])
        self.assertGreaterEqual(inside / len(totals), 0.7)

    def test_a_model_published_in_8_bits_was_trained_in_them_where_the_chip_can(self):
        base = ("ask", "train", "--model", "DeepSeek-V3", "--tokens", "14.8T", "--gpus", 2048)
        hours = lambda *more: figures(run_json(*base, *more))["accelerator-hours"]["value"]
        self.assertEqual(hours("--system", "H800"), hours("--system", "H800", "--precision", "fp8"))
        self.assertLess(hours("--system", "H800"), hours("--system", "H800", "--precision", "bf16"))
        self.assertEqual(hours("--system", "A100"), hours("--system", "A100", "--precision", "bf16"))

    def test_a_model_of_its_own_is_asked_for_by_its_file(self):
        config = {"model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
                  "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072}
        path = self.file("small.json", json.dumps(config))
        answers = figures(run_json("ask", "train", "--model", path, "--tokens", "2T", "--gpus", 64, "--system", "H100"))
        self.assertGreater(answers["days"]["value"], answers["days without interruptions"]["value"])
        plan = run_json("operate", "--model", path, "--system", "h100-sxm", "--gpus", 64, "--tokens", 1e11, "--futures", 2)
        self.assertEqual(plan["model"], "small")
        scenario = (ROOT / "scenarios/single-rack.toml").read_text()
        self.assertIn('model = "llama3.1-8b"', scenario)
        scenario = scenario.replace('model = "llama3.1-8b"', 'model = "small.json"')
        run = run_json("run", self.file("own.toml", scenario))
        self.assertEqual([job["model"] for job in run["jobs"] if job["kind"] == "training"], ["small"])
        self.assertEqual(gigawatt("ask", "train", "--model", "no-such.json", "--tokens", "2T", "--gpus", 64).returncode, 1)

    def test_a_saved_scenario_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            for topic, phrase, kind in (("train", "Llama 3.1 8B, 100B tokens, 64 H100", "training"),
                                        ("serve", "Llama 3.1 70B on 64 H100", "inference")):
                file = Path(folder) / f"{topic}.toml"
                run_json("ask", topic, phrase, "--save", file)
                self.assertIn(f'kind = "{kind}"', file.read_text())
                job = run_json("run", file)["jobs"][0]
                self.assertGreater(job["accelerators"] if kind == "training" else 1, 0)

    def test_words_are_read_as_options(self):
        for topic, phrase, options in (
            ("cost", "1 GW of GB300", ("--system", "GB300", "--power", "1 GW")),
            ("train", "Llama 4 Maverick, 22T tokens, 60 days", ("--model", "Llama 4 Maverick", "--tokens", "22T", "--days", 60)),
            ("serve", "DeepSeek-V3 on 10,000 H200", ("--model", "deepseek-v3", "--system", "H200", "--gpus", 10000)),
        ):
            said = run_json("ask", topic, phrase)
            self.assertEqual(said["answers"], run_json("ask", topic, *options)["answers"])
        self.assert_fails(gigawatt("ask", "power", "1 GW of GB3000"), 1, "gb300")
        self.assert_fails(gigawatt("ask", "power", "1 GW of GB300", "--power", "2 GW"), 1, "power")
        self.assert_fails(gigawatt("ask", "power", "GB300, 17"), 1, "'17' counts nothing")

    def test_each_user_is_served_at_the_rate_asked_for(self):
        question = ("ask", "serve", "deepseek-v3 on 10,000 H200")
        usual, most = figures(run_json(*question)), figures(run_json(*question, "--user-rate", 0))
        self.assertGreaterEqual(usual["tokens a second of a user"]["value"], 20)
        self.assertGreater(most["output tokens a second"]["value"], usual["output tokens a second"]["value"])
        self.assert_fails(gigawatt(*question, "--user-rate", 100000), 3, "user_rate")

    def test_a_saved_question_runs(self):
        path = self.folder / "asked.toml"
        self.assertEqual(gigawatt("ask", "power", "--system", "H100", "--power", "2 MW", "--save", path).returncode, 0)
        self.assertEqual(run_json("run", path)["sites"][0]["accelerators"],
                         figures(run_json("ask", "power", "--system", "H100", "--power", "2 MW"))["accelerators"]["value"])

    def test_mistakes(self):
        self.assert_fails(gigawatt("ask", "power", "--system", "GB3000", "--power", "1 GW"), 1, "gb300")
        self.assert_fails(gigawatt("ask", "power", "--system", "GB300"), 1, "power")
        self.assert_fails(gigawatt("ask", "power", "--power", "1 GWh"), 1, "MW")
        self.assert_fails(gigawatt("ask", "train", "--power", "1 GW"), 1, "model", "tokens")
        self.assert_fails(gigawatt("ask", "power", "--power", "1 W"), 1, "rack")
        self.assert_fails(gigawatt("ask", "weather"), 2, "weather")


if __name__ == "__main__":
    unittest.main()
