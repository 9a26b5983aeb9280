#!/usr/bin/env python3
"""Prints the table of docs/models/nccl.md: what `gigawatt net --nccl` answers, each cell that tests/oracle/nccl/tuner.csv
holds compared with it. Usage: GIGAWATT_BINARY=... GIGAWATT_DATA=data tools/nccl/conformance.py"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ["a100-sxm", "h100-sxm", "b200-sxm", "b300-sxm"]
NODES = [1, 2, 16]
SIZES = {1 << 10: "1 KiB", 1 << 14: "16 KiB", 1 << 18: "256 KiB", 1 << 22: "4 MiB", 1 << 26: "64 MiB", 1 << 30: "1 GiB", 1 << 34: "16 GiB"}


def oracle():
    lines = (line for line in (ROOT / "tests/oracle/nccl/tuner.csv").open() if not line.startswith("#"))
    return {(r["system"], int(r["nodes"]), int(r["bytes"])): r for r in csv.DictReader(lines)
            if r["collective"] == "all-reduce" and r["gpus_per_node"] == r["nics_per_node"] == "8" and r["collnet"] == "0"
            and r["host"] == ("amd" if r["system"] == "a100-sxm" else "intel")}


def ask(system, nodes):
    command = [os.environ["GIGAWATT_BINARY"], "net", "--nccl", system, "--ranks", str(8 * nodes), "--collective", "all-reduce", "--json"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["nccl"]
    return {size["bytes"]: size for size in answer["sizes"]}


def time_text(us):
    return f"{us:.1f} us" if us < 1000 else f"{us / 1e3:.2f} ms" if us < 1e6 else f"{us / 1e6:.3f} s"


def main():
    known, different = oracle(), 0
    print("| system | nodes | " + " | ".join(SIZES.values()) + " |")
    print("|---|---:|" + "---|" * len(SIZES))
    for system in SYSTEMS:
        for nodes in NODES:
            answer, cells = ask(system, nodes), []
            for size in SIZES:
                ours, theirs = answer[size], known[system, nodes, size]
                same = (ours["algorithm"], ours["protocol"]) == (theirs["algorithm"], theirs["protocol"]) and \
                    abs(ours["time_us"] / float(theirs["time_us"]) - 1) < 1e-6
                different += not same
                cells.append(f"{ours['algorithm']} {ours['protocol']} {time_text(ours['time_us'])}" + ("" if same else " (!)"))
            print(f"| {system} | {nodes} | " + " | ".join(cells) + " |")
    if different:
        sys.exit(f"{different} cells differ from NCCL's")


if __name__ == "__main__":
    main()
