#!/usr/bin/env python3
"""Fits the power law of accelerators (src/gigawatt/power/accelerator.h) to measured kernels; writes data/power/accelerators.toml.

    python3 tools/power_fit/fit.py FOLDER_OF_POWER_TABLES --out data/power/accelerators.toml

Needs pandas, pyarrow and scipy. A fifth of the shapes is left out of the fit, the same on every accelerator, and the
errors that the file states are those on it. The steady law is what the product uses; beside it each kind of
measurement has a time that its harness needs to show the steady power (short repeats show a part of the rise only).
"""

import argparse
import pathlib
import tomllib

import features
import numpy as np
import pandas as pd
from scipy.optimize import least_squares

COMPUTE_EXPONENT, MEMORY_EXPONENT, SHARPNESS, CEILING = 0.6, 0.5, 8.0, 0.985
CHIPS = {"h200_sxm": "h200-sxm-141", "b200_sxm": "b200-180", "gb200": "gb200"}
NAMES = ["base", "memory", "cache", "rise"] + list(features.CLASSES)


def chip(data, name):
    """BF16 peak, memory bandwidth and L2 size of a chip of the catalogue."""
    units = {"TFLOP/s": 1e12, "PFLOP/s": 1e15, "TB/s": 1e12, "GB/s": 1e9, "MiB": 2**20, "W": 1}
    entry = tomllib.loads((data / "chips" / f"{name}.toml").read_text())

    def number(leaf):
        value, unit = leaf["value"].split()
        return float(value) * units[unit]

    return number(entry["peak"]["bf16"]), number(entry["memory_bandwidth"]), number(entry["l2"])


class Rates:
    """The columns of one accelerator's rows as shares of what the chip can do."""

    def __init__(self, rows, limits, kinds):
        peak, bandwidth, cache = limits
        self.seconds = rows.seconds.values
        self.compute = np.stack([rows[c].values / self.seconds / peak for c in features.CLASSES])
        self.memory = rows.bytes.values / self.seconds / bandwidth
        # Operands that fit into the cache stay there through the repeats.
        self.outside = 1 / (1 + (cache / np.maximum(rows.bytes.values, 1)) ** 4)
        self.kind = rows.op.map({k: i for i, k in enumerate(kinds)}).values
        self.watts = np.log(rows.watts.values / rows.cap.values)


def shown(q, r):
    """Share of the power limit that the harness shows."""
    base, memory, cache, rise = q[:4]
    n = len(features.CLASSES)
    demand = base + np.maximum(q[4:4 + n] @ r.compute, 1e-12) ** COMPUTE_EXPONENT \
        + (cache + (memory - cache) * r.outside) * np.maximum(r.memory, 1e-9) ** MEMORY_EXPONENT
    steady = (demand ** -SHARPNESS + CEILING ** -SHARPNESS) ** (-1 / SHARPNESS)
    settle = np.exp(q[4 + n:])[r.kind] * 1e-5
    return base + (steady - base) / (1 + (settle / r.seconds) ** rise)


def fit(rows, limits, kinds):
    train = Rates(rows[rows.train].iloc[::3], limits, kinds)
    n = len(features.CLASSES)

    def residual(q):
        return np.concatenate([np.log(np.maximum(shown(q, train), 1e-6)) - train.watts, 0.05 * (q[4 + n:] - 1)])

    start = np.array([0.25, 0.5, 0.3, 0.7] + [1.0] * (n + len(kinds)))
    low = [0.05, 0, 0, 0.3] + [0] * n + [-6] * len(kinds)
    high = [0.6, 4, 4, 3] + [12] * n + [8] * len(kinds)
    found = least_squares(residual, start, loss="soft_l1", f_scale=0.03, bounds=(low, high), max_nfev=80)
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * 2 * found.cost / max(1, len(train.watts) - len(start))
    return found.x, np.sqrt(np.maximum(0, np.diag(covariance)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data"))
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    table = features.load(args.folder)
    table["train"] = pd.util.hash_pandas_object(table["shape"], index=False) % 5 != 0
    kinds = sorted(table.op.unique())
    text = ["# Written by tools/power_fit/fit.py: power of an accelerator by what it computes and moves, as shares of its",
            "# power limit, of its BF16 peak and of its memory bandwidth. Do not edit.",
            f"compute_exponent = {{ value = {COMPUTE_EXPONENT}, source = \"kernel-power-rows\", kind = \"measured\" }}",
            f"memory_exponent = {{ value = {MEMORY_EXPONENT}, source = \"kernel-power-rows\", kind = \"measured\" }}",
            f"sharpness = {{ value = {SHARPNESS:g}, source = \"kernel-power-rows\", kind = \"measured\" }}",
            f"ceiling = {{ value = {CEILING}, source = \"kernel-power-rows\", kind = \"measured\" }}"]
    everything = []
    for gpu, rows in table.groupby("gpu"):
        limits = chip(args.data, CHIPS[gpu])
        q, error = fit(rows, limits, kinds)
        left = rows[~rows.train]
        r = Rates(left, limits, kinds)
        off = pd.Series(np.abs(np.exp(np.log(shown(q, r)) - r.watts) - 1), index=left.index) * 100
        everything.append(off)
        by_kind = off.groupby(left.op).median()
        print(f"{gpu}: {len(rows)} rows, left out {len(left)}: median {off.median():.1f}%, p90 {off.quantile(.9):.1f}%",
              by_kind.round(1).to_dict())
        text += ["", "[[law]]", f'chip = "{CHIPS[gpu]}"', 'source = "kernel-power-rows"', f"rows = {len(rows)}",
                 f"left_out_median_pct = {off.median():.2f}"]
        for name, value, deviation in zip(NAMES, q, error):
            text.append(f'{name} = {{ value = {value:.4f}, low = {max(0, value - 2 * deviation):.4f}, '
                        f'high = {value + 2 * deviation:.4f}, source = "kernel-power-rows", kind = "measured" }}')
        for kind, value in zip(kinds, q[4 + len(features.CLASSES):]):
            if kind in set(rows.op):
                text += ["", "[[law.settle]]", f'kernels = "{kind}"',
                         f'time = {{ value = "{10 * np.exp(value):.3f} us", source = "kernel-power-rows", kind = "measured" }}']
    off = pd.concat(everything)
    print(f"all: {len(off)} rows left out, median {off.median():.2f}%, p90 {off.quantile(.9):.1f}%")
    args.out.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
