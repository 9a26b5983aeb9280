#!/usr/bin/env python3
"""Fits data/nccl/measured.toml: what NCCL's kernels reach inside of a domain (src/gigawatt/network/nccl_library.h).

Usage: fit_kernels.py KERNELS.csv [FOLDER] [--leave-sources-out] [--write]

KERNELS.csv has the columns of data/validation/kernels.csv; FOLDER may hold nccl.parquet with columns gpu, op_name, num_gpus,
message_size, nccl_dtype and latency (pyarrow is needed for it). Protocol, channels and NCCL's own times are asked from
`gigawatt net --nccl` ($GIGAWATT, $GIGAWATT_DATA). Gauss-Newton on logarithms of times with weights that bound outliers, each
source as heavy as the root of its rows; what concerns several nodes (card_share, card_copy) is kept as it is.
"""

import csv
import json
import math
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
GIGAWATT = os.environ.get("GIGAWATT", str(ROOT / "build/release/apps/gigawatt/gigawatt"))
SYSTEMS = {"A100-80GB": "a100-sxm", "H100-80GB": "h100-sxm", "H200": "h200-sxm", "B200": "b200-sxm", "B300": "b300-sxm",
           "GB200": "gb200-nvl72", "GB300": "gb300-nvl72"}
FILES = {"a100_sxm": "a100-sxm", "h100_sxm": "h100-sxm", "h200_sxm": "h200-sxm", "b200_sxm": "b200-sxm",
         "b300_sxm": "b300-sxm", "gb200": "gb200-nvl72", "gb300": "gb300-nvl72"}
OPERATIONS = {"all_reduce": "all-reduce", "all_gather": "all-gather", "reduce_scatter": "reduce-scatter",
              "alltoall": "all-to-all"}
GENERATIONS = {"a100-sxm": "ampere", "h100-sxm": "hopper", "h200-sxm": "hopper"}
LINK = {"ampere": 300e3, "hopper": 450e3, "blackwell": 900e3}  # byte/us of an accelerator, data sheets
HOP_LL128 = 1.9  # us, NCCL's own (data/nccl/2.30.toml)
START = {"start": 6, "ll_hop": 1, "ll_channel": 5, "simple_start": 8, "simple_hop": 5, "link_share": 0.9, "ramp_bytes": 1e6,
         "nvls_start": 20, "nvls_share": 0.65, "nvls_ramp_bytes": 1e6, "exchange_start": 8, "exchange_share": 0.8}
SHARED = {"ramp_exponent": 0.5, "copy_share": 0.6, "own_share": 0.6, "ll128_slowdown": 1.3, "eager_bandwidth": 5}
OUTLIER = 0.15  # residual from which a row's weight falls
PRIOR = 0.02  # pull towards the start, in logarithms


def size_of(text):
    found = re.match(r"([\d.]+)\s*(GiB|MiB|KiB|GB|MB|B)", text)
    return int(float(found[1]) * {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "GB": 1e9, "MB": 1e6, "B": 1}[found[2]])


def csv_rows(path):
    for x in csv.DictReader(open(path, newline="")):
        if not x["kind"].startswith("nccl_") or x["gpu"] not in SYSTEMS or not x["n_gpus"] or "node" in x["fabric"].split("-")[0]:
            continue
        n, operation, bytes_ = int(x["n_gpus"]), OPERATIONS[x["kind"][5:]], size_of(x["shape/size"])
        if n > 8 or "2 nodes" in x["fabric"] or "multi-node" in x["fabric"]:
            continue
        bus = 2 * (n - 1) / n if operation == "all-reduce" else (n - 1) / n
        took = re.search(r"(?:latency|time) ([\d.]+) (us|ms)", x["notes"])
        us = float(took[1]) * (1000 if took[2] == "ms" else 1) if took else bytes_ * bus / float(x["measured_value"]) / 1e3
        ring = "NVLS_ENABLE=0" in x["notes"] or x["notes"] == "Ring"
        yield {"source": x["source"], "system": SYSTEMS[x["gpu"]], "n": n, "op": operation, "bytes": bytes_, "us": us, "ring": ring}


def parquet_rows(folder):
    import pyarrow.parquet as parquet

    groups = defaultdict(list)
    for x in parquet.read_table(Path(folder) / "nccl.parquet").to_pylist():
        if x["gpu"] in FILES:
            width = 2 if x["nccl_dtype"] == "half" else 1
            key = (FILES[x["gpu"]], x["num_gpus"], OPERATIONS[x["op_name"]], x["message_size"] * width, x["nccl_dtype"])
            groups[key].append(x["latency"] * 1e3)
    for (system, n, operation, bytes_, _), times in groups.items():
        yield {"source": f"{folder} {system}", "system": system, "n": n, "op": operation, "bytes": bytes_,
               "us": median(times), "ring": False}


def with_choice(rows):
    """Adds NCCL's algorithm, protocol, channels and own seconds a byte."""
    asked = {}
    for r in rows:
        r["g"] = GENERATIONS.get(r["system"], "blackwell")
        r["rounds"] = 2 if r["op"] == "all-reduce" else 1
        r["kind"] = "exchange"
        if r["op"] == "all-to-all":
            continue
        key = (r["system"], r["n"], r["op"], r["bytes"])
        if key not in asked:
            answer = subprocess.run([GIGAWATT, "net", "--nccl", r["system"], "--ranks", str(r["n"]), "--collective", r["op"],
                                     "--bytes", str(r["bytes"]), "--json", "--quiet"], check=True, capture_output=True)
            asked[key] = json.loads(answer.stdout)["nccl"]["sizes"][0]
        choice = asked[key]
        chosen = choice
        if r["ring"]:
            chosen = min((o for o in choice["options"] if o["algorithm"] == "ring"), key=lambda o: o["time_us"])
        slow = chosen["protocol"] == "LL128" and r["g"] == "blackwell"
        r["kind"] = ("Simple" if slow else "nvls" if chosen["algorithm"] == "nvls" else chosen["protocol"])
        r["channels"] = choice["channels"]
        r["own_us"] = r["bytes"] / chosen["bandwidth_GBps"] * 1e-3
    return rows


def predict(p, r):
    g, n, size = p[r["g"]], r["n"], r["bytes"]
    shared, link, rounds = p["shared"], LINK[r["g"]], r["rounds"]
    moved = (rounds * (n - 1) + shared["copy_share"]) / n * size
    slowed = lambda part: 1 + (part * n / size) ** shared["ramp_exponent"]
    if r["kind"] == "exchange":
        wire = ((n - 1) + shared["own_share"]) / n * size / (link * g["exchange_share"]) * slowed(g["ramp_bytes"])
        eager = g["ll_hop"] * math.log2(n) + size / n / shared["eager_bandwidth"] * 1e-3
        return g["start"] + min(math.hypot(g["exchange_start"], wire), eager)
    if r["kind"] == "LL":
        return g["start"] + rounds * (n - 1) * g["ll_hop"] + moved / r["channels"] / g["ll_channel"] * 1e-3
    if r["kind"] == "LL128":
        return g["start"] + rounds * (n - 1) * HOP_LL128 + r["own_us"] * shared["ll128_slowdown"]
    if r["kind"] == "nvls":
        return g["start"] + g["nvls_start"] + (1 + 1 / n) * size / (link * g["nvls_share"]) * slowed(g["nvls_ramp_bytes"])
    hops = g["simple_start"] + rounds * (n - 1) * g["simple_hop"]
    return g["start"] + math.hypot(hops, moved / (link * g["link_share"]) * slowed(g["ramp_bytes"]))


def solve(matrix, right):
    """Of a symmetric positive definite system, by elimination."""
    n = len(right)
    for i in range(n):
        for j in range(i + 1, n):
            f = matrix[j][i] / matrix[i][i]
            if f:
                for k in range(i, n):
                    matrix[j][k] -= f * matrix[i][k]
                right[j] -= f * right[i]
    for i in reversed(range(n)):
        right[i] = (right[i] - sum(matrix[i][k] * right[k] for k in range(i + 1, n))) / matrix[i][i]
    return right


def fit(rows, start=None, steps=25):
    """`start`: parameters close to those sought."""
    names = [(g, k) for g in LINK for k in START] + [("shared", k) for k in SHARED]
    p = {g: dict(START) for g in LINK} | {"shared": dict(SHARED)}
    begin = [math.log(p[a][b]) for a, b in names]
    if start:
        p = {a: dict(x) for a, x in start.items()}
    count = defaultdict(int)
    for r in rows:
        count[r["source"]] += 1
    weight = {s: math.sqrt(len(rows) / len(count) / c) for s, c in count.items()}
    for _ in range(steps):
        x = [math.log(p[a][b]) for a, b in names]
        matrix = [[PRIOR**2 if i == j else 0.0 for j in range(len(names))] for i in range(len(names))]
        right = [PRIOR**2 * (b - a) for a, b in zip(x, begin)]
        for r in rows:
            base = math.log(predict(p, r) / r["us"])
            w = weight[r["source"]] / math.sqrt(1 + (base / OUTLIER) ** 2)
            slope = []
            for i, (a, b) in enumerate(names):
                if a in (r["g"], "shared"):
                    kept = p[a][b]
                    p[a][b] = kept * 1.0001
                    d = (math.log(predict(p, r) / r["us"]) - base) / 1e-4
                    p[a][b] = kept
                    if d:
                        slope.append((i, d))
            for i, d in slope:
                right[i] -= w * d * base
                for j, e in slope:
                    matrix[i][j] += w * d * e
        step = solve(matrix, right)
        for (a, b), s in zip(names, step):
            p[a][b] *= math.exp(max(-0.5, min(0.5, s)))
        if max(abs(s) for s in step) < 1e-3:
            break
    return p


def errors(p, rows, by):
    groups = defaultdict(list)
    for r in rows:
        groups[by(r)].append(100 * abs(predict(p, r) / r["us"] - 1))
    for key, e in sorted(groups.items()):
        e.sort()
        print(f"  {key}: {len(e)} rows, median {median(e):.1f}%, p90 {e[int(0.9 * len(e))]:.1f}%")


def write(p):
    path = ROOT / "data/nccl/measured.toml"
    text, where = path.read_text(), "shared"
    lines = []
    for line in text.splitlines():
        if found := re.match(r'names = \["(\w+)"', line):
            where = found[1]
        elif (found := re.match(r"(\w+) = [\d.e+-]+(.*)$", line)) and found[1] in p[where]:
            if not (found[1].startswith("nvls") and re.search(r"= 0$", line)):
                line = f"{found[1]} = {p[where][found[1]]:.4g}{found[2]}"
        lines.append(line)
    path.write_text("\n".join(lines) + "\n")


def main(arguments):
    files = [a for a in arguments if not a.startswith("--")]
    rows = list(csv_rows(files[0]))
    for folder in files[1:]:
        rows += parquet_rows(folder)
    with_choice(rows)
    p = fit(rows)
    print(json.dumps({a: {b: float(f"{v:.4g}") for b, v in x.items()} for a, x in p.items()}, indent=1))
    for by in (lambda r: "all", lambda r: r["g"], lambda r: f"{r['g']} {r['kind']}", lambda r: r["source"]):
        errors(p, rows, by)
    if "--leave-sources-out" in arguments:
        print("sources left out, one after the other:")
        for source in sorted({r["source"] for r in rows}):
            errors(fit([r for r in rows if r["source"] != source], p, 4), [r for r in rows if r["source"] == source],
                   lambda r: r["source"])
    if "--write" in arguments:
        write(p)


if __name__ == "__main__":
    main(sys.argv[1:])
