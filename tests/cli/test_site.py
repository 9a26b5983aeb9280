#!/usr/bin/env python3
"""`gigawatt site`, `gigawatt validate --facts` and a run's sites by the hour, through the program."""

import unittest

from gigawatt import ROOT, Case, gigawatt, run_json


class Site(Case):
    def test_the_document_has_what_the_contract_lists(self):
        answer = run_json("site", "stargate-abilene", "--it-mw", "100")
        for key in ("hours", "it_mwh", "facility_mwh", "pue_mean", "pue_max", "water_m3", "co2_t", "cost_usd", "losses_mwh",
                    "throttled_mwh", "dispatch", "duals"):
            self.assertIn(key, answer)
        for key in ("grid_mwh", "gas_mwh", "battery_discharge_mwh", "renewable_mwh", "curtailed_mwh", "unserved_mwh"):
            self.assertIn(key, answer["dispatch"])
        self.assertEqual(answer["hours"], 8760)
        losses = sum(answer["losses_mwh"].values())
        self.assertAlmostEqual(answer["facility_mwh"], answer["it_mwh"] + losses, delta=1e-3)
        self.assertAlmostEqual(answer["cost_usd"], sum(answer["bill_usd"].values()), delta=1)

    def test_wrong_input_is_named(self):
        wrong = gigawatt("site", "stargate-abilene", "--it-mw", "100", "--plant", "evaporatve")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("evaporative", wrong.stderr)

    def test_facts_are_compared(self):
        facts = run_json("validate", "--facts")["facts"]
        self.assertGreater(facts["computed"], 15)
        self.assertLess(facts["median_abs_pct"], 20)

    def test_a_run_has_its_sites_by_the_hour(self):
        text = (ROOT / "scenarios/stargate-abilene.toml").read_text(encoding="utf-8")
        self.assertIn("[[site]]\n", text)
        self.file("prices.csv", "price_usd_per_mwh\n" + "\n".join(str(20 + h % 24) for h in range(8760)) + "\n")
        self.file("scenario.toml", text.replace("[[site]]\n", '[[site]]\nweather = {}\nprices = { file = "prices.csv" }\n', 1))
        plain = run_json("run", ROOT / "scenarios/stargate-abilene.toml")
        hourly = run_json("run", self.folder / "scenario.toml")
        self.assertEqual(plain["sites"], hourly["sites"])  # nothing feeds back
        years = hourly["site_hours"]
        self.assertGreater(len(years), 1)
        for year in years:
            self.assertGreater(year["pue_mean"], 1.05)
            self.assertAlmostEqual(year["facility_mwh"], year["it_mwh"] + sum(year["losses_mwh"].values()), delta=1)
        broken = self.folder / "broken.toml"
        broken.write_text(text.replace("[[site]]\n", '[[site]]\nprices = { fil = "prices.csv" }\n', 1), encoding="utf-8")
        wrong = gigawatt("run", broken)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("file", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
