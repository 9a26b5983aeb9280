"""Wrong scenarios, broken files, full disks, signals: one clear error or a clean stop, and nothing stored is lost."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

from gigawatt import BINARY, Case, PATIENCE, ROOT, gigawatt, run_json

TINY = ROOT / "scenarios/single-rack.toml"
LARGE = ROOT / "scenarios/meta-superclusters.toml"
ENVIRONMENT = {**os.environ, "GIGAWATT_DATA": str(ROOT / "data")}


class BadScenario(Case):
    def broken(self, old, new):
        text = TINY.read_text()
        self.assertIn(old, text)
        return gigawatt("run", self.file("bad.toml", text.replace(old, new, 1)))

    def assert_points(self, done, *fragments):
        """Exit 1, the place in the file, the words, and nothing on standard output."""
        self.assert_fails(done, 1, *fragments)
        self.assertRegex(done.stderr, r"bad\.toml:\d+:\d+: error: ")
        self.assertEqual(done.stdout, "")

    def test_unknown_key(self):
        self.assert_points(self.broken("facility_power", "facility_pwer"), "facility_pwer", "facility_power")

    def test_wrong_unit(self):
        self.assert_points(self.broken('"180 kW"        #', '"180 kg"        #'), "facility_power", "180 kg")

    def test_negative(self):
        self.assert_points(self.broken("tokens = 1.5e12", "tokens = -1.5e12"), "tokens")

    def test_infinite(self):
        self.assert_points(self.broken("tokens = 1.5e12", "tokens = inf"), "tokens")
        self.assert_points(self.broken("pue = 1.15", "pue = nan"), "pue")

    def test_dates_out_of_order(self):
        self.assert_points(self.broken("end = 2026-01-01", "end = 2024-01-01"), "end")

    def test_unknown_names(self):
        self.assert_points(self.broken('model = "llama3.1-8b"', 'model = "llama3.1-9b"'), "llama3.1-9b", "llama3.1-8b")

    def test_unknown_software(self):
        for name, near in (("megatron-core-2042", "megatron-core-2024"), ("torch-titan", "torchtitan")):
            self.assert_points(self.broken('model = "llama3.1-8b"', f'software = "{name}"\nmodel = "llama3.1-8b"'),
                               name, near)
        # A framework stands for its newest profile, in any case.
        done = self.broken('model = "llama3.1-8b"', 'software = "TorchTitan"\nmodel = "llama3.1-8b"')
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_weather_file_that_nothing_reads(self):
        self.assert_points(self.broken("pue = 1.15", 'weather = "/etc/passwd"\npue = 1.15'), "weather", "[site.weather]")

    def test_a_relative_value(self):
        self.assert_points(self.broken('lead = "6 weeks"', 'lead = "+6 months"'), "+6 months", '"6 months"')

    def test_control_characters_in_names(self):
        self.assert_points(self.broken('title = "', r'title = "a\u0000'), "title", "0x00")

    def test_a_hundred_thousand_mistakes_cost_as_much_as_reading(self):
        keys = "".join(f"k{i} = 1\n" for i in range(100_000))
        begin = time.monotonic()
        done = gigawatt("run", self.file("bad.toml", keys + TINY.read_text()))
        self.assertLess(time.monotonic() - begin, 20 * PATIENCE)
        self.assert_points(done, "k99", "and 99,900 more unknown keys")
        self.assertLess(len(done.stderr), 100_000)

    def test_names_given_twice_and_names_of_nothing_cost_as_much_as_reading(self):
        """Each of 20,000 sites was once compared with each before it, and each pair was a mistake of its own: 4 GB."""
        for text, said in (("[[site]]\nname = \"a\"\n" * 20_000, "two sites are named 'a'"),
                           ("".join(f'[[site]]\nname = "s{i}"\n[[fleet]]\nsystem = "h100-sxm"\naccelerators = 8\nsite = "t{i}"\n'
                                    "date = 2025-01-01\n" for i in range(10_000)), "unknown site 't0'")):
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            done = gigawatt("run", self.file("bad.toml", TINY.read_text() + text))
            self.assert_points(done, said)
            self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, 20 * PATIENCE)
            self.assertLess(len(done.stderr), 200_000)

    def test_more_jobs_than_memory_holds(self):
        batch = '[[job]]\nname = "b{}"\nkind = "batch"\nsite = "lab"\ncount = {}\nsizes = [1]\nduration_median = "0.1 h"\n'
        done = gigawatt("run", self.file("bad.toml", TINY.read_text() + batch.format(0, 10_000_000)))
        self.assert_fails(done, 1, "batch 'b0'", "2 GB that a run may take")
        many = "".join(batch.format(i, 10_000_000) for i in range(101))
        self.assert_points(gigawatt("run", self.file("bad.toml", TINY.read_text() + many)), "1010000000 jobs", "at most 1000000000")

    def test_a_site_without_power(self):
        done = self.broken('facility_power = "180 kW"', '# facility_power = "180 kW"')
        self.assert_points(done, "power")

    def test_cyclic_teacher(self):
        text = TINY.read_text().replace('kind = "training"', 'kind = "distillation"\nteacher = "small-model"', 1)
        self.assert_points(gigawatt("run", self.file("bad.toml", text)), "small-model")

    def test_all_mistakes_at_once(self):
        text = TINY.read_text().replace("pue = 1.15", "puee = 1.15").replace("tokens = 1.5e12", "tokens = -1")
        self.assert_points(gigawatt("run", self.file("bad.toml", text)), "puee", "tokens")

    def test_a_plan_that_does_not_divide(self):
        text = TINY.read_text().replace('plan = "best"', 'plan = "TP3 PP1 DP16 MB1"', 1)
        done = gigawatt("run", self.file("bad.toml", text))
        self.assertNotIn("internal error", done.stderr)
        if done.returncode == 0:  # the job does not run, and the table says why
            self.assertIn("TP3", done.stdout)
            self.assertIn("waiting", done.stdout)
        else:
            self.assertEqual(done.returncode, 1)
            self.assertIn("TP3", done.stderr)

    def test_unreadable_and_half_written_files(self):
        self.assert_fails(gigawatt("run", self.folder / "absent.toml"), 1, "absent.toml")
        self.assert_fails(gigawatt("run", self.folder), 1, str(self.folder))
        self.assert_fails(gigawatt("run", self.file("half.toml", TINY.read_text()[:1200] + '\nname = "x')), 1, "half.toml:")
        (self.folder / "bytes.toml").write_bytes(b"\xff\xfe\x00\x01")
        self.assert_fails(gigawatt("run", self.folder / "bytes.toml"), 1, "bytes.toml")
        self.assert_fails(gigawatt("run", self.file("empty.toml", "")), 1, "empty.toml")

    def test_overrides_are_checked_like_the_file(self):
        self.assert_fails(gigawatt("run", TINY, "--set", "site.lab.pue=-1"), 1, "pue")
        self.assertEqual(gigawatt("run", TINY, "--set", "site.lab.pue=1.2").returncode, 0)


class Zero(Case):
    """A zero that somebody writes is a zero, not an absent value."""

    def test_a_price_of_nothing(self):
        def capex(price):
            run = run_json("run", TINY, "--set", f"prices.accelerator.gb200-nvl72={price} USD")
            return sum(month["capex_usd"] for month in run["fleet"])

        at = {price: capex(price) for price in (0, 1, 1000)}
        self.assertAlmostEqual(at[1] - at[0], 72, places=3)
        self.assertAlmostEqual(at[1000] - at[0], 72_000, places=3)

    def test_a_pool_that_computes_never(self):
        def energy(utilization):
            run = run_json("run", TINY, "--set", f"job.chat.utilization={utilization}%")
            return sum(month["load_it_mw"] for month in run["fleet"])

        self.assertLess(energy(0), energy(1))
        self.assertLess(energy(1), energy(60))
        self.assertAlmostEqual(energy(1) - energy(0), (energy(2) - energy(0)) / 2, places=5)

    def test_electricity_for_nothing(self):
        costs = [run_json("site", "stargate-abilene", "--it-mw", 100, "--price", price)["cost_usd"] for price in (0, 1)]
        self.assertEqual(costs[0], 0)
        self.assertGreater(costs[1], 0)


class Stores(Case):
    def test_runs_are_appended(self):
        store = self.folder / "runs.db"
        self.assertIn("run 1 ", gigawatt("run", TINY, "--out", store).stderr)
        self.assertIn("run 2 ", gigawatt("run", TINY, "--out", store).stderr)

    def test_places_that_cannot_be_written_are_refused_before_simulating(self):
        for option in ("--out", "--report"):
            done = gigawatt("run", TINY, option, self.folder / "no" / "such" / "x")
            self.assert_fails(done, 1, "no/such/x")
            self.assertEqual(done.stdout, "")
        self.assert_fails(gigawatt("run", TINY, "--out", self.folder), 1, str(self.folder))

    def test_other_files_are_left_alone(self):
        notes = self.file("notes.txt", "mine" * 2000)
        self.assert_fails(gigawatt("run", TINY, "--out", notes), 1, "notes.txt")
        self.assertEqual(notes.read_text(), "mine" * 2000)

    def test_inputs_are_left_alone(self):
        scenario = self.file("mine.toml", TINY.read_text())
        link = self.folder / "link.toml"
        link.symlink_to(scenario)
        hard = self.folder / "hard.toml"
        hard.hardlink_to(scenario)
        for option in ("--out", "--report", "--timeline", "--parquet"):
            for target in (scenario, link, hard):
                self.assert_fails(gigawatt("run", scenario, option, target), 1, option, "what is read")
        weather = self.file("mine.epw", "not read")
        asks = self.file("hours.toml", TINY.read_text().replace("[[site.phase]]", '[site.weather]\nfile = "mine.epw"\n'
                                                                                 "[[site.phase]]", 1))
        self.assert_fails(gigawatt("run", asks, "--report", weather), 1, "mine.epw", "what is read")
        constants = self.file("own.toml", (ROOT / "data/calibration/host.toml").read_text(encoding="utf-8"))
        for command in (("run", scenario, "--report"), ("plan", ROOT / "scenarios/nuclear-or-gas.toml", "--out")):
            self.assert_fails(gigawatt(*command, constants, "--calibration", constants), 1, "own.toml", "what is read")
        self.assertIn('name = "host"', constants.read_text(encoding="utf-8"))
        self.assert_fails(gigawatt("run", scenario, "--report", ROOT / "data/cost.toml"), 1, "data folder")
        store = self.folder / "runs.db"
        self.assertEqual(gigawatt("run", scenario, "--out", store).returncode, 0)
        before = store.read_bytes()
        self.assert_fails(gigawatt("run", scenario, "--timeline", store), 1, "store of runs")
        both = self.folder / "both"
        self.assert_fails(gigawatt("run", scenario, "--timeline", both, "--report", both), 1, "the same file")
        self.assertEqual((scenario.read_text(), store.read_bytes()), (TINY.read_text(), before))

    def test_a_full_device_for_the_report(self):
        self.assert_fails(gigawatt("run", TINY, "--report", "/dev/full"), 1, "/dev/full", "No space left")

    def test_a_full_disk_is_an_error_and_earlier_runs_stay(self):
        store = self.folder / "runs.db"
        self.assertEqual(gigawatt("run", TINY, "--out", store).returncode, 0)
        size = store.stat().st_size

        def limit():  # a file that cannot grow stands for a disk that is full
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        done = gigawatt("run", LARGE, "--out", store, "--until", "2025-06", preexec_fn=limit)
        self.assert_fails(done, 1, "runs.db")
        again = gigawatt("run", TINY, "--out", store)
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_report_holds_the_run(self):
        page = self.folder / "run.html"
        self.assertEqual(gigawatt("run", TINY, "--report", page).returncode, 0)
        text = page.read_text(encoding="utf-8")
        self.assertNotIn("__GIGAWATT_RUN__", text)
        self.assertIn('"version":1', text)
        self.assertEqual(list(self.folder.iterdir()), [page])


class Signals(Case):
    def start(self, *arguments):
        return subprocess.Popen([BINARY, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=ENVIRONMENT)

    def wait_for(self, path):
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.3)

    def test_ctrl_c_stops_cleanly_and_keeps_what_was_done(self):
        store = self.folder / "runs.db"
        process = self.start("run", LARGE, "--runs", 100000, "--json", "--out", store)
        self.wait_for(store)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60 * PATIENCE)
        self.assertEqual(process.returncode, 130, err)
        self.assertTrue(json.loads(out)["interrupted"])
        self.assertIn("interrupted", err)
        self.assertIn("run 2 ", gigawatt("run", TINY, "--out", store).stderr)

    def test_a_killed_run_leaves_a_store_that_opens(self):
        store = self.folder / "runs.db"
        process = self.start("run", LARGE, "--runs", 100000, "--out", store)
        self.wait_for(store)
        process.kill()
        process.communicate()
        done = gigawatt("run", TINY, "--out", store)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_two_writers_are_told_apart(self):
        store = self.folder / "runs.db"
        process = self.start("run", LARGE, "--runs", 100000, "--out", store)
        self.wait_for(store)
        self.assert_fails(gigawatt("run", TINY, "--out", store), 1, "runs.db")
        process.kill()
        process.communicate()


if __name__ == "__main__":
    unittest.main()
