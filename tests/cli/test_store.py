"""Stores from the command line: what runs are called, what is noted of them."""

import json
import unittest

from gigawatt import Case, ROOT, gigawatt, run_json

RACK = ROOT / "scenarios/single-rack.toml"


class Store(Case):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "runs.db"

    def test_runs_are_named_noted_and_listed(self):
        self.assertEqual(gigawatt("run", RACK, "--out", self.file, "--name", "as it is", "--note", "a\nb").returncode, 0)
        self.assertEqual(gigawatt("run", RACK, "--out", self.file, "--seed", 2).returncode, 0)
        runs = run_json("store", self.file)["runs"]
        self.assertEqual([(r["id"], r["name"], r["note"], r["seed"], r["status"]) for r in runs],
                         [(1, "as it is", "a\nb", "1", "complete"), (2, None, None, "2", "complete")])
        changed = run_json("store", self.file, "--run", 2, "--name", "other seed", "--note", "why")["runs"]
        self.assertEqual([(r["id"], r["name"], r["note"]) for r in changed], [(2, "other seed", "why")])
        self.assertEqual(run_json("store", self.file, "--run", 1, "--note", "")["runs"][0]["note"], None)
        text = gigawatt("store", self.file).stdout
        self.assertIn("other seed (single-rack)", text)
        self.assertIn("      why", text)

    def test_bad_input_has_one_clear_answer_each(self):
        gigawatt("run", RACK, "--out", self.file)
        for arguments, code, words in (
            (("--run", 1, "--name", ""), 1, "'name' is empty"),
            (("--run", 1, "--name", "x" * 201), 1, "201 characters"),
            (("--run", 1, "--name", "a\nb"), 1, "more than one line"),
            (("--run", 1, "--note", "\x07"), 1, "control character"),
            (("--run", 7), 1, "has no run 7"),
            (("--name", "x"), 2, "of one run"),
        ):
            done = gigawatt("store", self.file, *arguments)
            self.assertEqual(done.returncode, code, arguments)
            self.assertIn(words, done.stderr, arguments)
        self.assertEqual(gigawatt("store", self.folder / "nothing.db").returncode, 1)
        self.assertFalse((self.folder / "nothing.db").exists())
        other = self.folder / "text.db"
        other.write_text("no store")
        self.assertNotEqual(gigawatt("store", other).returncode, 0)
        self.assertEqual(gigawatt("run", RACK, "--name", "x").returncode, 2)
        self.assertIsNone(json.loads(gigawatt("store", self.file, "--json").stdout)["runs"][0]["name"])


if __name__ == "__main__":
    unittest.main()
