"""Scheduling policies in Python decide as those in C++ do, and cost little more."""

import random
import time
import unittest

import gigawatt as gw


def job_table(count, seed=5, gpus=64):
    draw = random.Random(seed)
    now, rows = 0.0, []
    for i in range(count):
        now += draw.expovariate(1 / 60)
        run = draw.choice([60, 600, 3600]) * draw.uniform(0.5, 1)
        rows.append({"id": f"j{i}", "submit_s": round(now, 3), "run_s": round(run, 3), "estimate_s": round(run * draw.uniform(1, 3), 3),
                     "units": draw.choice([1, 1, 2, 8, 8, 16, gpus]), "priority": draw.choice([0, 0, 1])})
    return rows


def fifo(view):
    position = view.next()
    while position is not None and view.start(position):
        position = view.next(position)


def shortest(view):
    line, position = [], view.next()
    while position is not None:
        line.append((view.estimate_s(position), position))
        position = view.next(position)
    for _, position in sorted(line):
        if not view.start(position):
            break


def easy(view):
    """Lifka's EASY backfill, in the words of its paper."""
    position = view.next()
    while position is not None and view.start(position):
        position = view.next(position)
    if position is None:
        return
    need = view.units(position)
    shadow = view.free_at_s(need)
    while (position := view.next_fitting(position, view.free)) is not None:
        if view.now_s + view.estimate_s(position) <= shadow:
            view.start(position)


class Policies(unittest.TestCase):
    def test_the_same_schedule_as_in_cpp(self):
        jobs = job_table(1500)
        for own, name in ((fifo, "fifo"), (shortest, "shortest")):
            mine, theirs = gw.replay(jobs, gpus=64, policy=own), gw.replay(jobs, gpus=64, policy=name)
            self.assertEqual(mine.schedule, theirs.schedule, name)
            self.assertEqual({k: v for k, v in mine.items() if k not in ("policy", "notes")},
                             {k: v for k, v in theirs.items() if k not in ("policy", "notes")})
            self.assertEqual(mine.policy, own.__name__)

    def test_backfill_helps(self):
        jobs = job_table(1500)
        mean = {str(p): gw.replay(jobs, gpus=64, policy=p).wait_s.mean for p in ("fifo", "easy", easy)}
        plain, theirs, mine = mean.values()
        self.assertLess(mine, plain)
        self.assertLess(abs(mine - theirs) / theirs, 0.25)  # without the second rule of EASY

    def test_what_a_view_shows(self):
        seen = []

        class Looking:
            def __call__(self, view):
                seen.append((view.now_s, view.free, view.total, view.waiting, view.running, view.units(view.next()),
                             view.estimate_s(view.next()), view.waited_s(view.next()), view.priority(view.next())))
                view.start(view.next())

        jobs = [{"id": "a", "submit_s": 10, "run_s": 100, "units": 6}, {"id": "b", "submit_s": 20, "run_s": 50, "units": 6}]
        answer = gw.replay(jobs, gpus=8, policy=Looking())
        self.assertEqual(seen, [(10, 8, 8, 1, 0, 6, 100, 0, 0), (20, 2, 8, 1, 1, 6, 50, 0, 0), (110, 8, 8, 1, 0, 6, 50, 90, 0)])
        self.assertEqual(answer.schedule["start_s"], [10, 110])
        self.assertEqual(answer.schedule["job"], ["a", "b"])

    def test_waking(self):
        def lazy(view):
            if view.waited_s(view.next()) >= 30:
                view.start(view.next())
            else:
                view.wake(view.now_s + 30 - view.waited_s(view.next()))

        answer = gw.replay([{"submit_s": 5, "run_s": 1, "units": 1}], gpus=1, policy=lazy)
        self.assertEqual(answer.schedule["start_s"], [35])


class Mistakes(unittest.TestCase):
    JOBS = [{"submit_s": 0, "run_s": 1, "units": 1}, {"submit_s": 0, "run_s": 1, "units": 1}]

    def raised(self, kind, policy, jobs=None):
        with self.assertRaises(kind) as caught:
            gw.replay(jobs or self.JOBS, gpus=1, policy=policy)
        return caught.exception

    def test_what_a_policy_raises_ends_the_replay(self):
        calls = []

        def broken(view):
            calls.append(1)
            raise ZeroDivisionError("mine")

        self.assertEqual(self.raised(ZeroDivisionError, broken).args, ("mine",))
        self.assertEqual(len(calls), 1)

    def test_what_it_may_not_do(self):
        self.raised(IndexError, lambda view: view.start(7))
        self.raised(IndexError, lambda view: view.units(-5))
        self.raised(IndexError, lambda view: (view.start(view.next()), view.start(view.next())))
        self.raised(IndexError, lambda view: view.wake(view.now_s - 1))
        self.raised(TypeError, lambda view: view.start("first"))
        self.raised(TypeError, lambda: None)
        self.raised(TypeError, 3)
        self.raised(gw.InputError, "esay")
        self.raised(gw.InputError, "fifo", [{"submit_s": 0, "run_s": "long", "units": 1}])
        kept = []
        gw.replay(self.JOBS, gpus=1, policy=lambda view: (kept.append(view), fifo(view)))
        with self.assertRaises(RuntimeError):
            kept[0].free

    def test_a_policy_that_starts_nobody(self):
        answer = gw.replay(self.JOBS, gpus=1, policy=lambda view: None)
        self.assertEqual(answer.never_started, 2)


class Speed(unittest.TestCase):
    def test_a_decision(self):
        jobs = job_table(20_000, seed=9, gpus=64)
        calls = 0

        def counted(view):
            nonlocal calls
            calls += 1
            fifo(view)

        gw.replay(jobs[:100], gpus=256, policy=counted)
        calls = 0

        def spent(policy):
            begin = time.process_time()
            gw.replay(jobs, gpus=256, policy=policy)
            return time.process_time() - begin

        more = (spent(fifo) - spent("fifo"))
        gw.replay(jobs, gpus=256, policy=counted)
        self.assertGreater(calls, 10_000)
        # 3 us a decision are asked for; a busy machine gets twice that.
        self.assertLess(more / calls, 6e-6)


if __name__ == "__main__":
    unittest.main()
