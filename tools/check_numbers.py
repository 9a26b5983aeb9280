#!/usr/bin/env python3
"""Numbers of the world stand in data/ with their sources, not in the code.

Every number in the modules that compute is one of these: a whole number below 100, a power of ten or two, a unit or a calendar
(DEFINED), a bound of an input or of work (.min, .max, kMost...), a quantile, or it is listed in tools/numbers.txt with the reason why it is none of the world: a coefficient of a cited correlation, a tolerance, a default that
data overrides. A number that is listed and no longer there is named as well.
"""

import math
import re
import sys

import check_main

LEDGER = "tools/numbers.txt"
# Modules that read, write, serve or compare text and hold no model of the world.
OUTSIDE = {"ask", "base", "cli", "config", "events", "interop", "logs", "report", "results", "server", "solver", "sweep", "units"}
# Definitions: seconds, days and hours of units of time, percent, degrees of a circle, J per kWh and MWh, 0 C in K.
DEFINED = {3600, 86400, 365, 366, 365.25, 365.2425, 30.4375, 30.436875, 8760, 8766, 8784, 168, 604800, 120, 151, 181, 212, 243, 273,
           304, 334, 180, 360, 3.6e6, 3.6e9, 3.6e12, 3.6e15, 86_400_000_000, 86_400_000, 273.15}
PLAIN = {0.25, 0.75, 1.5, 0.1, 0.2}
NUMBER = re.compile(r"(?<![\w.'])(0x[0-9a-fA-Fp+-]+|\d[\d']*(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)(?![\w.])")
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])\'', re.S)
# Bounds of what is accepted or done, quantiles, years, and sizes of text.
BOUND = re.compile(r"\.(?:min|max) = -?[\d.e']+|\bk(?:Most|Longest|Largest|Deepest|Max|Largest|Least|Poll|Stop)\w* ?(?:=|\{) ?[^,;]*"
                   r"|quantile(?:_of)?\([^;]*|at_share\([^;]*|\bat\(0\.\d+\)|from_date\([^)]*\)|reserve\([^)]*\)|\b0[0-7]{3}\b")


def plain(value):
    """Whole numbers below 100, powers of ten and of two."""
    if value in DEFINED or value in PLAIN or (value < 100 and value == int(value)):
        return True
    return any(abs(log(value) - round(log(value))) < 1e-12 for log in (math.log10, math.log2))


def numbers(text):
    """(line, as written) of every number that needs a reason."""
    text = NOT_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    for at, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        for found in NUMBER.finditer(BOUND.sub("", line)):
            written = found.group().replace("'", "")
            if not written.startswith("0x") and not plain(float(written)):
                yield at, written


def ledger(root):
    """{path: ({number}, reason)} from lines "path: numbers: reason"."""
    out = {}
    for at, line in enumerate((root / LEDGER).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        path, listed, reason = (part.strip() for part in line.split(":", 2))
        known = out.setdefault(path, {})
        for number in listed.split():
            known[number] = (at, reason)
    return out


def check(root):
    problems, known = [], ledger(root)
    for file in sorted((root / "src/gigawatt").rglob("*")):
        parts = file.relative_to(root / "src/gigawatt").parts
        if file.suffix not in (".h", ".cpp") or "test" in parts or parts[0] in OUTSIDE:
            continue
        path = "/".join(parts)
        listed = known.pop(path, {})
        seen = set()
        for at, number in numbers(file.read_text(encoding="utf-8")):
            seen.add(number)
            if number not in listed:
                problems.append(f"src/gigawatt/{path}:{at}: {number} belongs into data/ with its source, or into {LEDGER} with the "
                                "reason why it is no number of the world")
        problems += [f"{LEDGER}:{listed[n][0]}: {path} holds no {n} any more" for n in listed if n not in seen]
    problems += [f"{LEDGER}: {path} is no file that is checked" for path in known]
    return problems


if __name__ == "__main__":
    sys.exit(check_main.run(__doc__, "numbers", check))
