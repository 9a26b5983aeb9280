#!/usr/bin/env python3
"""How power falls with the clock, from trainings that were measured under power limits.

    caps.py rows TRACES > data/power/caps.csv    TRACES: summary_power_*.csv of github.com/ml-energy/zeus, folder
                                                 examples/research_reproducibility/zeus_nsdi23/trace (Apache-2.0)
    caps.py fit data/power/caps.csv              the two numbers of data/power/activity.toml, and how well they do

Model: the share of the dynamic power is clock^a down to the knee k, where the voltage is at its lowest, and falls
in proportion to the clock below it; a training under a limit takes s (1/clock - 1) longer, s the share of its
time that follows the clock. a and k are one for all chips, the base power one by chip, s one by training. Rows where the chip
cannot hold the limit (more than 2% above it) and trainings that no limit slows by 12% say nothing and are left out.
Needs numpy.
"""
import collections
import csv
import pathlib
import sys

import numpy as np

HELD, SLOWED, LEAST_ROWS = 1.02, 1.12, 4
EXPONENTS, KNEES, BASES = np.arange(1.0, 5.01, 0.2), np.arange(0.5, 0.951, 0.025), np.arange(0.02, 0.42, 0.02)


def rows(folder):
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["chip", "training", "limit_w", "epoch_s", "power_w", "source"])
    for path in sorted(pathlib.Path(folder).glob("summary_power_*.csv")):
        trainings = collections.defaultdict(list)
        for r in csv.DictReader(path.open()):
            name = f"{r['network']}-{r['dataset']}-{r['batch_size']}-{r['optimizer']}"
            trainings[name].append((float(r["power_limit"]), float(r["time_per_epoch"]), float(r["average_power"])))
        for name, points in sorted(trainings.items()):
            kept = [p for p in sorted(points) if p[2] <= HELD * p[0]]
            if len(kept) >= LEAST_ROWS and kept[-1] == max(points) and kept[0][1] > SLOWED * kept[-1][1]:
                for limit, seconds, power in kept:
                    out.writerow([path.stem.removeprefix("summary_power_"), name, f"{limit:g}", f"{seconds:.4g}", f"{power:.4g}", "zeus-power-limits"])


def read(path):
    out = collections.defaultdict(list)
    for r in csv.DictReader(open(path)):
        out[r["chip"], r["training"]].append([float(r[k]) for k in ("limit_w", "epoch_s", "power_w")])
    return {key: np.array(points).T for key, points in out.items()}


def errors(points, limit, exponent, knee, base):
    """log(predicted time / measured time) of a training's rows, with its best share s."""
    _, seconds, power = points
    dynamic = np.clip((power - base * limit) / (power[-1] - base * limit), 1e-3, 1)
    clock = np.where(dynamic >= knee**exponent, dynamic ** (1 / exponent), dynamic / knee ** (exponent - 1))
    slower, longer = 1 / clock - 1, seconds / seconds[-1]
    share = np.clip(slower @ (longer - 1) / max(slower @ slower, 1e-12), 0, 1)
    return np.log((1 + share * slower) / longer)


def fit(path):
    trainings = read(path)
    chips = sorted({chip for chip, _ in trainings})
    limit = {chip: max(p[0].max() for (c, _), p in trainings.items() if c == chip) for chip in chips}

    def of(keys, exponent, knee, base):
        return np.abs(np.concatenate([errors(trainings[k], limit[k[0]], exponent, knee, base[k[0]]) for k in keys]))

    def table(keys):
        """(exponent, knee) -> chip -> (summed error, base): the best base of each chip."""
        out = {}
        for a in EXPONENTS:
            for k in KNEES:
                out[round(float(a), 3), round(float(k), 3)] = {
                    chip: min((of(mine, a, k, {chip: b}).sum(), b) for b in BASES)
                    for chip in chips
                    if (mine := [key for key in keys if key[0] == chip])
                }
        return out

    def best(t, among):
        return min(t, key=lambda ak: sum(t[ak][c][0] for c in among if c in t[ak]))

    def say(name, e):
        print(f"{name:42} rows {e.size:4}  median {100 * np.median(e):.2f}%  mean {100 * e.mean():.2f}%  90% below {100 * np.quantile(e, 0.9):.1f}%")

    everything = table(trainings)
    a, k = best(everything, chips)
    total = sum(everything[a, k][c][0] for c in chips)
    near = [ak for ak in everything if sum(everything[ak][c][0] for c in chips) <= 1.03 * total]
    print(f"exponent {a} ({min(n[0] for n in near)} to {max(n[0] for n in near)}), knee {k} ({min(n[1] for n in near)} to {max(n[1] for n in near)}), base "
          + ", ".join(f"{c} {everything[a, k][c][1]:.2f}" for c in chips))
    say("all, fitted", of(trainings, a, k, {c: everything[a, k][c][1] for c in chips}))
    for alone in (2.4,):
        flat = {c: min((of([t for t in trainings if t[0] == c], alone, 0.01, {c: b}).sum(), b) for b in BASES)[1] for c in chips}
        say(f"one exponent of {alone}, no knee", of(trainings, alone, 0.01, flat))
    for chip in chips:
        left = [t for t in trainings if t[0] == chip]
        ak = best(everything, [c for c in chips if c != chip])
        say(f"{chip} left out {ak}", of(left, *ak, {chip: everything[ak][chip][1]}))
    for network in sorted({name.split("-")[0] for _, name in trainings}):
        left = [t for t in trainings if t[1].startswith(network)]
        t = table([key for key in trainings if key not in left])
        ak = best(t, chips)
        base = {c: t[ak][c][1] if c in t[ak] else everything[ak][c][1] for c in chips}
        say(f"{network} left out {ak}", of(left, *ak, base))


if __name__ == "__main__":
    {"rows": rows, "fit": fit}[sys.argv[1]](sys.argv[2])
