"""A command that exists as two files of C++ is a function of the package, with no line of Python."""

import inspect
import pathlib
import tempfile
import unittest

import gigawatt as gw
from gigawatt import _stubs


class Echo(unittest.TestCase):
    def test_it_is_there(self):
        self.assertIn("echo", gw.__all__)
        parameters = inspect.signature(gw.echo).parameters
        self.assertIs(parameters["subject"].default, inspect.Parameter.empty)
        self.assertIn("times", parameters)
        self.assertIn("MW", gw.echo.__doc__)

    def test_it_answers(self):
        said = gw.echo(subject="llama", times="2k", tokens=1.5e12, power="3 MW", tone="loud", inner={"sizes": [8, 16]})
        self.assertEqual((said.subject, said.times, said.tokens, said.power_w), ("llama", 2000, 1.5e12, 3e6))
        self.assertEqual((said.tone, said.sizes, said.spares), ("loud", [8, 16], None))
        self.assertEqual(gw.echo(subject={"a": 1}).document, '{"a": 1}')
        with tempfile.TemporaryDirectory() as folder:
            out, table = pathlib.Path(folder) / "out.txt", pathlib.Path(folder) / "t.csv"
            table.write_text("x\n1\n")
            self.assertEqual(gw.echo(subject="x", table=table, out=out)["table"], "x\n1\n")
            self.assertEqual(out.read_text(), "x")
        with self.assertRaises(gw.Refused):
            gw.echo(subject="x", silent=True)
        with self.assertRaises(gw.InputError) as caught:
            gw.echo(subject="x", subject_json="y", tiems=3, times=0)
        self.assertEqual({d.code for d in caught.exception.diagnostics}, {"given-twice", "unknown-key", "out-of-range"})

    def test_it_has_a_stub(self):
        text = _stubs.stub({})
        self.assertIn("def echo(", text)
        self.assertIn("Literal['", text)
        compile(text, "stub", "exec")


if __name__ == "__main__":
    unittest.main()
