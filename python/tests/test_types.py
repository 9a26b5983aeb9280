"""The package and its stubs as a type checker sees them, and an editor that relies on them."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import gigawatt as gw
from gigawatt import _commands, _stubs
from support import ROOT, needs

PACKAGE = pathlib.Path(gw.__file__).parent

GOOD = """
import gigawatt as gw
step = gw.step(model="llama3.1-8b", system="h100-sxm", gpus=64, seq="8k", global_batch=256, tp=8)
seconds: float = step.step_time_s
peak: float = step.memory.peak_gb
table: gw.Table = gw.step_table({"tp": [1, 2]}, model="llama3.1-8b")
run: gw.Result = gw.run(gw.Scenario("x.toml"), site__lab__pue=1.2)
try:
    pass
except gw.InputError as error:
    lines: list[int] = [d.line for d in error.diagnostics]
"""
BAD = """
import gigawatt as gw
gw.step(model="llama3.1-8b", system="h100-sxm", gpus=64, seq=8192, global_batch=256, tpp=8)  # no such keyword
gw.step(model="llama3.1-8b")  # system and more are missing
gw.step(model="llama3.1-8b", system="h100-sxm", gpus=64, seq=8192, global_batch=256, cuda_graph=3)  # no truth
"""


class Stubs(unittest.TestCase):
    def test_they_are_those_of_the_tables(self):
        import json
        answers = json.loads((ROOT / "schema" / "answers.json").read_text())
        written = (PACKAGE / "_commands.pyi").read_text()
        self.assertEqual(written, _stubs.stub(answers))
        for name, d in _commands.DESCRIPTIONS.items():
            body = re.search(rf"^def {_commands.python_name(name)}\((.*?)^\) ->", written, re.S | re.M).group(1)
            for field in d["fields"]:
                self.assertIn(f"    {_commands.python_name(field['key'])}: ", body)

    @needs("mypy")
    def test_mypy(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "good.py").write_text(GOOD)
            (folder / "bad.py").write_text(BAD)
            environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
            done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--no-warn-return-any", "--ignore-missing-imports",
                                   "--cache-dir", str(folder / "cache"), "good.py", "bad.py"],
                                  cwd=folder, env=environment, capture_output=True, text=True)
            wrong = [line for line in done.stdout.splitlines() if ": error:" in line]
            self.assertEqual(sorted({int(line.split(":")[1]) for line in wrong if line.startswith("bad.py")}), [3, 4, 5], done.stdout)
            self.assertEqual([line for line in wrong if not line.startswith("bad.py")], [], done.stdout)


if __name__ == "__main__":
    unittest.main()
