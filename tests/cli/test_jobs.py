"""Job logs, replays, fits, plans and comparisons from outside."""

import gzip
import json
import random
import unittest

from gigawatt import Case, ROOT, gigawatt, run_json

SMALL = ROOT / "scenarios/llama3-405b.toml"
HEADER = "; MaxProcs: 64\n"


def swf(number, submit, run, size, limit=-1):
    return f"{number} {submit} -1 {run} {size} -1 -1 -1 {limit} -1 1 {number % 7} 1 -1 -1 -1 -1 -1\n"


FULL_SITE = """version = 1
name = "full-site"
start = 2026-01-01
end = 2026-07-01
[[site]]
name = "s"
grid = "pjm"
cooling = "liquid-chiller"
[[site.supply]]
kind = "grid"
date = 2026-02-01
power = "40 MW"
[[site.phase]]
name = "p"
system = "h100-sxm"
facility_power = "20 MW"
acceptance = {date = 2026-01-01}
[[delivery]]
system = "h100-sxm"
site = "s"
date = 2026-02-01
accelerators = 8192
[[job]]
name = "j"
model = "llama3.1-70b"
site = "s"
accelerators = SIZE
tokens = 2e12
sequence = 8192
global_batch = 1024
"""


class FullSite(Case):
    def ran(self, size, **options):
        return gigawatt("run", self.file("full.toml", FULL_SITE.replace("SIZE", size)), "--json", **options)

    def test_the_most_accelerators_leave_spares_for_repairs(self):
        run = json.loads(self.ran('"max"').stdout)
        job = run["jobs"][0]
        self.assertGreater(job["accelerators"], 0.95 * 8192)
        self.assertLess(job["accelerators"], 8192)
        self.assertGreater(job["goodput"], 0.9)

    def test_a_gang_of_the_whole_site_is_told_that_it_stands_still(self):
        run = json.loads(self.ran("8192").stdout)
        self.assertLess(run["jobs"][0]["goodput"], 0.5)
        self.assertIn("no spare node", " ".join(run["warnings"]))

    def test_no_more_than_is_delivered_is_ever_there(self):
        self.assert_fails(self.ran("10000"), 1, "site 's' never holds more than 8192")

    def test_power_comes_with_its_supply(self):
        run = json.loads(self.ran("1024").stdout)
        self.assertEqual(run["sites"][0]["first_power_date"], "2026-02-01")


class Logs(Case):
    def test_import_and_replay_agree_with_the_log(self):
        log = self.file("log.swf", HEADER + "".join(swf(i, i * 10, 100 + i % 50, 1 + i % 30) for i in range(500)))
        out = self.folder / "jobs.csv"
        quality = run_json("import", "swf", log, "--out", out)
        self.assertEqual((quality["lines"], quality["jobs"], quality["findings"]), (500, 500, []))
        direct = run_json("replay", log)
        again = run_json("replay", out, "--gpus", 64)
        for key in ("jobs", "wait_s", "bounded_slowdown", "utilization", "utilisation", "sizes"):
            self.assertEqual(direct[key], again[key], key)

    def test_easy_by_hand(self):
        # Four processors. 2 waits for 1 until 100; 3 and 5 end before that beside it; 4 would delay 2 and waits for
        # its end at 200.
        jobs = [(0, 100, 3), (10, 100, 4), (20, 50, 1), (30, 200, 1), (75, 20, 1)]
        log = self.file("hand.swf", "; MaxProcs: 4\n" + "".join(
            swf(i + 1, submit, run, size, run) for i, (submit, run, size) in enumerate(jobs)))
        result = run_json("replay", log, "--policy", "easy")
        self.assertEqual((result["wait_s"]["mean"], result["wait_s"]["max"], result["waited"]), (52, 170, 2))
        self.assertAlmostEqual(result["bounded_slowdown"]["mean"], (1 + 1.9 + 1 + 1.85 + 1) / 5, 12)
        self.assertEqual(result["makespan_s"], 400)
        self.assertAlmostEqual(result["utilization"], (300 + 400 + 50 + 200 + 20) / 1600, 12)

    # An independent implementation of EASY gave what is expected of this log (tests/data/README.md).
    NASA = ROOT / "tests/data/nasa-ipsc-1993-3.1-cln.swf.gz"

    def test_easy_on_the_nasa_log(self):
        log = self.file("nasa.swf", gzip.decompress(self.NASA.read_bytes()).decode())
        result = run_json("replay", log, "--policy", "easy")
        self.assertEqual(result["jobs"], 18_239)
        self.assertAlmostEqual(result["wait_s"]["mean"], 4.03, 2)
        self.assertAlmostEqual(result["bounded_slowdown"]["mean"], 1.012, 3)
        self.assertAlmostEqual(result["utilization"], 0.466, 3)

    def test_easy_on_the_nasa_log_at_twice_the_load(self):
        lines = gzip.decompress(self.NASA.read_bytes()).decode().splitlines()
        for i, line in enumerate(lines):
            if line and not line.startswith(";"):
                job, submit, *rest = line.split()
                lines[i] = " ".join([job, str(int(submit) // 2), *rest])
        result = run_json("replay", self.file("busy.swf", "\n".join(lines)), "--policy", "easy")
        self.assertAlmostEqual(result["wait_s"]["mean"], 75_422.5, 1)
        self.assertAlmostEqual(result["bounded_slowdown"]["mean"], 1_062.04, 2)

    def test_many_jobs_and_one_broken_line(self):
        draw = random.Random(1)
        lines = []
        submit = 0
        for i in range(100_000):
            submit += draw.randrange(130)
            lines.append(swf(i, submit, draw.randrange(1, 600), 1 << draw.randrange(6), 900))
        lines[77_777] = "77777 what is this\n"
        log = self.file("many.swf", HEADER + "".join(lines))
        result = run_json("replay", log, "--policy", "easy")
        self.assertEqual(result["jobs"], 99_999)
        (broken,) = [f for f in result["log"]["findings"] if f["kind"] == "broken"]
        self.assertEqual((broken["count"], broken["examples"][0]["line"]), (1, 77_779))

    def test_a_policy_that_starves_is_named(self):
        scenario = ROOT / "scenarios/research-cluster.toml"
        changes = ("--set", "operations.scheduler=shortest", "--set", "operations.wait_warning=6 h")
        result = run_json("run", scenario, *changes)
        (warning,) = result["warnings"]
        self.assertRegex(warning, r"policy 'shortest' starves jobs: job .* waited .*; \d+ jobs waited more than 6 hours")
        self.assertIn("warning: policy 'shortest'", gigawatt("run", scenario, *changes).stdout)

    def test_jobs_larger_than_the_cluster_are_named(self):
        log = self.file("log.swf", swf(1, 0, 10, 4) + swf(2, 1, 10, 99))
        result = run_json("replay", log, "--gpus", 8)
        self.assertEqual((result["jobs"], result["too_large"]), (1, 1))
        self.assertEqual(result["too_large_first"], [{"job": "2", "line": 2}])
        done = gigawatt("replay", log, "--gpus", 2)
        self.assertEqual(done.returncode, 3)

    def test_refusals(self):
        log = self.file("log.swf", swf(1, 0, 10, 4))
        self.assert_fails(gigawatt("replay", log), 1, "--gpus")
        self.assert_fails(gigawatt("replay", log, "--gpus", 8, "--policy", "esy"), 1, "easy")
        self.assert_fails(gigawatt("replay", log, "--gpus", 8, "--defer", "1 h"), 1, "signal")
        self.assert_fails(gigawatt("replay", log, "--gpus", 8, "--gpu-power", "3 h"), 1, "gpu_power")
        self.assert_fails(gigawatt("replay", log, "--gpus", 8, "--format", "slrum"), 1, "slrum", "slurm")
        self.assert_fails(gigawatt("replay", self.folder / "none"), 1, "none")
        self.assert_fails(gigawatt("import", "slurm", log, "--out", self.folder / "x"), 1, "sacct --parsable2")
        self.assert_fails(gigawatt("import", "pbs", log, "--out", self.folder / "x"), 2, "pbs")

    def test_schedule_and_timeline(self):
        log = self.file("log.swf", HEADER + swf(1, 0, 10, 64) + swf(2, 5, 10, 64))
        schedule, timeline = self.folder / "s.csv", self.folder / "t.json"
        self.assertEqual(gigawatt("replay", log, "--out", schedule, "--timeline", timeline).returncode, 0)
        rows = schedule.read_text(encoding="utf-8").splitlines()
        self.assertEqual(rows[1:], ["1,0.000000,10.000000,64,0.000000", "2,10.000000,20.000000,64,5.000000"])
        events = json.loads(timeline.read_text(encoding="utf-8"))["traceEvents"]
        self.assertEqual(len([e for e in events if e["ph"] == "X"]), 2)


class Fit(Case):
    def test_a_fit_is_a_profile(self):
        draw = random.Random(2)
        text = "node,start,end,cause\n"
        t = 0.0
        for _ in range(300):
            t += draw.expovariate(1 / 7200)
            text += f"n{draw.randrange(50)},{t:.1f},{t + draw.lognormvariate(9, 1):.1f},{draw.choice(['GPU', 'NIC'])}\n"
        log = self.file("faults.csv", text)
        merged = run_json("fit", "failures", log, "--nodes", 50)
        self.assertEqual(merged["faults"], 289)  # eleven came while their node was out of service already
        fit = run_json("fit", "failures", log, "--nodes", 50, "--count-all", "--out", self.folder / "mine.toml", "--name", "mine")
        self.assertEqual(fit["faults"], 300)
        self.assertGreater(fit["gaps"]["exponential"]["goodness"]["ks_p"], 0.01)
        self.assertAlmostEqual(fit["repair"]["log_sigma"], 1, delta=0.15)
        self.assertIn('name = "gpu"', (self.folder / "mine.toml").read_text(encoding="utf-8"))

    def test_refusals(self):
        self.assert_fails(gigawatt("fit", "failures", self.file("a.csv", "x,y\n1,2\n")), 1, "node")
        few = self.file("b.csv", "node,start\na,1\nb,2\n")
        self.assert_fails(gigawatt("fit", "failures", few), 1, "too few")
        self.assert_fails(gigawatt("fit", "wings", few), 2, "wings")


class Operate(Case):
    PLAN = ("operate", "--model", "llama3.1-8b", "--system", "h100-sxm", "--gpus", 1024, "--tokens", "1e12",
            "--plan", "TP2 DP512 MB1 ZeRO1 SP", "--futures", 20)

    def test_plan(self):
        plan = run_json(*self.PLAN)
        self.assertLessEqual(plan["days"]["p10"], plan["days"]["p90"])
        self.assertGreater(plan["days"]["p50"], plan["work_days"])
        self.assertAlmostEqual(plan["goodput"]["p50"], plan["ettr_closed_form"], delta=0.02)
        self.assertGreater(plan["checkpoint"]["best_s"], 0)
        names = [a["name"] for a in plan["alternatives"]]
        self.assertEqual(names, ["detection", "restart", "repair", "checkpoint", "interval", "hourly"])
        self.assertGreater(plan["alternatives"][1]["saved_days"], 0)

    def test_refusals(self):
        self.assert_fails(gigawatt(*self.PLAN[:2], "llama9", *self.PLAN[3:]), 1, "llama9")
        self.assert_fails(gigawatt(*self.PLAN, "--start", "soon"), 1, "soon")


class Compare(Case):
    def test_differences_first(self):
        a, b = self.folder / "a.db", self.folder / "b.db"
        until = ("--until", "2024-05-10")
        self.assertEqual(gigawatt("run", SMALL, *until, "--out", a).returncode, 0)
        self.assertEqual(gigawatt("run", SMALL, *until, "--out", b, "--set", "failures.rate_scale=2").returncode, 0)
        self.assertEqual(gigawatt("run", SMALL, *until, "--out", b).returncode, 0)
        same = run_json("compare", a, b)
        self.assertEqual((same["inputs"], same["metrics"], same["series"]), ([], [], []))
        self.assertGreater(same["equal_metrics"], 10)
        differs = run_json("compare", a, b, "--run-b", 1)
        self.assertEqual([d["path"] for d in differs["inputs"]], ["failures.rate_scale"])
        sizes = [abs(d["relative"]) for d in differs["metrics"]]
        self.assertEqual(sizes, sorted(sizes, reverse=True))
        self.assertIn("interruptions", [d["name"] for d in differs["metrics"]])
        inside = run_json("compare", b, b, "--run-a", 1)
        self.assertEqual(inside["inputs"][0]["a"], "2")
        self.assert_fails(gigawatt("compare", a, b, "--run-a", 9), 1, "no run 9")
        self.assert_fails(gigawatt("compare", a, self.folder / "c.db"), 1, "c.db")
        self.assert_fails(gigawatt("compare", a, self.file("d.db", "no database")), 1, "d.db")

    def test_parquet_and_timeline(self):
        tables, timeline = self.folder / "tables", self.folder / "t.json"
        done = gigawatt("run", SMALL, "--until", "2024-05-10", "--parquet", tables, "--timeline", timeline)
        self.assertEqual(done.returncode, 0, done.stderr)
        names = sorted(p.name for p in tables.iterdir())
        self.assertIn("metric.parquet", names)
        self.assertTrue(all(name.endswith(".parquet") for name in names), names)
        self.assertEqual((tables / "metric.parquet").read_bytes()[:4], b"PAR1")
        names = [e.get("name") for e in json.loads(timeline.read_text(encoding="utf-8"))["traceEvents"]]
        self.assertTrue(any("llama3.1-405b" in str(name) for name in names))


if __name__ == "__main__":
    unittest.main()
