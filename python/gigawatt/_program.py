"""The program `gigawatt` that came with the package."""

from __future__ import annotations

import os
import pathlib
import sys

from ._session import data_folder


def binary() -> str:
    here = pathlib.Path(__file__).absolute().parent
    found = os.environ.get("GIGAWATT_BINARY") or str(here / "bin" / "gigawatt")
    if not os.access(found, os.X_OK):
        raise SystemExit(f"gigawatt: the program is missing: {found}")
    return found


def environment() -> dict[str, str]:
    """The package's data, and this interpreter for engines that run in Python."""
    return {"GIGAWATT_DATA": str(data_folder()), "GIGAWATT_PYTHON": sys.executable, **os.environ}


def main() -> None:
    program = binary()
    os.execve(program, [program, *sys.argv[1:]], environment())
