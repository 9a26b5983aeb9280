"""A run that is continued from a snapshot is the uninterrupted one; with other rules it shares only the past."""

import json
import unittest

from gigawatt import Case, ROOT, gigawatt

SCENARIO = ROOT / "scenarios/meta-superclusters.toml"
SMALL = ROOT / "scenarios/llama3-405b.toml"
SHARED = ROOT / "scenarios/research-cluster.toml"


def document(*arguments):
    """What a run prints, without the time that it took."""
    done = gigawatt("run", *arguments, "--json")
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return "\n".join(line for line in done.stdout.splitlines() if '"wall_s"' not in line)


class Fork(Case):
    def snapshot(self, scenario, date, *more):
        path = self.folder / "at.json"
        done = gigawatt("run", scenario, "--until", date, "--snapshot", date, "--snapshot-out", path, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def test_continued_is_uninterrupted(self):
        for scenario, date in ((SCENARIO, "2026-02-11"), (SMALL, "2024-05-01")):
            with self.subTest(scenario=scenario.name):
                path = self.snapshot(scenario, date)
                whole = json.loads(document(scenario).replace(",\n}", "\n}"))
                continued = json.loads(document("--from", path).replace(",\n}", "\n}"))
                self.assertEqual(whole, continued)

    def test_the_seed_of_the_past_holds(self):
        path = self.snapshot(SMALL, "2024-05-01", "--seed", 7)
        self.assertEqual(document(SMALL, "--seed", 7), document("--from", path))
        self.assert_fails(gigawatt("run", "--from", path, "--seed", 8), 1, "seed 8", "7")

    def test_other_rules_change_the_future_alone(self):
        path = self.snapshot(SMALL, "2024-05-01")
        changed = ("--from", path, "--set", "failures.detection=60 min")
        until = ("--until", "2024-05-01T00:00:01Z")
        self.assertNotEqual(document("--from", path), document(*changed))
        jobs = [json.loads(document(*run, *until).replace(",\n}", "\n}"))["jobs"][0]["interruptions"]
                for run in (("--from", path), changed)]
        self.assertEqual(jobs[0], jobs[1])

    def test_another_scheduler_takes_over_and_the_difference_is_told(self):
        path = self.snapshot(SHARED, "2026-03-20")
        kept, changed = self.folder / "kept.db", self.folder / "changed.db"
        for store, more in ((kept, ()), (changed, ("--set", "operations.scheduler=fifo"))):
            done = gigawatt("run", "--from", path, "--out", store, *more)
            self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(gigawatt("compare", kept, changed, "--json").stdout)
        self.assertEqual([i["path"] for i in told["inputs"]], ["operations.scheduler"])
        waits = {m["subject"]: m for m in told["metrics"] if m["name"] == "wait_hours_mean"}
        self.assertLess(waits["urgent"]["a"], waits["urgent"]["b"])  # nobody makes room for it any more
        whole = json.loads(document(SHARED).replace(",\n}", "\n}"))
        continued = json.loads(document("--from", path).replace(",\n}", "\n}"))
        self.assertEqual(whole, continued)

    def test_what_cannot_change_is_refused(self):
        path = self.snapshot(SMALL, "2024-05-01")
        done = gigawatt("run", "--from", path, "--set", "checkpoint.policy=fixed", "--set", "checkpoint.interval=1 h")
        self.assert_fails(done, 1, "llama3.1-405b", "running")

    def test_foreign_snapshots_are_refused(self):
        path = self.snapshot(SMALL, "2024-05-01")
        text = json.loads(path.read_text(encoding="utf-8"))
        for change, fragment in (({"program": "gigawatt 0.0.1"}, "gigawatt 0.0.1"),
                                 ({"gigawatt_snapshot": 99}, "format 99"),
                                 ({"fingerprint": "0" * 16}, "cannot be repeated"),
                                 ({"seed": "x"}, "damaged")):
            with self.subTest(**change):
                other = self.file("other.json", json.dumps({**text, **change}))
                self.assert_fails(gigawatt("run", "--from", other), 1, fragment)
        self.assert_fails(gigawatt("run", "--from", self.file("no.json", "{}")), 1, "no snapshot")
        self.assert_fails(gigawatt("run", "--from", path, "--until", "2024-05-01"), 1, "2024-05-01")
        self.assert_fails(gigawatt("run", SMALL, "--snapshot", "2031-01-01", "--snapshot-out", self.folder / "x"), 1, "2031")


if __name__ == "__main__":
    unittest.main()
