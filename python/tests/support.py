"""What the tests of the package share: the program beside it, and one step that all ask for."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("GIGAWATT_BINARY", str(ROOT / "build/release/apps/gigawatt/gigawatt"))
STEP = dict(model="llama3.1-70b", system="h100-sxm", gpus=512, seq=8192, global_batch=512, tp=8, pp=4, vpp=2, micro_batch=1)


def program(*arguments, **options):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          stdin=subprocess.DEVNULL, **options)


def answer_of_program(*arguments):
    done = program(*arguments, "--json")
    if done.returncode not in (0, 3):
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


def python(code, timeout=120, **environment):
    """A fresh interpreter that finds the package where this one does."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment})


def needs(*modules):
    """Skips where a library that is no dependency of the package is not installed; ./gw test installs them all."""
    missing = [m for m in modules if importlib.util.find_spec(m) is None]
    return unittest.skipIf(missing, f"{', '.join(missing)} not installed")
