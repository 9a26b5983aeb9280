#!/usr/bin/env python3
"""What users wait for, line by line: CPU time and instructions of whole commands, beside those of the release before.

    bench/lines.py build/release/apps/gigawatt/gigawatt [--only WORD] [--store]

CPU time (user and system) is that of one run; instructions are counted by callgrind on one thread and do not depend on the
machine's load (lines that take minutes under it are timed only). Plans are remembered from an earlier process in the lines
of the flagship alone. The figures of the release before stand in bench/lines.json; --store writes them anew, once a release. Needs valgrind
(tools/packages/bench.txt).
"""

import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
STORED = ROOT / "bench" / "lines.json"
sys.path.insert(0, str(ROOT / "tools" / "docs"))
import speed_page as inputs  # noqa: E402  the files that commands read

LLAMA = inputs.LLAMA


def trainings(folder, count):
    """A scenario of so many small trainings on one site."""
    head = (ROOT / "scenarios" / "research-cluster.toml").read_text().split("[operations]")[0]
    job = """[[job]]
name = "t{0}"
kind = "training"
model = "llama3.1-8b"
site = "cluster"
system = "h100-sxm"
accelerators = 64
tokens = {1}e9
sequence = 8192
global_batch = 512
plan = "best"
"""
    path = folder / f"trainings-{count}.toml"
    path.write_text(head + "".join(job.format(i, 1 + i % 7) for i in range(count)))
    return path


def overfull(folder, policy):
    path = folder / f"overfull-{policy}.toml"
    made = subprocess.run([sys.executable, ROOT / "tests/support/overfull.py", "1000000", policy],
                          capture_output=True, text=True, check=True)
    path.write_text(made.stdout)
    return path


def repeated(folder, rows):
    """The shipped rows again and again under new ids."""
    head, *table = (ROOT / "data/validation/runs.csv").read_text().splitlines()
    path = folder / f"rows-{rows}.csv"
    with path.open("w") as out:
        out.write(head + "\n")
        for i in range(rows):
            name, rest = table[i % len(table)].split(",", 1)
            out.write(f"{name}.{i},{rest}\n")
    return path


# Name; command; CPU seconds to reach (issue's words: what users wait for); whether callgrind is worth its time; of what the
# instructions are told.
LINES = [
    ("step from a cold process", lambda f: f"step {LLAMA} --gpus 16384 --micro-batch 1 --tp 8 --pp 16", 0.008, True, None),
    ("operate 405B on 16,384, 100 futures",
     lambda f: "operate --model llama3.1-405b --system h100-sxm --gpus 16384 --tokens 1T --futures 100", 1.0, True, None),
    ("single-rack, 1,000 futures", lambda f: "run scenarios/single-rack.toml --runs 1000", 0.3, True, None),
    ("flagship", lambda f: "run scenarios/meta-superclusters.toml", 0.6, True, None),
    ("flagship, 200 futures", lambda f: "run scenarios/meta-superclusters.toml --runs 200", 60.0, False, None),
    ("flagship by month, 100 futures",
     lambda f: "run scenarios/meta-superclusters.toml --set failures.by_month=true --runs 100", 6.0, False, None),
    ("a year of 1.3 M accelerators", lambda f: "run scenarios/fleet-1300k-one-year.toml", 1.0, True, "events"),
    ("20,000 jobs in line, EASY", lambda f: f"replay {inputs.swf(f, 20000)} --policy easy", None, True, None),
    ("20,000 jobs in line, conservative", lambda f: f"replay {inputs.swf(f, 20000)} --policy conservative", None, True, None),
    ("a million jobs overfill 1.3 M accelerators, EASY", lambda f: f"run {overfull(f, 'easy')}", 10.0, False, None),
    ("a million jobs overfill 1.3 M accelerators, conservative", lambda f: f"run {overfull(f, 'conservative')}", 10.0,
     False, None),
    ("search DeepSeek-V3 on 2,048 H800",
     lambda f: "search --model deepseek-v3 --system h800-sxm --gpus 2048 --seq 4096 --global-batch 15360", 0.25, True, None),
    ("search Kimi K2 on 73,728 GB200",
     lambda f: "search --model kimi-k2 --system gb200-nvl72 --gpus 73728 --seq 4096 --global-batch 16384", 1.0, True, None),
    ("fit failures, 20,000 rows", lambda f: f"fit failures {inputs.faults(f, 20000)}", 0.3, True, None),
    ("read SWF, 100,000 jobs", lambda f: f"import swf {inputs.swf(f, 100000)} --out {f}/out.csv", None, True, 100000),
    ("validate 160,000 rows", lambda f: f"validate {repeated(f, 160000)}", 2.0, False, None),
    ("--out of a small run", lambda f: f"run scenarios/single-rack.toml --out {f}/small.db", 0.06, False, None),
    ("report of 10,000 trainings", lambda f: f"run {trainings(f, 10000)} --report {f}/report.html", None, False, None),
    ("trace of a batch of 100,000",
     lambda f: "step --model llama3.1-8b --system h100-sxm --seq 4096 --global-batch 100000 --gpus 8 --micro-batch 1 "
               f"--pp 8 --trace {f}/step.json", None, False, None),
]


def run(words, folder):
    environment = dict(os.environ, GIGAWATT_DATA=str(ROOT / "data"), GIGAWATT_CACHE=str(folder / "cache"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        sys.exit(f"{' '.join(words)}: {done.stderr[-2000:]}")
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(program, command, counted, of, remembered):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        words = [program, *command(folder).split(), "--json", "--quiet", "--threads", "1"]
        if remembered:
            run(words, folder)
        done, seconds = run(words, folder)
        out = {"cpu_s": round(seconds, 3)}
        written = [f for f in (folder / "report.html", folder / "step.json") if f.exists()]
        if written:
            out["bytes"] = written[0].stat().st_size
        if counted:
            done, _ = run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words], folder)
            out["instructions"] = int(re.search(r"Collected : (\d+)", done.stderr).group(1))
            if of == "events":
                of = json.loads(done.stdout)["events"]
            if of:
                out["each"] = round(out["instructions"] / of)
        return out


def row(name, goal, now, before):
    def ratio(key):
        return f"{before[key] / now[key]:.1f}x" if before.get(key) and now.get(key) else "–"

    count = f"{now['instructions'] / 1e6:,.0f} M" if "instructions" in now else "–"
    note = f"{now['each']:,} each" if "each" in now else f"{now['bytes'] / 1e6:,.1f} MB" if "bytes" in now else ""
    reached = "" if goal is None else f"{goal:g} s " + ("reached" if now["cpu_s"] <= goal else "not reached")
    return (f"| {name} | {now['cpu_s']:.3f} s | {ratio('cpu_s')} | {count} | {ratio('instructions')} | {note} | "
            f"{reached} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--only", default="")
    parser.add_argument("--store", action="store_true")
    asked = parser.parse_args()
    program = str(pathlib.Path(asked.program).resolve())
    before = json.loads(STORED.read_text()) if STORED.exists() else {}
    print("| line | CPU time | before / now | instructions | before / now | | to reach |")
    print("|---|--:|--:|--:|--:|--:|---|")
    for name, command, goal, counted, of in LINES:
        if asked.only not in name:
            continue
        now = measured(program, command, counted, of, name.startswith("flagship"))
        print(row(name, goal, now, before.get(name, {})), flush=True)
        if asked.store:
            before[name] = now
            STORED.write_text(json.dumps(before, indent=1) + "\n")


if __name__ == "__main__":
    main()
