#!/usr/bin/env python3
"""`gigawatt plan`: the contract, a plan's own run, refusals, and each bad input with one clear answer."""

import datetime
import json
import unittest

from gigawatt import ROOT, Case, gigawatt, run_json

SITES = ROOT / "scenarios/gigawatt-three-sites.toml"


def days(year, count):
    first = datetime.date(year, 1, 1)
    return [(first + datetime.timedelta(i)).isoformat() for i in range(count)]


TWO_PHASES = """version = 1
name = "two-phases"
start = 2026-01-01
end = END
[[budget]]
year = 2027
capex = "40 GUSD"
[[site]]
name = "a"
grid = "ercot-west"
cooling = "liquid-chiller"
[plan]
maximize = "accelerators"
carry_over = true
[[plan.phase]]
site = "a"
name = "a1"
facility_power = "100 MW"
least_power = "20 MW"
permit = {lead = "1 months"}
substation = {lead = "6 months"}
shell = {lead = "6 months"}
power = {lead = "1 months"}
cooling = {lead = "1 months"}
[[plan.phase]]
site = "a"
name = "a2"
facility_power = "100 MW"
latest = LATEST
permit = {lead = "1 months"}
substation = {lead = "36 months"}
shell = {lead = "6 months"}
power = {lead = "1 months"}
cooling = {lead = "1 months"}
[[plan.chips]]
system = "gb300-nvl72"
from = 2026-07-01
until = UNTIL
accelerators = 10000
"""


class SmallPlans(Case):
    def planned(self, *arguments, end="2030-01-01", until="2029-01-01", latest="2027-01-01", code=0):
        self.file("two.toml", TWO_PHASES.replace("END", end).replace("UNTIL", until).replace("LATEST", latest))
        done = gigawatt("plan", self.folder / "two.toml", *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_leads_of_whole_months_lose_no_quarter(self):
        document = json.loads(self.planned("--json", until="2028-01-01").stdout)
        self.assertEqual(document["phases"][0]["service"], "2027-01-01")
        self.assertEqual(min(row["date"][:10] for row in document["deliveries"]), "2027-01-01")

    def test_rounding_breaks_no_balance(self):
        for year in (2031, 2032, 2033, 2034, 2036):
            self.planned(end=f"{year}-01-01", until=f"{year}-01-01")

    def test_a_plan_of_nothing_says_why(self):
        told = self.planned(until="2026-10-01").stderr
        self.assertIn("'a1' is in service on 2027-01-01 at the earliest, 'a2' is in service on 2029-07-02", told)
        self.assertIn("the last accelerators on offer are delivered on 2026-07-01", told)

    def test_years_without_a_budget_are_named(self):
        self.assertIn("2026, 2028, 2029 have no [[budget]]", self.planned().stderr)

    def test_a_candidate_does_not_begin_after_its_last_day(self):
        told = self.planned(latest="2025-06-01", code=1).stderr
        self.assertIn("candidate 'a2' cannot begin on the first day of any period", told)

    def test_targets_are_taken_with_and_without_quotes(self):
        for target in ('power="50 MW"', "power=50 MW"):
            self.planned("--minimize", "cost", "--target", target)


class Plan(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = run_json("plan", SITES)

    def test_the_document_has_what_the_contract_lists(self):
        for key in ("objective", "bound", "gap", "status", "phases", "deliveries", "spend", "binding", "scenario"):
            self.assertIn(key, self.plan)
        self.assertEqual(self.plan["status"], "optimal")
        self.assertLessEqual(self.plan["objective"], self.plan["bound"] * (1 + 1e-9))
        self.assertLessEqual(self.plan["gap"], 1e-3)
        self.assertTrue(self.plan["phases"])
        self.assertTrue(self.plan["deliveries"])

    def test_a_plan_is_a_scenario_and_its_run_agrees_by_month(self):
        self.file("plan.toml", self.plan["scenario"])
        run = run_json("run", self.folder / "plan.toml")
        months = self.plan["check"]["months"]
        self.assertEqual(len(months), len(run["fleet"]))
        most = {"accelerators": 0, "facility_mw": 0, "capex_usd": 0}
        for planned, ran in zip(months, run["fleet"]):
            self.assertEqual(planned["date"], ran["date"][:10])
            for key in most:
                most[key] = max(most[key], abs(planned[key]))
        spent = {}
        check = self.plan["check"]
        for key in ("worst_accelerators", "worst_facility_mw", "worst_capex", "worst_opex", "worst_energy", "worst_month_of_energy"):
            self.assertLess(check[key], 0.01, key)
        for planned, ran in zip(months, run["fleet"]):
            for key in most:
                self.assertAlmostEqual(planned[key], ran[key], delta=0.01 * most[key], msg=f"{key} {planned['date']}")
            quarter = planned["date"][:4] + str((int(planned["date"][5:7]) - 1) // 3)
            spent[quarter] = spent.get(quarter, 0) + ran["capex_usd"]
        for row in self.plan["spend"]:
            quarter = row["date"][:4] + str((int(row["date"][5:7]) - 1) // 3)
            self.assertAlmostEqual(row["capex_usd"], spent[quarter], delta=1 + 1e-9 * spent[quarter])

    def test_the_report_holds_the_plan_and_the_money_of_its_run(self):
        page = self.folder / "plan.html"
        run_json("plan", ROOT / "scenarios/nuclear-or-gas.toml", "--frontier", "2", "--report", page)
        text = page.read_text(encoding="utf-8")
        document = json.loads(text.split('<script id="gigawatt-run" type="application/json">')[1].split("</script>")[0])
        self.assertEqual(len(document["plan"]["frontier"]), 2)
        self.assertTrue(document["plan"]["phases"])
        money = document["money"]
        spent = sum(money["capex"].values()) + sum(money["opex"].values())
        self.assertAlmostEqual(sum(line["usd"] for line in money["bridge"]), spent, delta=0.01)
        self.assertAlmostEqual(sum(q["capex_usd"] + q["opex_usd"] for q in money["quarters"]), spent, delta=0.01)
        planned = sum(row["capex_usd"] for row in document["plan"]["spend"])
        self.assertAlmostEqual(sum(money["capex"].values()), planned, delta=1e-9 * planned)

    def test_the_report_is_the_run_of_the_plans_scenario(self):
        """One simulation, with the hours of the sites, as `run` of the plan's scenario makes it."""
        (self.folder / "prices.csv").write_text("time,price_usd_per_mwh\n" + "".join(
            f"{day}T{hour:02}:00:00Z,{40 + hour}\n" for day in days(2026, 365) for hour in range(24)))
        source = (ROOT / "scenarios/nuclear-or-gas.toml").read_text(encoding="utf-8")
        text = source.replace("\n[[site]]\n", '\n[[site]]\nweather_station = "USA_VA_Leesburg.Exec"\nprices = { file = "prices.csv" }\n', 1)
        self.assertNotEqual(text, source)
        scenario, plan = self.folder / "asked.toml", self.folder / "plan.toml"
        scenario.write_text(text, encoding="utf-8")
        pages = [self.folder / "plan.html", self.folder / "run.html"]
        run_json("plan", scenario, "--frontier", "2", "--report", pages[0], "--out", plan)
        run_json("run", plan, "--report", pages[1])
        planned, ran = (json.loads(page.read_text(encoding="utf-8").split('<script id="gigawatt-run" type="application/json">')[1]
                                   .split("</script>")[0]) for page in pages)
        self.assertTrue(planned.pop("plan")["phases"])
        self.assertTrue(planned["site_hours"])
        for document in (planned, ran):
            document["summary"].pop("wall_s", None)
            document["scenario"].pop("file", None)
            document.pop("wall_s", None)
        self.maxDiff = 2000
        self.assertEqual(planned.keys(), ran.keys())
        for key in planned:
            self.assertEqual(planned[key], ran[key], key)

    def test_budgets_hold_in_the_run(self):
        left = 0  # what a year leaves can be spent later
        for year, usd in {2026: 9e9, 2027: 14e9, 2028: 12e9, 2029: 0, 2030: 0}.items():
            left += usd - sum(row["capex_usd"] for row in self.plan["spend"] if row["date"].startswith(str(year)))
            self.assertGreaterEqual(left, -1)

    def test_the_same_plan_twice(self):
        self.assertEqual(json.dumps(self.plan), json.dumps(run_json("plan", SITES)))

    def test_what_binds_has_both_sides(self):
        self.assertTrue(self.plan["binding"])
        for row in self.plan["binding"]:
            self.assertGreaterEqual(row["one_more"], 0)
            if row["one_less"] is not None:
                self.assertGreaterEqual(row["one_less"], row["one_more"] * (1 - 1e-6))

    def test_out_of_reach_names_what_binds_and_the_nearest(self):
        answer = gigawatt("plan", SITES, "--minimize", "cost", "--target", "accelerators=500k", "--json")
        self.assertEqual(answer.returncode, 3)
        document = json.loads(answer.stdout)
        self.assertEqual(document["status"], "infeasible")
        self.assertIsNone(document["objective"])
        kinds = [c["kind"] for c in document["conflict"]]
        self.assertIn("target", kinds)
        self.assertGreaterEqual(len(kinds), 2)
        nearest = document["nearest"]["reachable"]
        self.assertLess(nearest, 500_000)
        reachable = int(nearest * 0.999)
        self.assertEqual(run_json("plan", SITES, "--minimize", "cost", "--target", f"accelerators={reachable}")["status"], "optimal")

    def test_a_power_that_no_candidates_have(self):
        answer = gigawatt("plan", SITES, "--minimize", "cost", "--target", "power=9 GW", "--json")
        self.assertEqual(answer.returncode, 3)
        document = json.loads(answer.stdout)
        kinds = {c["kind"] for c in document["conflict"]}
        self.assertIn("target", kinds)
        self.assertTrue(kinds & {"supply", "candidates"})
        self.assertAlmostEqual(document["nearest"]["reachable"], 2e9, delta=1e6)

    def test_a_target_is_reached_in_whole_nodes(self):
        answer = run_json("plan", SITES, "--minimize", "cost", "--target", "accelerators=100001")
        self.assertGreaterEqual(sum(d["accelerators"] for d in answer["deliveries"]), 100001)

    def refused(self, code, words, *arguments):
        answer = gigawatt("plan", *arguments)
        self.assertEqual(answer.returncode, code, answer.stderr)
        for word in words:
            self.assertIn(word, answer.stderr + answer.stdout)

    def test_bad_input_has_one_clear_answer_each(self):
        self.refused(1, ["no-options"], ROOT / "scenarios/single-rack.toml")
        self.refused(1, ["circle", "abilene-3"], SITES, "--set", 'plan.phase.abilene-1.requires="abilene-3"')
        self.refused(1, ["relative-value", "plan.chips[0].price"], SITES, "--set", 'plan.chips[0].price="-5 USD"')
        self.refused(1, ["out-of-range"], SITES, "--set", 'plan.mfu="140 %"')
        self.refused(1, ["no-goal"], SITES, "--set", 'plan.maximize=""')
        self.refused(1, ["no-target"], SITES, "--minimize", "cost")
        self.refused(1, ["training_flop"], SITES, "--maximize", "training_flops")
        self.refused(1, ["accelerators=100k"], SITES, "--minimize", "cost", "--target", "accelerators")
        self.refused(1, ["out-of-range"], SITES, "--by", "2040-01-01")
        self.refused(3, ["time"], SITES, "--time-limit", "0")
        text = SITES.read_text(encoding="utf-8")
        dateless = text.replace('lead = "18 months"\nuses = { turbines', 'uses = { turbines')
        self.assertNotEqual(dateless, text)
        self.file("dateless.toml", dateless)
        self.refused(1, ["no-date", "abilene turbines"], self.folder / "dateless.toml")

    def test_options_that_nothing_can_use_plan_nothing(self):
        self.file("chips.toml", """version = 1
name = "chips"
start = 2026-01-01
end = 2030-01-01
[[site]]
name = "a"
grid = "pjm-aep"
[plan]
maximize = "accelerators"
[[plan.chips]]
system = "gb300-nvl72"
from = 2026-01-01
until = 2028-01-01
accelerators = 100
""")
        answer = run_json("plan", self.folder / "chips.toml")
        self.assertEqual((answer["status"], answer["objective"], answer["phases"]), ("optimal", 0, []))

    def test_a_budget_below_what_has_begun_is_told(self):
        begun = SITES.read_text(encoding="utf-8").replace(
            '[[site]]\nname = "lebanon"\ncatalog = "lebanon"\n',
            '[[site]]\nname = "lebanon"\ncatalog = "lebanon"\n\n[[site.phase]]\nname = "begun"\nfacility_power = "900 MW"\n'
            'system = "b200-sxm"\nstart = 2026-01-01\n', 1)
        self.file("begun.toml", begun)
        self.refused(3, ["budget of 2026", "begun"], self.folder / "begun.toml", "--set", 'budget.2026.capex="1 GUSD"')

    def test_money_is_the_plans_own_and_its_run_says_the_same(self):
        begun = SITES.read_text(encoding="utf-8").replace(
            '[[site]]\nname = "lebanon"\ncatalog = "lebanon"\n',
            '[[site]]\nname = "lebanon"\ncatalog = "lebanon"\n\n[[site.phase]]\nname = "stands"\nfacility_power = "300 MW"\n'
            'system = "h100-sxm"\nacceptance = { date = 2025-06-01 }\n', 1)
        plan = run_json("plan", self.file("begun.toml", begun))
        money = plan["money"]
        self.assertGreater(money["existing_opex_usd"], 1e8)
        # What stands anyway adds nothing to the plan's own money.
        alone = self.plan["money"]
        for key in ("accelerator_hours", "capex_usd", "opex_usd"):
            self.assertAlmostEqual(money[key], alone[key], delta=0.05 * alone[key], msg=key)
        self.assertAlmostEqual(sum(money["operation_bridge"].values()), money["opex_usd"], delta=1)
        answer = gigawatt("run", self.file("plan.toml", plan["scenario"]), "--json")
        run = json.loads(answer.stdout)
        opex = run["money"]["totals"]["opex_usd"]
        self.assertAlmostEqual(next(iter(money["operation_bridge"].values())), opex, delta=1e-6 * opex)
        self.assertFalse([w for w in run["warnings"] if "budget" in w], run["warnings"])

    def test_partners_pay_their_part_and_budgets_hold_the_rest(self):
        venture = SITES.read_text(encoding="utf-8").replace(
            'reason = "a campus like that of stargate-abilene"\n',
            'reason = "a campus like that of stargate-abilene"\n\n[[site.partner]]\nname = "fund"\nshare = "60 %"\n'
            'date = 2026-01-01\nassumed = true\nreason = "test"\n', 1)
        plan = run_json("plan", self.file("venture.toml", venture))
        self.assertGreaterEqual(plan["objective"], self.plan["objective"] * 0.999)
        self.assertLess(plan["check"]["worst_capex"], 0.01)
        partners = sum(row["partner_capex_usd"] for row in plan["spend"])
        self.assertGreater(partners, 1e9)
        spent = sum(row["capex_usd"] for row in plan["spend"])
        self.assertAlmostEqual(plan["money"]["capex_usd"] + partners + plan["money"]["existing_capex_usd"], spent, delta=1e-6 * spent)
        run = json.loads(gigawatt("run", self.file("plan.toml", plan["scenario"]), "--json").stdout)
        self.assertFalse([w for w in run["warnings"] if "budget" in w], run["warnings"])

    def test_a_cost_that_the_file_gives_is_not_varied(self):
        given = [f'site.{name}.construction_cost="10 USD/W"' for name in ("abilene", "lebanon", "el-paso")]
        rows = run_json("plan", SITES, "--tornado", "--set", given[0], "--set", given[1], "--set", given[2])["tornado"]
        self.assertTrue(rows)
        self.assertNotIn("construction cost", [row["input"] for row in rows])

    def test_targets_are_shown_whole_and_budgets_without_a_plan_show_none(self):
        answer = gigawatt("plan", SITES, "--minimize", "cost", "--target", "accelerators=200k", "--frontier", "2")
        self.assertIn("100,000  own", answer.stdout)
        self.assertNotIn("99,999", answer.stdout)
        self.assertRegex(answer.stdout, r"no plan +– +– +–")

    def test_break_even_shares_of_the_variance_and_the_cost_of_a_model(self):
        answer = run_json("plan", SITES, "--set", "plan.step=\"year\"", "--break-even", "2.7e28", "--sobol", "2", "--model", "llama3.1-405b:15.6T")
        at = {row["input"]: row for row in answer["break_even"]}
        self.assertIn("lead times", at)
        self.assertTrue(at["lead times"]["at"] or at["lead times"]["reached_all_over"] is not None)
        sobol = answer["sobol"]
        self.assertEqual(sobol["plans"], 2 * (2 + len(sobol["inputs"])))
        self.assertEqual(sobol["without_plan"], 0)
        totals = [row["total"] for row in sobol["inputs"]]
        self.assertEqual(totals, sorted(totals, reverse=True))
        for row in sobol["inputs"]:
            self.assertLessEqual(row["total_low"], row["total_high"])
        varied = run_json("plan", SITES, "--set", 'plan.step="year"', "--tornado", "--sobol", "2", "--vary", "plan.mfu=0.2..0.6")
        self.assertIn("plan.mfu", [row["input"] for row in varied["sobol"]["inputs"]])
        wide = next(row for row in varied["tornado"] if row["input"] == "plan.mfu")
        self.assertAlmostEqual(wide["at_high"] / wide["at_low"], 3, places=2)  # the goal is proportional to it
        self.refused(1, ["unknown-key", "load"], SITES, "--tornado", "--vary", "plan.lod=0.5..0.6")
        self.refused(1, ["no-range"], SITES, "--tornado", "--vary", "plan.load")
        model = answer["money"]["models"][0]
        self.assertAlmostEqual(model["usd"], model["training_flop"] / 1e18 * answer["money"]["levelised"]["usd_per_exaflop"], delta=1)

    def test_frontier_and_cases(self):
        answer = run_json("plan", SITES, "--frontier", "3", "--robust")
        points = answer["frontier"]
        self.assertEqual([p["factor"] for p in points], [0.5, 1.0, 1.5])
        reached = [p["objective"] for p in points]
        self.assertEqual(reached, sorted(reached))
        robust = answer["robust"]
        self.assertEqual(len(robust["cases"]), 3)
        slack = 2e-3 * robust["expected"]
        self.assertGreaterEqual(robust["value_of_waiting"], -slack)
        self.assertGreaterEqual(robust["value_of_knowing"], -slack)


if __name__ == "__main__":
    unittest.main()
