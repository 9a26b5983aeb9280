#!/usr/bin/env python3
"""Published serving rows predicted by gigawatt and by aiconfigurator, side by side.

    python3 -m venv peer && peer/bin/pip install aiconfigurator==0.12.0
    gigawatt validate --serving data/validation/serving.csv --json > ours.json
    peer/bin/python bench/serving_peers.py data/validation/serving.csv ours.json [SECONDS]

Rows with a stated plan that is not split, a model that aiconfigurator knows without a network, and a number of requests
in flight; in random order until the time is up. Both are asked the same: lengths, plan, requests in flight, engine.
"""

import csv
import json
import logging
import random
import re
import statistics
import sys
import time

from aiconfigurator.cli.api import cli_estimate

logging.disable(logging.CRITICAL)


def median_error(pairs):
    return 100 * statistics.median(abs(predicted / measured - 1) for predicted, measured in pairs)


def main(rows_file, ours_file, seconds=150.0):
    with open(rows_file, encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["parallelism"].startswith("agg") and r["concurrency_or_batch"]]
    with open(ours_file, encoding="utf-8") as file:
        document = json.load(file)
    ours = {(r["id"], r["quantity"]): r for r in document.get("serving", document)["rows_out"]}
    random.Random(1).shuffle(rows)
    theirs = {"ttft_ms": [], "tpot_ms": []}
    mine = {"ttft_ms": [], "tpot_ms": []}
    calls = []
    begin = time.time()
    for row in rows:
        if time.time() - begin > seconds:
            break
        tp, dp, ep, engine = re.search(r"TP(\d+) DP(\d+) EP(\d+) (\w+)", row["parallelism"]).groups()
        tp, dp, ep = int(tp), int(dp), max(int(ep), 1)
        started = time.time()
        try:
            answer = cli_estimate(
                row["model"],
                row["gpu"],
                backend_name=engine.lower(),
                isl=int(row["isl"]),
                osl=int(row["osl"]),
                batch_size=max(1, round(float(row["concurrency_or_batch"]) / dp)),
                tp_size=tp,
                attention_dp_size=dp,
                moe_ep_size=ep,
                moe_tp_size=max(1, tp * dp // ep),
            )
        except Exception:  # a model or a kernel that it does not have
            continue
        calls.append(time.time() - started)
        for quantity, value in (("ttft_ms", answer.ttft), ("tpot_ms", answer.tpot)):
            if (row["id"], quantity) in ours:
                theirs[quantity].append((value, float(row[quantity])))
                mine[quantity].append((ours[row["id"], quantity]["predicted"], float(row[quantity])))
    print(f"{len(calls)} rows, {statistics.median(calls):.2f} s a call of aiconfigurator")
    for quantity in theirs:
        print(
            f"{quantity}: aiconfigurator {median_error(theirs[quantity]):.1f}%, "
            f"gigawatt {median_error(mine[quantity]):.1f}% (medians of the absolute error)"
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(float, sys.argv[3:]))
