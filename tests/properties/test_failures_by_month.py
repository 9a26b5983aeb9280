"""Failures drawn by month against single failures: random scenarios, 24 futures of each."""

import json
import math
import os
import unittest

from gigawatt import ROOT, Case, gigawatt, run_json
from random_scenario import generate

COUNT = int(os.environ.get("GW_RANDOM_SCENARIOS", "40")) // 5
FUTURES = 24


class ByMonth(Case):
    def futures(self, scenario, by_month):
        scenario = scenario.copy()
        scenario.tables.setdefault("failures", {})["by_month"] = by_month
        path = self.file(f"{scenario.name}-{by_month}.toml", scenario.toml())
        done = gigawatt("run", path, "--json", "--runs", FUTURES)
        self.assertEqual(done.returncode, 0, f"{done.stderr}\n{scenario.toml()}")
        return json.loads(done.stdout)

    def banded(self, value, path=""):
        """Every figure that has a band over the futures: its place, median, and the deviation that the band says."""
        if isinstance(value, dict):
            for key, item in value.items():
                low, high = value.get(f"{key}_low"), value.get(f"{key}_high")
                if isinstance(item, (int, float)) and isinstance(low, (int, float)) and isinstance(high, (int, float)):
                    yield f"{path}.{key}", item, (high - low) / 2.563
                yield from self.banded(item, f"{path}.{key}")
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from self.banded(item, f"{path}[{i}]")

    def test_medians_agree(self):
        off, events = [], [0, 0]
        for seed in range(COUNT):
            single, monthly = self.futures(generate(seed), False), self.futures(generate(seed), True)
            events = [events[0] + single["events"], events[1] + monthly["events"]]
            for part in ("jobs", "sites"):
                ours = {path: figure for path, *figure in self.banded(monthly[part])}
                for path, a, a_sigma in self.banded(single[part]):
                    b, b_sigma = ours.get(path, (a, a_sigma))  # without a band: all futures agree
                    size = max(abs(a), abs(b), 1e-9)
                    of_medians = 1.25 * math.hypot(a_sigma, b_sigma) / math.sqrt(FUTURES)
                    off.append((max(0.0, abs(a - b) - 4 * of_medians) / size,
                                f"seed {seed}, {part}{path}: {a} and {b}"))
        off.sort(reverse=True)
        self.assertLess(off[0][0], 0.02, "\n".join(f"{x:.3f} {where}" for x, where in off[:12]))
        self.assertLess(events[1], events[0])

    def test_futures_draw_so_where_the_scenario_does_not_say(self):
        large, small = ROOT / "scenarios/stargate-abilene.toml", ROOT / "scenarios/single-rack.toml"
        asked = ("run", large, "--runs", 12)
        monthly = run_json(*asked)
        single = run_json(*asked, "--set", "failures.by_month=false")
        self.assertRegex(monthly["futures"]["failures"], "^by month")
        self.assertRegex(single["futures"]["failures"], "^drawn as in the nominal run")
        self.assertRegex(run_json("run", small, "--runs", 12)["futures"]["failures"], "^drawn as")
        self.assertEqual(monthly["events"], single["events"])
        self.assertEqual(monthly["reliability"], single["reliability"])
        for ours, theirs in zip(monthly["sites"] + monthly["jobs"], single["sites"] + single["jobs"]):
            self.assertEqual(ours["nominal"], theirs["nominal"])
            for end in ("energy_mwh_low", "energy_mwh", "energy_mwh_high"):
                self.assertLess(abs(ours[end] / theirs[end] - 1), 0.002, f"{ours['name']} {end}")
        self.assertIn("by month in the futures", gigawatt(*asked).stdout)
        self.assertNotIn("by month in the futures", gigawatt(*asked, "--set", "failures.by_month=true").stdout)


if __name__ == "__main__":
    unittest.main()
