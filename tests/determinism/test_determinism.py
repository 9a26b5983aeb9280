"""The same inputs give the same bytes: repeated, on any number of threads; another seed gives others."""

import json
import unittest

from gigawatt import Case, ROOT, gigawatt

TINY = ROOT / "scenarios/single-rack.toml"
LARGE = ROOT / "scenarios/llama3-405b.toml"
SHARED = ROOT / "scenarios/research-cluster.toml"


def document(*arguments):
    """What a run prints, without the time that it took."""
    done = gigawatt("run", *arguments, "--json")
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    lines = [line for line in done.stdout.splitlines() if '"wall_s"' not in line]
    return "\n".join(lines)


class Determinism(Case):
    def test_threads_do_not_change_a_run(self):
        for scenario in (TINY, LARGE):
            with self.subTest(scenario=scenario.name):
                self.assertEqual(document(scenario, "--threads", 1), document(scenario, "--threads", 2))

    def test_threads_do_not_change_futures(self):
        one = document(TINY, "--runs", 9, "--threads", 1)
        self.assertEqual(one, document(TINY, "--runs", 9, "--threads", 2))
        self.assertIn("bands", json.loads(one.replace(",\n}", "\n}")))

    def test_threads_do_not_change_what_policies_decide(self):
        for policy in ("preempt", "fair-share-easy", "easy"):
            with self.subTest(policy=policy):
                run = (SHARED, "--set", f"operations.scheduler={policy}", "--until", "2026-03-20", "--runs", 3)
                self.assertEqual(document(*run, "--threads", 1), document(*run, "--threads", 2))

    def test_a_run_repeats(self):
        self.assertEqual(document(LARGE), document(LARGE))

    def test_the_seed_matters(self):
        self.assertNotEqual(document(LARGE, "--seed", 1), document(LARGE, "--seed", 2))

    def test_the_given_seed_is_used(self):
        self.assertEqual(json.loads(document(TINY, "--seed", 18446744073709551615))["seed"], 18446744073709551615)


if __name__ == "__main__":
    unittest.main()
