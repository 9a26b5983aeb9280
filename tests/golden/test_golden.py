"""Runs every scenario and holds it against its reference values; also proves that the comparison can fail.

What chance moves is held against bands that nearly any seed meets: [seeds] count = N runs N seeds besides the
scenario's own. tools/measure_seeds.py measures what the bands are set from.
"""

import tomllib
import unittest

from gigawatt import ROOT, run_json
from golden import NoSuchMetric, difference, look_up, over_seeds

SCENARIOS = ROOT / "scenarios"


class Comparison(unittest.TestCase):
    document = {"sites": [{"name": "a.b", "mw": 10.0}, {"name": "c", "mw": None}],
                "fleet": [{"date": "2025-12-01", "n": 7}], "ok": True}

    def test_paths(self):
        self.assertEqual(look_up(self.document, "sites.a.b.mw"), 10.0)
        self.assertEqual(look_up(self.document, "sites.1.name"), "c")
        self.assertEqual(look_up(self.document, "fleet.2025-12.n"), 7)
        for missing in ("sites.d.mw", "sites.c.gw", "fleet.2026.n"):
            with self.assertRaises(NoSuchMetric):
                look_up(self.document, missing)

    def test_tolerances(self):
        self.assertIsNone(difference({"value": 100, "tolerance": 0.05}, 105))
        self.assertIsNotNone(difference({"value": 100, "tolerance": 0.05}, 105.1))
        self.assertIsNone(difference({"value": 0, "absolute_tolerance": 1}, -1))
        self.assertIsNotNone(difference({"value": 1}, 1.0001))
        self.assertIsNotNone(difference({"value": 1, "tolerance": 1}, None))
        self.assertIsNotNone(difference({"value": "consistent"}, "inconsistent"))
        self.assertIsNotNone(difference({"value": 1, "tolerance": 1e9}, float("nan")))

    def test_seeds(self):
        each, mean = {"value": 10, "tolerance": 0.1}, {"value": 10, "tolerance": 0.1, "over": "mean"}
        self.assertIsNone(over_seeds(each, [9.5, 10.5]))
        self.assertIsNotNone(over_seeds(each, [10, 12]))
        self.assertIsNone(over_seeds(mean, [8, 12]))
        self.assertIsNotNone(over_seeds(mean, [11, 12]))
        with self.assertRaises(ValueError):
            over_seeds({"value": 1, "over": "most"}, [1])


class Golden(unittest.TestCase):
    def test_every_scenario_has_reference_values(self):
        names = {p.stem for p in SCENARIOS.glob("*.toml")}
        expected = {p.stem for p in (SCENARIOS / "expected").glob("*.toml")}
        self.assertTrue(names)
        self.assertEqual(names, expected)


def make_test(path):
    def test(self):
        reference = tomllib.loads((SCENARIOS / "expected" / path.name).read_text())
        expectations = reference.get("expect", [])
        self.assertTrue(expectations, "no [[expect]]")
        seeds = range(1, reference.get("seeds", {}).get("count", 0) + 1)
        command = reference.get("command", "run")  # or "plan": options rather than a build-out
        documents = [run_json(command, path)] + [run_json(command, path, "--seed", seed) for seed in seeds]
        wrong = []
        for e in expectations:
            self.assertTrue(e.get("reason"), f"{e.get('metric')}: no reason")
            try:
                problem = over_seeds(e, [look_up(document, e["metric"]) for document in documents])
            except NoSuchMetric:
                problem = "the document has no such metric"
            if problem:
                wrong.append(f"{e['metric']}: {problem}")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    return test


for scenario in sorted(SCENARIOS.glob("*.toml")):
    setattr(Golden, "test_" + scenario.stem.replace("-", "_"), make_test(scenario))


if __name__ == "__main__":
    unittest.main()
