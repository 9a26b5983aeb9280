"""Mistakes of a question: every one is named, with what is allowed."""

import datetime
import math
import pickle
import unittest

import gigawatt as gw
from support import ROOT, STEP


class Mistakes(unittest.TestCase):
    def refused(self, code, *fragments, **changes):
        with self.assertRaises(gw.InputError) as caught:
            gw.step(**{**STEP, **changes})
        self.assertIn(code, [d.code for d in caught.exception.diagnostics])
        for fragment in fragments:
            self.assertIn(fragment, str(caught.exception))
        return caught.exception

    def test_values(self):
        self.refused("wrong-kind", "'tp'", "whole number", tp="eight")
        self.refused("wrong-kind", "'tp'", tp=1.5)
        self.refused("wrong-kind", "'tp'", tp=True)
        self.refused("wrong-kind", "'tp'", tp=[8])
        self.refused("wrong-kind", "'tp'", tp={"a": 1})
        self.refused("wrong-kind", "'tp'", "object", tp=object())
        self.refused("wrong-kind", "'tp'", "bytes", tp=b"8")
        self.refused("wrong-kind", "'tp'", tp=math.nan)
        self.refused("wrong-kind", "'tp'", tp=math.inf)
        self.refused("wrong-kind", "'gpus'", gpus=10**400)
        self.refused("wrong-kind", "'tp'", tp=1 + 2j)
        self.refused("out-of-range", "1 to", tp=0)
        self.refused("out-of-range", "1 to", tp=-(2**40))
        self.refused("unknown-key", "did you mean 'tp'", tpp=2)
        self.refused("unknown-name", "llama3.1-70b", model="llama3.1-70bb")
        self.refused("wrong-kind", "'model'", model=3)
        self.refused("control-character", recompute="no\x07ne")
        self.refused("wrong-kind", "date", tp=datetime.date(2026, 1, 1))
        with self.assertRaises(UnicodeEncodeError):
            gw.step(**{**STEP, "recompute": "\ud800"})

    def test_all_at_once(self):
        error = self.refused("out-of-range", tp=0, pp=-1, foo=1)
        self.assertEqual(len(error.diagnostics), 3)
        self.assertIsInstance(error, ValueError)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((str(again), again.diagnostics), (str(error), error.diagnostics))

    def test_missing(self):
        with self.assertRaisesRegex(gw.InputError, "'system' is missing"):
            gw.step(model="llama3.1-8b", gpus=8, seq=8192, global_batch=8)
        self.assertEqual(gw.step(**{**STEP, "kind": None}), gw.step(**STEP))

    def test_texts_mean_what_they_mean_on_the_command_line(self):
        self.assertEqual(gw.step(**{**STEP, "gpus": "512", "seq": "8k"}).gpus, 512)

    def test_files(self):
        self.refused("unreadable-file", "none.json", model="./none.json")
        error = self.refused("not-json", model="{")
        self.assertTrue(error.diagnostics[0].message)

    def test_nested_without_end(self):
        endless = []
        endless.append(endless)
        self.refused("too-deep", recompute=endless)
        table = {}
        table["x"] = table
        self.refused("too-deep", recompute=table)

    def test_a_value_that_changes_the_question_while_it_is_read(self):
        question = dict(STEP)

        class Eight:
            def __index__(self):
                question.clear()
                question["model"] = object()
                return 8

        question["tp"] = Eight()
        self.assertEqual(gw._commands.answer("step", question).step_time_s, gw.step(**STEP).step_time_s)

    def test_exceptions_of_values_pass(self):
        class Broken:
            def __index__(self):
                raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            gw.step(**{**STEP, "tp": Broken()})

    def test_a_file_is_named_with_its_line(self):
        import pathlib
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "mine.toml"
            text = (ROOT / "scenarios" / "single-rack.toml").read_text().replace("pue = 1.15", "puee = 1.15")
            file.write_text(text)
            line = next(i for i, row in enumerate(text.splitlines(), 1) if row.startswith("puee"))
            with self.assertRaises(gw.InputError) as caught:
                gw.run(file)
            found = [d for d in caught.exception.diagnostics if d.code == "unknown-key"][0]
            self.assertEqual((found.file, found.line, found.key), (str(file), line, "puee"))
            self.assertIn("puee", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
