#!/usr/bin/env python3
"""Which files of a folder `gigawatt import` reads, which it refuses, and why.

    import_table.py FORMAT FOLDER [--pattern GLOB] [--gpus N,N] [--each] [--functions REGEX]
                    [--beside FILE...]

FORMAT is one of `gigawatt import`: hf, megatron, nemo, torchtitan, maxtext, or a job log's. Every file below FOLDER that
matches the pattern is imported by itself; the table counts what was read and, by reason, what was not (numbers and
quoted names left out, so that like reasons meet). --each prints every file with its answer. --functions: of Python
files each function whose name matches is imported. The program is $GIGAWATT, else build/release/apps/gigawatt/gigawatt;
its data $GIGAWATT_DATA. Test files of the projects, in a checkout of each (August 2026):

    megatron    Megatron-LM/tests/functional_tests/test_cases  --pattern '**/model_config.yaml' --gpus 8,64,1024
    torchtitan  torchtitan/torchtitan/models                   --pattern '**/config_registry.py' --functions .
    nemo        Megatron-Bridge/src/megatron/bridge/recipes    --pattern '**/*.py' --functions '_config$'
    maxtext     maxtext/src/maxtext/configs                    --pattern '**/*.yml'
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(program, form, words, gpus):
    command = [program, "import", form, "--json"] + (["--gpus", str(gpus)] if gpus else []) + words
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, errors="replace")
    except subprocess.TimeoutExpired:
        return None, "takes more than a minute"
    if done.returncode == 0:
        return json.loads(done.stdout), ""
    errors = [line for line in done.stderr.splitlines() if "error: " in line]
    if not errors:
        return None, f"exit code {done.returncode}: {done.stderr.strip()[-120:]}"
    return None, errors[0].split("error: ", 1)[1]


def kind_of(reason):
    """A reason without what differs from file to file."""
    reason = re.sub(r"\[[a-z-]+\]$", "", reason).strip()
    reason = re.sub(r"^line \d+: ", "", reason)
    reason = re.sub(r"'[^']*'|\"[^\"]*\"", "'..'", reason)
    return re.sub(r"\d[\d.,e+]*", "N", reason)[:140]


def answer_words(answer):
    if "command" in answer:
        return answer["command"] + (f" ({len(answer['unread'])} not modeled)" if answer.get("unread") else "")
    if "total_parameters" in answer:
        return f"{answer['family']}: {answer['total_parameters']} parameters, {answer['active_parameters']} active"
    return json.dumps({k: answer[k] for k in ("jobs", "unit_hours") if k in answer})


def items(folder, pattern, functions):
    for path in sorted(p for p in folder.glob(pattern) if p.is_file()):
        if not functions:
            yield path, [str(path)]
            continue
        for name in re.findall(r"^def (\w+)\(", path.read_text(errors="replace"), re.M):
            if re.search(functions, name) and not name.startswith("_"):
                yield path, [str(path), name]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pattern", default="**/*")
    parser.add_argument("--gpus", default="0", help="several, as in 8,64: the first with which a file is read")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--functions", default="")
    parser.add_argument("--beside", nargs="*", default=[], help="files that every import gets too, as definitions")
    a = parser.parse_args()
    program = os.environ.get("GIGAWATT", str(ROOT / "build/release/apps/gigawatt/gigawatt"))
    read = own = named = partly = 0
    reasons = collections.defaultdict(list)
    for path, words in items(a.folder, a.pattern, a.functions):
        name = " ".join([str(path.relative_to(a.folder)), *words[1:]])  # the file and the function
        words[1:1] = a.beside
        for gpus in map(int, a.gpus.split(",")):
            answer, reason = run(program, a.format, words, gpus)
            if answer is not None:
                break
        if answer is None:
            reasons[kind_of(reason)].append(name)
        else:
            read += 1
            own += bool(answer.get("model_toml"))
            named += bool(answer.get("model"))
            partly += bool(answer.get("unread"))
        if a.each:
            print(f"{name}\t{answer_words(answer) if answer else 'refused: ' + reason}")
    refused = sum(map(len, reasons.values()))
    print(f"{read + refused} configurations: {read} read, {refused} refused")
    if a.format in ("megatron", "nemo", "torchtitan", "maxtext"):
        print(f"of those read: {named} with a model of the catalogue, {own} with one of their own, "
              f"{read - named - own} without a model; {partly} name settings that are not modeled")
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        print(f"{len(names):5}  {reason}  (first: {names[0]})")
    return 0 if read + refused else 1


if __name__ == "__main__":
    sys.exit(main())
