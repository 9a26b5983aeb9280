"""Drives the built program; shared by the tests of the whole."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What is slower in an instrumented build: every bound on time is so much longer.
PATIENCE = float(os.environ.get("GW_PATIENCE", "1"))
BINARY = os.environ.get("GIGAWATT_BINARY", str(ROOT / "build/release/apps/gigawatt/gigawatt"))


def gigawatt(*arguments, env=None, timeout=120, **options):
    """Runs the program; returns the completed process with text output."""
    environment = {**os.environ, "GIGAWATT_DATA": str(ROOT / "data"), **(env or {})}
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, env=environment,
                          timeout=timeout * PATIENCE, stdin=subprocess.DEVNULL, **options)


def run_json(*arguments, **options):
    done = gigawatt(*arguments, "--json", **options)
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout)


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = 4000

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def assert_fails(self, done, code, *fragments):
        """The program ended with this code, said each fragment on standard error, and printed no result."""
        self.assertEqual(done.returncode, code, f"\n{done.stdout}\n{done.stderr}")
        for fragment in fragments:
            self.assertIn(fragment, done.stderr)
        self.assertNotIn("internal error", done.stderr)
