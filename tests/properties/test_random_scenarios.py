"""Random scenarios of 1 to 5 sites under ten policies: figures, sums, growth, scale, snapshots.

GW_RANDOM_SCENARIOS says how many of each are tried (40).
"""

import json
import math
import os
import unittest

from gigawatt import Case, gigawatt
from random_scenario import SYSTEMS, generate, twice

COUNT = int(os.environ.get("GW_RANDOM_SCENARIOS", "40"))
HOURS_OF = {"useful", "checkpoint", "lost", "restart", "idle"}
# A step of the bridge from jobs' bills to what was spent goes either way, and a date may lie anywhere.
SIGNED = ("bridge",)


def numbers(value, path=""):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from numbers(item, f"{path}.{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from numbers(item, f"{path}[{i}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


def hours(job):
    return sum(job["gpu_hours"][use] for use in HOURS_OF)


class Random(Case):
    def run_of(self, scenario, *more):
        """The result as text without the time that it took."""
        path = self.file(f"{scenario.name}.toml", scenario.toml())
        done = gigawatt("run", path, "--json", *more)
        self.assertEqual(done.returncode, 0, f"{scenario.name}\n{done.stderr}\n{scenario.toml()}")
        return "\n".join(line for line in done.stdout.splitlines() if '"wall_s"' not in line)

    def result(self, scenario, *more):
        return json.loads(self.run_of(scenario, *more).replace(",\n}", "\n}"))

    def close(self, a, b, what, relative=1e-9):
        self.assertLessEqual(abs(a - b), relative * max(abs(a), abs(b), 1e-6), f"{what}: {a} and {b}")


class Figures(Random):
    def test_are_finite_and_not_negative(self):
        for seed in range(COUNT):
            for more in ((), ("--runs", 3)) if seed % 8 == 0 else ((),):
                found = self.result(generate(seed), *more)
                for path, number in numbers(found):
                    self.assertTrue(math.isfinite(number), f"seed {seed}{path}: {number}")
                    if not any(key in path for key in SIGNED):
                        self.assertGreaterEqual(number, 0, f"seed {seed}{path}")

    def test_sums_balance(self):
        for seed in range(COUNT):
            found = self.result(generate(seed))
            for job in found["jobs"]:
                where = f"seed {seed}, {job['name']}"
                used = job["gpu_hours"]
                if job["kind"] in ("training", "batch"):
                    by_cause = sum((job.get("lost_gpu_hours_by_cause") or {}).values())
                    self.close(used["lost"] + used["restart"] + used["idle"], by_cause, where)
                if job.get("batch"):
                    parts = job["batch"]
                    self.assertLessEqual(sum(parts[k] for k in ("waiting", "running", "completed", "stopped")),
                                         parts["jobs"], where)
            fleet = found["reliability"]["gpu_hours"]
            for use in HOURS_OF - {"idle"}:
                self.close(fleet[use], sum(job["gpu_hours"][use] for job in found["jobs"]), f"seed {seed}, {use}", 1e-6)
            self.assertGreaterEqual(fleet["idle"] * (1 + 1e-9), sum(j["gpu_hours"]["idle"] for j in found["jobs"]))
            for site in found["sites"]:
                if site["it_energy_mwh"] > 0:
                    self.close(site["energy_mwh"], site["it_energy_mwh"] * site["pue"], f"seed {seed}, {site['name']}")
            money = found["money"]
            self.close(sum(money["capex"].values()), money["totals"]["capex_usd"], f"seed {seed}, capital")
            self.close(sum(money["opex"].values()), money["totals"]["opex_usd"], f"seed {seed}, operation")
            self.close(sum(job["cost_usd"] for job in found["jobs"]), money["totals"]["jobs_usd"], f"seed {seed}, jobs")
            self.close(sum(month["capex_usd"] for month in found["fleet"]), money["totals"]["capex_usd"],
                       f"seed {seed}, months", 1e-6)


class Growth(Random):
    def never_fewer(self, less, more, seed):
        before, after = self.result(less), self.result(more)
        for a, b in zip(before["fleet"], after["fleet"], strict=True):
            self.assertGreaterEqual(b["accelerators"], a["accelerators"], f"seed {seed}, {a['date']}")

    def test_twice_the_power_is_never_fewer_accelerators(self):
        for seed in range(COUNT):
            less = generate(seed)
            less.budgets = []  # power costs money, and a budget that binds would buy fewer
            if not any(site.get("phases") for site in less.sites):
                continue
            more = less.copy()
            for site in more.sites:
                for phase in site.get("phases", []):
                    phase["facility_power"] = f"{2 * int(phase['facility_power'].split()[0])} kW"
            self.never_fewer(less, more, seed)

    def test_three_times_a_binding_budget_is_never_fewer_accelerators(self):
        tried = 0
        for seed in range(COUNT):
            less = generate(seed)
            if not less.budgets or not any(site.get("phases") for site in less.sites):
                continue
            tried += 1
            less.budgets[0] |= {"capex": "6 MUSD", "binds": True}
            more = less.copy()
            more.budgets[0]["capex"] = "18 MUSD"
            self.never_fewer(less, more, seed)
        self.assertGreater(tried, 0)


class Scale(Random):
    """Pools, and jobs that never wait, take twice as much where all is twice as large.

    Nodes are whole: a pool that needs 1.6 nodes holds 2, and 4 where it needs 3.2. So a pool of twice the demand holds at
    most one node less than twice as many, never more. On a pool of a dozen nodes that is the 3 to 8% by which two small
    pools once seemed to be off; of a hundred it is below 1%.
    """

    def calm(self, seed):
        """No failures, nobody waits: what is left follows sizes alone."""
        one = generate(seed)
        one.tables["failures"] = {"enabled": False}
        one.tables["operations"].pop("spare_share", None)
        one.budgets = []
        built = {s["name"] for s in one.sites if s.get("kind") == "existing"}
        one.jobs = [j for j in one.jobs if j["site"] in built and j["kind"] != "batch"]
        one.sites = [s for s in one.sites if s["name"] in built]
        for entry in one.fleet:
            entry["accelerators"] *= 64
        return one

    def test_everything_twice_as_large_is_twice_as_much(self):
        pools = 0
        for seed in range(COUNT):
            one = self.calm(seed)
            if not one.jobs or sum(j.get("share", 0) for j in one.jobs) > 0.7:
                continue
            small, large = self.result(one), self.result(twice(one))
            period_h = {"2026-04-01": 90, "2026-05-01": 120, "2026-06-30": 180}[str(small["end"])] * 24
            for job in one.jobs:
                half = next(j for j in small["jobs"] if j["name"] == job["name"])
                whole = [j for j in large["jobs"] if j["name"] in (job["name"], job["name"] + "b")]
                held, doubled = hours(half), sum(hours(j) for j in whole)
                where = f"seed {seed}, {job['name']} ({job['kind']})"
                if job["kind"] == "training":
                    self.close(doubled, 2 * held, where)
                    continue
                pools += 1
                self.assertLessEqual(doubled, 2 * held * (1 + 1e-9), where)
                self.assertGreaterEqual(doubled, 2 * held - SYSTEMS[job["system"]] * period_h * (1 + 1e-9), where)
            for a, b in zip(small["sites"], large["sites"], strict=True):
                self.assertEqual(b["accelerators"], 2 * a["accelerators"])
            self.close(large["money"]["totals"]["capex_usd"], 2 * small["money"]["totals"]["capex_usd"], f"seed {seed}")
        self.assertGreater(pools, COUNT // 4)

    def test_batches_twice_as_large_do_twice_as_much(self):
        """Of many jobs the mean: their lengths are drawn, so that two samples differ by chance alone."""
        for seed in range(0, COUNT, 4):
            one = self.calm(seed)
            if not one.fleet:
                continue
            at = one.fleet[0]
            one.jobs = [{"name": "many", "kind": "batch", "site": at["site"], "system": at["system"], "count": 2000,
                         "sizes": [SYSTEMS[at["system"]]], "duration_median": "2 h", "model": "llama3.1-8b",
                         "assumed": True, "reason": "drawn at random"}]
            small, large = self.result(one), self.result(twice(one))
            self.close(hours(large["jobs"][0]), 2 * hours(small["jobs"][0]), f"seed {seed}", 0.01)


class Snapshots(Random):
    def test_continued_runs_equal_uninterrupted_ones(self):
        for seed in range(COUNT // 2):
            scenario = generate(seed)
            whole = self.run_of(scenario)
            path, kept = self.folder / f"{scenario.name}.toml", self.folder / f"{seed}.json"
            day = f"2026-0{1 + seed % 3}-{1 + seed % 27:02}T{seed % 24:02}:30:00Z"
            done = gigawatt("run", path, "--until", day, "--snapshot", day, "--snapshot-out", kept)
            self.assertEqual(done.returncode, 0, done.stderr)
            done = gigawatt("run", "--from", kept, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            again = "\n".join(line for line in done.stdout.splitlines() if '"wall_s"' not in line)
            self.assertEqual(whole, again, f"seed {seed}, from {day}")


if __name__ == "__main__":
    unittest.main()
