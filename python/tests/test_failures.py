"""Failure models in Python: the same seed is the same run, and what they raise comes out."""

import math
import threading
import time
import unittest

import gigawatt as gw
from support import ROOT
from test_runs import without_time

LLAMA = ROOT / "scenarios" / "llama3-405b.toml"
RACK = ROOT / "scenarios" / "single-rack.toml"


def by_the_profile(view):
    """What the simulator does by itself where nothing ages: the first of all kinds."""
    kinds = [(kind, scope, rate) for kind, scope, rate in view.kinds() if rate > 0]
    total = sum(rate for _, _, rate in kinds)
    if total <= 0:
        return None
    after, mark = view.exponential(1 / total), view.uniform() * total
    for kind, scope, rate in kinds:
        mark -= rate
        if mark < 0:
            break
    return after, kind, scope


class Models(unittest.TestCase):
    def test_a_law_like_the_profiles_gives_as_many_failures(self):
        plain = [gw.run(LLAMA, seed=s).jobs[0]["interruptions"] for s in range(1, 5)]
        mine = [gw.run(LLAMA, seed=s, failure_model=by_the_profile).jobs[0]["interruptions"] for s in range(1, 5)]
        mean = sum(plain) / 4
        self.assertAlmostEqual(sum(mine) / 4, mean, delta=4 * math.sqrt(mean / 4))

    def test_a_fixed_clock(self):
        """One failure every four hours of work: counted by hand, with the classes' own detection and restart."""
        seen = []

        def clock(view):
            seen.append((view.scope, view.system, view.nodes, view.accelerators))
            return (4 * 3600, "faulty-gpu") if view.scope == "job" else None

        job = gw.run(LLAMA, failure_model=clock, until="2024-05-20").jobs[0]
        starts = [x for x in seen if x[0] == "job"]
        # Asked when the job restarts and when it goes on with its work.
        self.assertLessEqual(abs(len(starts) - 2 * (job["interruptions"] + 1)), 1)
        self.assertEqual(starts[0][1:], ("h100-sxm", 2048.0, 16384.0))
        days = 30 * 24 / (4 + 0.2)  # each is noticed and restarted within half an hour
        self.assertTrue(0.85 * days < job["interruptions"] < 30 * 6 + 1, job["interruptions"])

    def test_a_seed_is_a_run_on_any_number_of_threads(self):
        one = without_time(gw.run(LLAMA, runs=6, threads=1, failure_model=by_the_profile))
        self.assertEqual(one, without_time(gw.run(LLAMA, runs=6, threads=3, failure_model=by_the_profile)))
        self.assertNotEqual(one, without_time(gw.run(LLAMA, runs=6, seed=9, failure_model=by_the_profile)))

    def test_none_is_never(self):
        self.assertEqual(gw.run(LLAMA, failure_model=lambda view: None).jobs[0]["interruptions"], 0)
        self.assertEqual(gw.run(LLAMA, failure_model=lambda view: (math.inf, view.kinds()[0][0]) if view.kinds() else None)
                         .jobs[0]["interruptions"], 0)

    def test_laws_for_each_kind(self):
        half = gw.FailureLaws({"faulty-gpu": 2e8}, others=False)  # 16,384 GPUs, one failure in 2e8 s each: 382 in 54 days of work
        count = gw.run(LLAMA, failure_model=half).jobs[0]["interruptions"]
        self.assertTrue(270 < count < 400, count)
        young = gw.run(LLAMA, failure_model=gw.FailureLaws({"faulty-gpu": (2e8, 0.5)}, others=False), seed=4).jobs[0]["interruptions"]
        self.assertGreater(young, 2 * count)  # young nodes: far below the scale
        self.assertEqual(gw.run(LLAMA, failure_model=gw.FailureLaws({}, others=False)).jobs[0]["interruptions"], 0)
        for wrong in ({"faulty-gpu": 0}, {"faulty-gpu": -1.0}, {"faulty-gpu": (1e9, 0)}, {"faulty-gpu": math.nan}, {"faulty-gpu": math.inf}):
            with self.assertRaises(ValueError):
                gw.FailureLaws(wrong)
        with self.assertRaisesRegex(ValueError, "no kind 'gppu'; known are faulty-gpu"):
            gw.run(LLAMA, failure_model=gw.FailureLaws({"gppu": 1e9}))

    def test_kinds_of_ones_own(self):
        gw.define("failures", {"name": "one-kind", "title": "One kind", "cause": [
            {"name": "cosmic-ray", "component": "gpu", "rate": {"value": "1e-9 1/h"}}]})
        run = gw.run(LLAMA, set={"failures.profile": "one-kind"}, failure_model=lambda v: (v.exponential(86400), "cosmic-ray")
                     if v.scope == "job" else None)
        self.assertTrue(20 < run.jobs[0]["interruptions"] < 100, run.jobs[0]["interruptions"])


class Mistakes(unittest.TestCase):
    def raised(self, kind, model, **options):
        with self.assertRaises(kind) as caught:
            gw.run(LLAMA, failure_model=model, **options)
        return caught.exception

    def test_what_a_model_raises_ends_the_run(self):
        calls = []

        def broken(view):
            calls.append(1)
            raise ZeroDivisionError("mine")

        error = self.raised(ZeroDivisionError, broken)
        self.assertEqual((error.args, len(calls)), (("mine",), 1))
        self.assertRegex(error.__notes__[0], r"days into the run for .* nodes of h100-sxm at genai-cluster")
        self.raised(ZeroDivisionError, broken, runs=8)

    def test_what_is_no_answer(self):
        self.assertRegex(str(self.raised(ValueError, lambda v: (1.0, "gpuu"))), "no kind 'gpuu'; known are faulty-gpu")
        self.assertRegex(str(self.raised(ValueError, lambda v: (1.0, "faulty-gpu", "galaxy"))), "scope 'galaxy'")
        self.raised(ValueError, lambda v: (-1.0, "faulty-gpu"))
        self.raised(ValueError, lambda v: (math.nan, "faulty-gpu"))
        self.raised(TypeError, lambda v: 3.0)
        self.raised(TypeError, lambda v: ("soon", "faulty-gpu"))
        self.raised(TypeError, lambda v: (1.0, 7))
        self.raised(TypeError, lambda: None)
        self.raised(TypeError, 3)
        self.raised(ValueError, lambda v: (v.exponential(-1), "faulty-gpu"))

    def test_a_view_is_of_a_call(self):
        kept = []
        gw.run(RACK, failure_model=lambda v: kept.append(v))
        with self.assertRaises(RuntimeError):
            kept[0].nodes

    def test_others_go_on_meanwhile(self):
        ticks, over = [], threading.Event()

        def tick():
            while not over.is_set():
                ticks.append(1)
                time.sleep(0.001)

        thread = threading.Thread(target=tick)
        thread.start()
        try:
            gw.run(LLAMA, runs=20, failure_model=by_the_profile)
        finally:  # a thread that ticks on would keep the interpreter from ending
            over.set()
            thread.join()
        self.assertGreater(len(ticks), 5)


class Cost(unittest.TestCase):
    def test_a_call(self):
        calls = 0

        def counted(view):
            nonlocal calls
            calls += 1
            return by_the_profile(view)

        def spent(**options):
            begin = time.process_time()
            gw.run(LLAMA, runs=30, threads=1, **options)
            return time.process_time() - begin

        spent()
        plain = spent()
        more = spent(failure_model=counted) - plain
        self.assertGreater(calls, 5_000)
        self.assertLess(more / calls, 10e-6)  # 2.5 us, most of it the Python above


if __name__ == "__main__":
    unittest.main()
