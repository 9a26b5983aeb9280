#!/usr/bin/env python3
"""Writes docs/models/speed.md: what a command costs against the size of its input, in instructions.

    tools/docs/speed_page.py build/release/apps/gigawatt/gigawatt > docs/models/speed.md

Each command runs under callgrind on one thread with two or more sizes of one input. Instructions do not depend on the
machine's load, so that two builds can be compared; the exponent is the slope of log instructions over log size after
what the smallest question of the same command costs (starting the program, reading the catalog) has been taken off.
Needs valgrind (tools/packages/bench.txt).
"""

import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LLAMA = "--model llama3.1-405b --system h100-sxm --seq 8192 --global-batch 2048"
QWEN = "--model qwen3-30b-a3b --system h100-sxm --seq 4096 --global-batch 512"


def swf(folder, jobs):
    """A log of jobs that come faster than 512 processors serve them."""
    draw = random.Random(1)
    lines, now = ["; MaxProcs: 512\n"], 0
    for i in range(1, jobs + 1):
        now += draw.randrange(120)
        size, run = 2 ** draw.randrange(8), draw.randrange(60, 7200)
        lines.append(f"{i} {now} -1 {run} {size} -1 -1 {size} {2 * run} -1 1 1 1 1 1 1 -1 -1\n")
    path = folder / f"{jobs}.swf"
    path.write_text("".join(lines))
    return path


def faults(folder, rows):
    draw = random.Random(2)
    lines = ["node,start,end,cause\n"]
    for _ in range(rows):
        start = draw.random() * 3e7
        lines.append(f"n{draw.randrange(2000)},{start:.0f},{start + draw.expovariate(1 / 3e4):.0f},gpu\n")
    path = folder / f"{rows}.csv"
    path.write_text("".join(lines))
    return path


def runs(folder, rows):
    table = (ROOT / "data/validation/runs.csv").read_text().splitlines(keepends=True)
    path = folder / f"runs-{rows}.csv"
    path.write_text("".join(table[:1] + table[1 : rows + 1]))
    return path


# What grows, its sizes, and the command for one size. The first size is taken as what the start costs.
INPUTS = [
    ("accelerators of a step", [16, 1024, 65536],
     lambda f, n: f"step {LLAMA.replace('2048', str(max(2048, n)))} --gpus {n * 8} --micro-batch 1 --tp 8 --pp 16"),
    ("accelerators of a search, experts", [8, 32, 128], lambda f, n: f"search {QWEN} --gpus {n}"),
    ("futures of a rack", [1, 100, 1000], lambda f, n: f"run scenarios/single-rack.toml --runs {n}"),
    ("futures of a training", [1, 8, 32],
     lambda f, n: f"operate --model llama3.1-405b --system h100-sxm --gpus 16384 --tokens 1T --futures {n}"),
    ("jobs of a log, EASY", [100, 2000, 20000], lambda f, n: f"replay {swf(f, n)} --policy easy"),
    ("jobs of a log, conservative", [100, 2000, 20000], lambda f, n: f"replay {swf(f, n)} --policy conservative"),
    ("jobs of a log, preemption", [100, 1000, 4000], lambda f, n: f"replay {swf(f, n)} --policy preempt"),
    ("jobs of a log, read", [100, 10000, 100000], lambda f, n: f"import swf {swf(f, n)} --out {f}/{n}.csv"),
    ("rows of a fault log", [100, 2000, 20000], lambda f, n: f"fit failures {faults(f, n)}"),
    ("rows of measured runs", [10, 200, 900], lambda f, n: f"validate {runs(f, n)}"),
    ("flows of a permutation", [16, 1024, 8192],
     lambda f, n: f"net --topology fat-tree:32 --permutation {n} --bytes 1e6"),
    ("seconds of a waveform", [1, 10, 60],
     lambda f, n: f"power {LLAMA} --gpus 16384 --micro-batch 1 --tp 8 --pp 16 --vpp 8 --seconds {n} --dt 1ms"),
]


def instructions(program, command):
    """Of one run of the program on one thread, and what it did."""
    environment = dict(os.environ, GIGAWATT_DATA=str(ROOT / "data"), GIGAWATT_CACHE="off")
    words = [program, *command.split(), "--json", "--quiet", "--threads", "1"]
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words], cwd=ROOT,
                          env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"{command}: {done.stderr[-2000:]}")
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def row(program, folder, what, sizes, command):
    counts = [instructions(program, command(folder, n)) for n in sizes]
    grown = [(n, c - counts[0]) for n, c in zip(sizes[1:], counts[1:]) if c > counts[0]]
    exponent = "–"
    if len(grown) > 1:
        (n0, c0), (n1, c1) = grown[0], grown[-1]
        exponent = f"{math.log(c1 / c0) / math.log(n1 / n0):.2f}"
    cells = [f"{n:,}: {c / 1e6:,.0f} M" for n, c in zip(sizes, counts)]
    each = grown[-1][1] / grown[-1][0] if grown else 0
    return f"| {what} | {' | '.join(cells)} | {each:,.0f} | {exponent} |"


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    print("# What commands cost\n")
    print("Written by `tools/docs/speed_page.py`: instructions under callgrind on one thread, with plans not remembered "
          "from\nearlier processes. The last columns are instructions for each unit of the largest size, and the exponent "
          "of growth\nbetween the two larger sizes, both without what the smallest question costs.\n")
    print("| input | | | | each | exponent |\n|---|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        for what, sizes, command in INPUTS:
            print(row(program, pathlib.Path(name), what, sizes, command), flush=True)
    print("\nAll policies and readers grow in step with their input. Conservative backfill was the exception (exponent 2.2) until\n"
          "reservations stood still (docs/decisions/0016), and 1.23 until fewer steps were looked at for one (0018).")


if __name__ == "__main__":
    main()
