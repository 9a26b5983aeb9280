"""Scenarios: built, changed, written, run; interrupted, in threads, after a fork."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import unittest

import gigawatt as gw
from support import ROOT, STEP, answer_of_program, python

RACK = ROOT / "scenarios" / "single-rack.toml"


def without_time(run):
    return {k: v for k, v in (run if isinstance(run, dict) else run.to_dict()).items() if k != "wall_s"}


class Runs(unittest.TestCase):
    def test_a_run_is_that_of_the_program(self):
        self.assertEqual(without_time(gw.run(RACK, seed=3)), without_time(answer_of_program("run", RACK, "--seed", 3)))

    def test_hours_of_a_site_are_those_of_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "hours.toml"
            text = RACK.read_text().replace("[[site]]\n", '[[site]]\nweather = {}\nweather_station = "USA_VA_Leesburg.Exec"\n', 1)
            path.write_text(text)
            run = without_time(gw.run(path, runs=3))
            self.assertEqual(run, without_time(answer_of_program("run", path, "--runs", 3)))
            self.assertIn("hourly_it_mwh", run["sites"][0])

    def test_what_is_read_is_not_overwritten(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.toml"
            path.write_text(RACK.read_text())
            for key in ("report", "out"):
                with self.assertRaisesRegex(gw.InputError, "is read"):
                    gw.run(path, **{key: path})
            with self.assertRaisesRegex(gw.InputError, "is read"):
                gw.plan(path, out=path)
            self.assertEqual(path.read_text(), RACK.read_text())

    def test_overrides_and_options(self):
        expected = without_time(answer_of_program("run", RACK, "--set", "site.lab.pue=1.2", "--until", "2025-06", "--runs", 4))
        self.assertEqual(without_time(gw.run(RACK, until="2025-06", runs=4, site__lab__pue=1.2)), expected)
        self.assertEqual(without_time(gw.run(str(RACK), until="2025-06", runs=4, set={"site.lab.pue": 1.2})), expected)
        self.assertEqual(without_time(gw.run(gw.Scenario(RACK).set("site.lab.pue", 1.2), until="2025-06", runs=4)), expected)
        with self.assertRaisesRegex(gw.InputError, "pueee"):
            gw.run(RACK, site__lab__pueee=1)
        with self.assertRaisesRegex(gw.InputError, "until"):
            gw.run(RACK, until="1999")

    def test_a_snapshot_goes_on(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "x.json"
            gw.run(RACK, snapshot="2025-03-01", snapshot_out=file)
            self.assertEqual(gw.run(from_=file).to_dict()["sites"], gw.run(RACK).to_dict()["sites"])
            self.assertEqual(gw.claims(RACK).to_dict()["claims"], gw.run(RACK).to_dict()["claims"])

    def test_stores_and_reports(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            gw.run(RACK, out=folder / "x.db", report=folder / "x.html")
            self.assertGreater((folder / "x.db").stat().st_size, 10_000)
            self.assertIn("</html>", (folder / "x.html").read_text())
            with self.assertRaises((gw.InputError, OSError)):
                gw.run(RACK, out=folder / "none" / "x.db")


    def test_two_threads_and_one_store(self):
        with tempfile.TemporaryDirectory() as folder:
            store, failures = pathlib.Path(folder) / "x.db", []

            def run(seed):
                try:
                    gw.run(RACK, out=store, seed=seed)
                except OSError as failure:  # whoever comes second may be told that the file is in use
                    failures.append(str(failure))

            threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertLess(len(failures), 2, failures)
            gw.run(RACK, out=store, seed=3)  # the store is whole
            self.assertTrue(all("x.db" in failure for failure in failures), failures)


class Scenarios(unittest.TestCase):
    def test_read_and_written_unchanged(self):
        for file in sorted((ROOT / "scenarios").glob("*.toml")):
            scenario = gw.Scenario(file)
            self.assertEqual(scenario.to_toml(), file.read_text())
            written = gw._text.toml(scenario.to_dict())
            self.assertEqual(tomllib.loads(written), scenario.to_dict(), file)
            scenario.check()
            gw.Scenario(written).check()

    def test_a_dict_runs_as_its_file(self):
        table = tomllib.loads(RACK.read_text())
        self.assertEqual(without_time(gw.run(table)), without_time(gw.run(RACK)))
        self.assertEqual(without_time(gw.run(RACK.read_text())), without_time(gw.run(RACK)))
        self.assertEqual(without_time(gw.Scenario(**table).run()), without_time(gw.run(RACK)))

    def test_changed_and_written(self):
        scenario = gw.Scenario(RACK)
        copy = gw.Scenario(scenario)
        scenario["name"] = 'a "name", ü'
        self.assertNotEqual(scenario, copy)
        with tempfile.TemporaryDirectory() as folder:
            file = scenario.write(pathlib.Path(folder) / "own.toml")
            self.assertEqual(gw.Scenario(file), scenario)
        with self.assertRaises(gw.InputError):
            scenario.set("job.nobody.model", "x")
        with self.assertRaises(ValueError):
            scenario.set("a..b", 1)

    def test_what_is_no_scenario(self):
        with self.assertRaises(TypeError):
            gw.Scenario(3)
        with self.assertRaises(gw.InputError):
            gw.Scenario("no-such-file.toml")
        with self.assertRaises(gw.InputError) as caught:
            gw.Scenario("version = 1\nname = \n")
        self.assertEqual(caught.exception.diagnostics[0].line, 2)
        with self.assertRaises(TypeError):
            gw.Scenario({"x": object()}).to_toml()
        with self.assertRaises(gw.InputError):
            gw.run({})


class Validation(unittest.TestCase):
    def test_rows_as_a_table(self):
        import csv
        file = ROOT / "data" / "validation" / "runs.csv"
        if not file.exists():
            file = sorted((ROOT / "data" / "validation").glob("runs*.csv"))[0]
        with open(file, newline="", encoding="utf-8") as opened:
            rows = [{k: v or None for k, v in row.items()} for row in csv.DictReader(opened)]
        by_file, by_table = gw.validate(file), gw.validate(rows)
        self.assertGreater(by_file.rows, 100)
        self.assertEqual(by_table.overall, by_file.overall)
        self.assertEqual(len(by_table.table("rows_out")), len(by_file.rows_out))
        with self.assertRaises(gw.InputError):
            gw.validate([{"gpus": 8}])


class Processes(unittest.TestCase):
    def test_ctrl_c_ends_a_long_question(self):
        code = ("import gigawatt as gw, sys\nprint('ready', flush=True)\n"
                f"try:\n    gw.run({str(ROOT / 'scenarios/meta-superclusters.toml')!r}, runs=100000)\n"
                "except KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
                "print(gw.step(model='llama3.1-8b', system='h100-sxm', gpus=8, seq=8192, global_batch=8, tp=2).fits if False else 'alive')\n")
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}) as child:
            self.assertEqual(child.stdout.readline(), "ready\n")
            time.sleep(2)
            child.send_signal(signal.SIGINT)
            said, _ = child.communicate(timeout=60)
            self.assertEqual(said, "interrupted\nalive\n")

    def test_threads_share_the_catalogue_and_the_lock_is_free(self):
        expected = gw.step(**STEP).to_dict()
        answers, ticks = [], 0
        threads = [threading.Thread(target=lambda: answers.extend(gw.step(**STEP).to_dict() for _ in range(50))) for _ in range(4)]
        threads.append(threading.Thread(target=lambda: answers.append(gw.run(RACK, runs=200) and expected)))
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            ticks += 1
            time.sleep(0.001)
        self.assertEqual(len(answers), 201)
        self.assertTrue(all(a == expected for a in answers))
        self.assertGreater(ticks, 5)

    def test_a_forked_child_answers(self):
        code = f"""
import multiprocessing, os, gigawatt as gw
step = {STEP!r}
expected = gw.step(**step).to_dict()
search = dict(model="llama3.1-8b", system="h100-sxm", gpus=64, seq=8192, global_batch=256, top=1)
best = gw.search(**search).best
def child(queue):
    queue.put((gw.step(**step).to_dict() == expected, gw.search(**search).best == best))
context = multiprocessing.get_context("fork")
queue = context.Queue()
children = [context.Process(target=child, args=(queue,)) for _ in range(3)]
for c in children: c.start()
assert [queue.get(timeout=60) for _ in children] == [(True, True)] * 3
for c in children: c.join(60)
assert [c.exitcode for c in children] == [0] * 3
"""
        done = python(code)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_pool_of_processes_passes_answers_around(self):
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            answers = list(pool.map(gw._commands.answer, ["step"] * 2, [STEP] * 2))
            self.assertEqual(answers[0], gw.step(**STEP))
            failed = pool.submit(gw._commands.answer, "step", {**STEP, "tp": 0})
            self.assertIsInstance(failed.exception(), gw.InputError)

    def test_the_data_folder(self):
        done = python("import gigawatt as gw; gw.catalog()", GIGAWATT_DATA="/nowhere")
        self.assertIn("/nowhere", done.stderr)


class Speed(unittest.TestCase):
    def test_import_and_a_step(self):
        code = ("import time; a = time.process_time(); import gigawatt as gw; b = time.process_time()\n"
                f"step = {STEP!r}\ngw.step(**step)\n"
                "n = 500; c = time.process_time()\nfor _ in range(n): gw.step(**step)\n"
                "d = time.process_time(); print(b - a, (d - c) / n)")
        done = python(code)
        self.assertEqual(done.returncode, 0, done.stderr)
        started, step = map(float, done.stdout.split())
        # 150 ms and 100 us are asked for; a busy machine gets twice that.
        self.assertLess(started, 0.3)
        self.assertLess(step, 200e-6)


if __name__ == "__main__":
    unittest.main()
