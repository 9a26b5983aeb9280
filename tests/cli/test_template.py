#!/usr/bin/env python3
"""The scenario that the web interface begins a new one with runs, and leaves something to look at."""

import unittest

from gigawatt import ROOT, Case, run_json


class Template(Case):
    def test_it_builds_trains_serves_and_holds_a_claim(self):
        run = run_json("run", ROOT / "web/src/editor/template.toml")
        self.assertEqual(run["warnings"], [])
        self.assertGreater(run["sites"][0]["accelerators"], 30_000)
        self.assertEqual([job["name"] for job in run["jobs"]], ["training", "assistants"])
        self.assertIsNotNone(run["jobs"][0]["end"])
        self.assertEqual(run["claims"][0]["verdict"], "consistent")


if __name__ == "__main__":
    unittest.main()
