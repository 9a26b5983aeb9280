#!/usr/bin/env python3
"""`gigawatt site`, `gigawatt validate --facts` and a run's sites by the hour, through the program."""

import unittest

from gigawatt import ROOT, Case, gigawatt, run_json


class OwnSite(Case):
    """A file of a site needs a name, a cooling kind and weather; price and carbon are those of its grid."""

    WEATHER = ("--weather", ROOT / "data/weather/USA_VA_Leesburg.Exec.epw.gz", "--it-mw", 50)

    def test_a_short_file_is_enough(self):
        answer = run_json("site", self.file("mine.toml", 'name = "mine"\ngrid = "pjm"\ncooling = "liquid-dry"\n'), *self.WEATHER)
        self.assertAlmostEqual(answer["it_mwh"], 50 * 8760, delta=1)
        self.assertGreater(answer["cost_usd"] / answer["facility_mwh"], 30)
        self.assertGreater(answer["co2_t"] / answer["facility_mwh"], 0.2)

    def test_what_is_needed_is_asked_for(self):
        done = gigawatt("site", self.file("mine.toml", 'name = "mine"\ngrid = "pjn"\n'), *self.WEATHER)
        self.assert_fails(done, 1, "'cooling' is missing", "no grid region 'pjn'")


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

    def test_embodied_and_sources_have_their_parts(self):
        answer = run_json("site", "stargate-abilene", "--it-mw", "100")
        embodied = answer["embodied"]
        self.assertGreater(embodied["servers_t"], 1000)
        self.assertLess(embodied["servers_t_of_these_hours"], embodied["servers_t"])
        self.assertAlmostEqual(answer["co2_with_embodied_t"], answer["co2_t"] + embodied["servers_t_of_these_hours"]
                               + embodied["shell_t_of_these_hours"], delta=1e-6)
        grid = next(s for s in answer["sources"] if s["kind"] == "grid")
        self.assertAlmostEqual(grid["usd_per_mwh"] * grid["mwh"], grid["usd"], delta=1)

    def test_hours_as_parquet(self):
        for name in ("a.parquet", "b.parquet"):
            done = gigawatt("site", "stargate-abilene", "--it-mw", "100", "--out", self.folder / name)
            self.assertEqual(done.returncode, 0, done.stderr)
        first = (self.folder / "a.parquet").read_bytes()
        self.assertEqual(first[:4], b"PAR1")
        self.assertEqual(first, (self.folder / "b.parquet").read_bytes())
        self.assertGreater(len(first), 20_000)

    def test_load_that_nobody_serves_is_said(self):
        self.file("small.toml", 'version = 1\n[grid]\nlimit = "50 MW"\n')
        done = gigawatt("site", "stargate-abilene", "--it-mw", "100", "--supply", self.folder / "small.toml", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertIn("unserved", done.stderr)

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
        first = hourly["sites"][0]
        self.assertGreater(first["hourly_pue"], 1.05)
        for site in hourly["sites"]:
            for key in [k for k in site if k.startswith("hourly_") or k in ("throttled_mwh", "unserved_mwh")]:
                del site[key]
        self.assertEqual(plain["sites"], hourly["sites"])  # nothing feeds back
        self.assertNotEqual(plain["hash"], hourly["hash"])
        years = hourly["site_hours"]
        self.assertGreater(len(years), 1)
        for year in years:
            self.assertGreater(year["pue_mean"], 1.05)
            self.assertAlmostEqual(year["facility_mwh"], year["it_mwh"] + sum(year["losses_mwh"].values()), delta=1)
        # The files are part of the hash, and futures give the figures intervals.
        self.file("prices.csv", "price_usd_per_mwh\n" + "\n".join(str(30 + h % 24) for h in range(8760)) + "\n")
        dearer = run_json("run", self.folder / "scenario.toml", "--runs", "3")
        self.assertNotEqual(dearer["hash"], hourly["hash"])
        first = dearer["sites"][0]
        self.assertGreater(first["nominal"]["hourly_cost_usd"], sum(y["cost_usd"] for y in years if y["site"] == first["name"]))
        self.assertLessEqual(first["hourly_cost_usd_low"], first["hourly_cost_usd_high"])
        broken = self.folder / "broken.toml"
        broken.write_text(text.replace("[[site]]\n", '[[site]]\nprices = { fil = "prices.csv" }\n', 1), encoding="utf-8")
        wrong = gigawatt("run", broken)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("file", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
