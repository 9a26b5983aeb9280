#!/usr/bin/env python3
"""Silent nonsense through the program: what is refused, what is warned of, what answers at once; changes in --set; inputs
that turn a claim do turn it."""

import json
import time
import unittest

from gigawatt import Case, PATIENCE, ROOT, gigawatt, run_json

BASE = """version = 1
name = "t"
start = 2025-01-01
end = 2028-01-01
as_of = 2025-10-01
[[site]]
name = "s"
pue = 1.1
peak_overhead = 1.25
grid = "pjm-aep"
system = "h100-sxm"
[[site.phase]]
name = "p"
facility_power = "20 MW"
start = 2024-06-01
acceptance = { date = 2025-03-01 }
[[site.phase]]
name = "q"
facility_power = "10 MW"
start = 2025-06-01
acceptance = { date = 2026-03-01, forecast = true }
[[fleet]]
name = "old"
system = "h100-sxm"
accelerators = 800
date = 2025-02-01
site = "s"
low = 0.8
high = 1.2
[[job]]
name = "serve"
kind = "inference"
site = "s"
demand = [{ date = 2025-03-01, accelerators = 8000 }]
[[other_capex]]
year = 2025
name = "the rest"
capex = "0.5 GUSD"
low = "0.05 GUSD"
high = "0.7 GUSD"
source = "x"
"""


def claim(name, quantity, value, at="2025-12-31", more="", relation="at_least"):
    return (f'[[claim]]\nid = "{name}"\nstatement = "s"\nsource = "x"\nquantity = "{quantity}"\n'
            f'relation = "{relation}"\nvalue = {value}\ntolerance = "0%"\n' + (f"at = {at}\n" if at else "") + more)


class Nonsense(Case):
    def scenario(self, more=""):
        self.file("t.toml", BASE + more)
        return self.folder / "t.toml"

    def run_with(self, *overrides, more=""):
        return run_json("run", self.scenario(more), *[x for o in overrides for x in ("--set", o)])

    def test_a_price_or_utilization_of_zero_is_zero(self):
        price = {usd: self.run_with(f'prices.accelerator.h100-sxm="{usd} USD"')["sites"][0]["capex_usd"]
                 for usd in (0, 5000)}
        self.assertGreater(price[5000], price[0])
        energy = {u: self.run_with(f'job.serve.utilization="{u}%"')["sites"][0]["energy_mwh"] for u in (0, 50)}
        self.assertGreater(energy[50], energy[0])

    def test_changes_in_set_apply_to_what_the_file_gives(self):
        pue = self.run_with("site.s.pue=x1.1")["sites"][0]["pue"]
        self.assertAlmostEqual(pue, self.run_with("site.s.pue=1.21")["sites"][0]["pue"], places=9)
        self.assertEqual(self.run_with("site.s.phase.p.facility_power=-10%")["sites"][0]["energized_mw_facility"], 28)
        later = self.run_with('site.s.phase.p.acceptance.date="+2 months"')["sites"][0]
        self.assertEqual(later["first_power_date"][:10], "2025-05-01")
        for change in ("site.s.wue=x2", "start=-10%", "site.s.phase.p.facility_power=+6 months",
                       'site.s.phase.p.power={lead="+6 months"}'):
            wrong = gigawatt("run", self.scenario(), "--set", change)
            self.assertEqual(wrong.returncode, 1, change)
            self.assertIn("relative-value", wrong.stderr)
            self.assertEqual(wrong.stderr.count("error:"), 1, wrong.stderr)

    def test_what_does_not_fit_is_a_warning_with_both_figures(self):
        cases = {
            "site.s.phase.p.accelerators=720000": "accelerators are bought, its power runs",
            'site.s.phase.p.facility_power="24.9 GW"': "the largest campus that was ever announced has 10 GW",
            "site.s.supply=[{kind=\"grid\",date=2025-01-01,power=\"5 MW\"}]": "the supply gives 5 MW at most",
            "budget=[{year=2025,capex=\"0.01 GUSD\",source=\"x\"}]": "the budget allows 10 M USD",
        }
        for change, said in cases.items():
            warnings = self.run_with(change)["warnings"]
            self.assertTrue(any(said in w for w in warnings), (change, warnings))
        self.assertEqual(self.run_with()["warnings"], [])

    def test_a_large_number_answers_at_once(self):
        begin = time.monotonic()
        many = gigawatt("run", self.scenario(), "--runs", "1000000")
        self.assertEqual(many.returncode, 2)
        self.assertIn("10000", many.stderr)
        self.run_with("failures.rate_scale=1000")
        self.run_with(more='[[delivery]]\nsystem = "h100-sxm"\nsite = "s"\ndate = 2025-03-01\naccelerators = 49000000\n')
        self.assertLess(time.monotonic() - begin, 30 * PATIENCE)

    def test_a_degree_is_hinted_at_that_does_not_fail_next(self):
        wrong = gigawatt("step", "--model", "llama3.1-8b", "--system", "h100-sxm", "--gpus", "8", "--tp", "7", "--seq",
                         "4096", "--global-batch", "64")
        self.assertIn("TP 8", wrong.stdout + wrong.stderr)

    def test_expired_forecasts_are_listed_and_history_has_no_spread(self):
        answer = run_json("run", self.scenario(), "--set", "as_of=2026-06-01", "--runs", "8")
        self.assertEqual([e["what"] for e in answer["expired_forecasts"]], ["s, q"])
        self.assertEqual(answer["as_of"], "2026-06-01")
        power = claim("power", "site_facility_power", '"25 MW"', "2026-03-31", 'site = "s"\n')
        past = run_json("run", self.scenario(power), "--set", "as_of=2026-06-01", "--runs", "8")["claims"][0]
        self.assertEqual((past["low"], past["high"]), (30, 30))
        ahead = run_json("run", self.scenario(power), "--runs", "40")["claims"][0]
        self.assertEqual((ahead["low"], ahead["high"]), (20, 30))

    def test_the_input_that_turns_a_claim_turns_it(self):
        owned = self.run_with(more=claim("owned", "accelerators_owned", 1))["claims"][0]["value"]
        more = (claim("power", "site_facility_power", '"25 MW"', "2026-12-31", 'site = "s"\n')
                + claim("owned", "accelerators_owned", int(owned) - 300)
                + claim("money", "capex_year", '"0.9 GUSD"', relation="at_most")
                + claim("later", "site_facility_power", '"30 MW"', "2026-01-31", 'site = "s"\n'))
        claims = {c["id"]: c for c in self.run_with(more=more)["claims"]}
        beyond = {"power": 'site.s.phase.q.acceptance.date="2027-01-02"', "later": "site.s.phase.q.acceptance.date=2026-01-15"}
        for name, path in (("owned", "fleet.old.accelerators"), ("money", "other_capex.2025.capex")):
            self.assertEqual(claims[name]["turns"]["input"], path)
            to = claims[name]["turns"]["to"].replace(",", "")
            number = float(to.split()[0])
            side = 1 if name == "owned" and claims[name]["verdict"] != "consistent" else -1
            unit = to.split()[1] if " " in to else ""
            moved = f'"{number * (1 + 0.02 * side):.6g} {unit}"' if unit else f"{int(number * (1 + 0.02 * side))}"
            beyond[name] = f"{path}={moved}"
        for name, change in beyond.items():
            turned = {c["id"]: c for c in self.run_with(change, more=more)["claims"]}
            self.assertNotEqual(turned[name]["verdict"], claims[name]["verdict"], (name, change, claims[name]))
        self.assertEqual(claims["power"]["turns"]["input"], "site.s.phase.q")
        self.assertIsNotNone(claims["owned"]["low"])

    def test_a_claim_without_a_day_waits_for_later_phases(self):
        phase = '[[site.phase]]\nname = "r"\nfacility_power = "70 MW"\nacceptance = { date = 2029-01-01 }\n'
        text = BASE.replace("[[fleet]]", phase + "[[fleet]]", 1)
        self.file("t.toml", text + claim("grow", "site_facility_power", '"100 MW"', None, 'site = "s"\n'))
        open_claim = run_json("run", self.folder / "t.toml")["claims"][0]
        self.assertEqual(open_claim["verdict"], "undecidable")
        self.assertIn("later phases bring it to 100 MW", open_claim["explanation"])
        json.dumps(open_claim)

    def test_a_pool_that_no_system_serves_says_why(self):
        run = run_json("run", ROOT / "scenarios/open-or-closed.toml", "--set", 'job.assistant.token_limit="0.00001 ms"')
        pool = next(job for job in run["jobs"] if job["name"] == "assistant")
        self.assertEqual((pool["status"], pool["accelerators"]), ("waiting", 0))
        self.assertIn("meets the limits of job", pool["status_reason"])


if __name__ == "__main__":
    unittest.main()
