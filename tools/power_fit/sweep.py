#!/usr/bin/env python3
"""Writes data/power/sweeps.csv.gz: a sample of the calls of which published medians of kernel power are made.

    python3 tools/power_fit/sweep.py FOLDER_OF_POWER_TABLES --out data/power/sweeps.csv.gz

Each row is one measured call: what it computes (FLOPs by class of arithmetic), what it moves and how long it took, but
not what it drew. `gigawatt validate --facts` lets the power law say the median and the percentiles of such a sweep. Of
each kind of call (accelerator, engine, table, format, rows) calls are taken evenly over the range of their times.
Needs pandas and pyarrow.
"""

import argparse
import gzip
import pathlib

import features
import numpy as np
import pandas as pd

SHAPES = 16
ROWS = [(1, 16), (17, 256), (257, 2048), (2049, 1 << 40)]


def kind_of(table):
    """What separates published groups: format of the operands, and the rows of a product."""
    for column in ("gemm_dtype", "moe_dtype", "attn_dtype", "gemm_type"):
        if column in table:
            return table[column].astype(str)
    return pd.Series("", index=table.index)


def sample(folder, name, read):
    table = pd.read_parquet(pathlib.Path(folder) / f"{name}.parquet")
    calls = read(table)
    calls["engine"] = table.framework.str.lower()
    calls["format"] = kind_of(table)
    calls["m"] = table.m if name == "gemm" else 0
    calls["group"] = 0
    if name == "gemm":
        for i, (low, high) in enumerate(ROWS):
            calls.loc[(calls.m >= low) & (calls.m <= high), "group"] = i
    calls = calls[(calls.seconds > features.SHORTEST_S) & (calls.watts > 50)]
    for _, group in calls.groupby(["gpu", "engine", "format", "group"]):
        ordered = group.sort_values(["seconds", "bytes"], kind="stable")
        at = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), SHAPES * (1 if name == "gemm" else 2))).round().astype(int))
        yield ordered.iloc[at]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    table = pd.concat([part for name, read in features.READERS.items() for part in sample(args.folder, name, read)])
    lines = ["gpu,engine,table,format,m,us,bytes," + ",".join(features.CLASSES)]
    for row in table.itertuples():
        work = ",".join(f"{getattr(row, c):.4g}" if getattr(row, c) > 0 else "" for c in features.CLASSES)
        lines.append(f"{row.gpu},{row.engine},{row.op},{row.format},{row.m},{row.seconds * 1e6:.4g},{row.bytes:.4g},{work}")
    args.out.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
    print(len(lines) - 1, "calls")


if __name__ == "__main__":
    main()
