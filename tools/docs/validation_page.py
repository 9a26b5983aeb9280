"""Writes docs/models/validation.md and its plots from what the program measured of itself.

    gigawatt calibrate --from-scratch --leave-sources-out --out data/calibration --residuals docs/models/validation/residuals.csv
    gigawatt validate --json > validation.json
    python tools/docs/validation_page.py validation.json docs/models/validation

The residuals hold each row's error under constants fitted with it, without its (model, accelerator) group and without
its source; notes.md beside them is the part that a person writes.
"""

import csv
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

VIEWS = {
    "fitted_error_pct": "rows in the fit",
    "group_left_out_error_pct": "model and accelerator left out",
    "source_left_out_error_pct": "source left out",
}
OUT = "group_left_out_error_pct"
# Okabe and Ito's palette: told apart with any color vision.
COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]


def read_residuals(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        for view in VIEWS:
            row[view] = float(row[view]) if row[view] else None
        row["measured_s"] = float(row["measured_s"])
    return rows


def quantile(values, q):
    values = sorted(values)
    at = q * (len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (at - below) * (values[above] - values[below])


def errors(rows, view):
    return [abs(row[view]) for row in rows if row[view] is not None]


def macro_median(rows, view):
    by_source = defaultdict(list)
    for row in rows:
        by_source[row["source"]].append(abs(row[view]))
    return statistics.mean(statistics.median(v) for v in by_source.values())


def table(header, lines):
    out = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(out + ["| " + " | ".join(str(x) for x in line) + " |" for line in lines]) + "\n"


def summary(rows):
    lines = []
    for level, chosen in (("level A (complete rows)", [r for r in rows if r["level"] == "A"]), ("all rows", rows)):
        for view, name in VIEWS.items():
            e = errors(chosen, view)
            if e:
                lines.append((level, name, len(e), f"{macro_median(chosen, view):.1f}", f"{statistics.median(e):.1f}",
                              f"{quantile(e, 0.9):.1f}", f"{100 * sum(x <= 10 for x in e) / len(e):.0f}%"))
    return table(("rows", "constants fitted to", "n", "macro median %", "median %", "90th %", "within 10%"), lines)


def grouped(rows, key, title):
    by = defaultdict(list)
    for row in rows:
        by[key(row)].append(row)
    lines = []
    for value, group in sorted(by.items()):
        e = errors(group, OUT)
        without_source = errors(group, "source_left_out_error_pct")
        lines.append((value, len(e), f"{statistics.median(e):.1f}", f"{quantile(e, 0.9):.1f}",
                      f"{statistics.median(r[OUT] for r in group):+.1f}",
                      f"{statistics.median(without_source):.1f}" if without_source else ""))
    return table((title, "rows", "median %", "90th %", "bias %", "source left out %"), lines)


def style(axes, x, y, title):
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.set_title(title, fontsize=10, loc="left")
    axes.grid(True, linewidth=0.4, alpha=0.5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def plot_scatter(rows, runs, path):
    figure, axes = plt.subplots(figsize=(6.4, 5.2))
    for color, generation in zip(COLORS, sorted({runs[r["id"]]["generation"] for r in rows})):
        chosen = [r for r in rows if runs[r["id"]]["generation"] == generation]
        axes.scatter([r["measured_s"] for r in chosen], [r["measured_s"] * (1 + r[OUT] / 100) for r in chosen], s=7,
                     color=color, alpha=0.6, linewidths=0, label=f"{generation} ({len(chosen)})", rasterized=True)
    ends = [min(r["measured_s"] for r in rows), max(r["measured_s"] for r in rows)]
    axes.plot(ends, ends, color="#444", linewidth=0.8)
    for factor in (0.8, 1.25):
        axes.plot(ends, [factor * e for e in ends], color="#999", linewidth=0.6, linestyle="--")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.legend(fontsize=8, frameon=False)
    style(axes, "measured step time, s", "predicted, s", "Each row predicted without its model and accelerator; dashed: ±25%")
    save(figure, path)


def plot_distribution(rows, path):
    figure, axes = plt.subplots(figsize=(6.4, 3.6))
    for color, (view, name) in zip(COLORS, VIEWS.items()):
        e = sorted(errors(rows, view))
        if e:
            axes.plot(e, [100 * (i + 1) / len(e) for i in range(len(e))], color=color, label=name)
    axes.set_xlim(0, 40)
    axes.legend(fontsize=8, frameon=False)
    style(axes, "absolute error of the step time, %", "rows within, %", "How many rows are predicted how well")
    save(figure, path)


def plot_scale(rows, runs, path):
    figure, axes = plt.subplots(figsize=(6.4, 3.6))
    for color, kind in zip(COLORS, ("dense", "mixture of experts")):
        chosen = [r for r in rows if runs[r["id"]]["class"] == kind]
        axes.scatter([runs[r["id"]]["gpus"] for r in chosen], [r[OUT] for r in chosen], s=7, alpha=0.5, color=color,
                     linewidths=0, label=kind, rasterized=True)
    axes.axhline(0, color="#444", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_ylim(-60, 100)
    axes.legend(fontsize=8, frameon=False)
    style(axes, "accelerators", "error, %", "Error against scale")
    save(figure, path)


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, dpi=150, metadata={"Date": None})
    plt.close(figure)


def ranking_tables(validation):
    rank = table(("source", "groups", "plans", "median rho", "least rho", "median regret %", "worst %", "chosen within 3%"),
                 [(r["source"], r["groups"], r["plans"], f"{r['median_spearman']:.2f}", f"{r['least_spearman']:.2f}",
                   f"{r['median_regret_pct']:.1f}", f"{r['worst_regret_pct']:.1f}", f"{r['chosen_within_3_pct']:.0f}%")
                  for r in validation["ranking"]])
    scale = table(("series", "source", "series", "pairs", "median %", "90th %"),
                  [(s["kind"], s["source"], s["series"], s["pairs"], f"{s['median_abs_pct']:.1f}", f"{s['p90_abs_pct']:.1f}")
                   for s in validation["scaling"]])
    return rank, scale


def worst(validation):
    lines = []
    for row in validation["worst"]:
        terms = sorted(row["time"].items(), key=lambda item: -item[1])[:4]
        share = ", ".join(f"{name} {100 * seconds / row['predicted_s']:.0f}%" for name, seconds in terms)
        lines.append((row["id"], f"{row['measured_s']:.4g}", f"{row['predicted_s']:.4g}", f"{row['error_pct']:+.0f}", share))
    return table(("row", "measured s", "predicted s", "error %", "where the predicted time goes"), lines)


def page(validation, rows, runs, notes):
    memory = validation["memory"]
    rank, scale = ranking_tables(validation)
    inside = validation["overall"]["interval_coverage_80"]
    return f"""<!-- Written by tools/docs/validation_page.py; change that, or validation/notes.md. -->
# Validation against published runs

Every figure of this page comes from the program: `gigawatt calibrate --from-scratch --leave-sources-out` fits the constants and predicts every row without its (model, accelerator) group and without its source; `gigawatt validate` predicts with the shipped constants. Errors are |predicted / measured - 1| of the step time in percent; the macro median is the mean over sources of each source's median. How the constants are fitted: [calibration](calibration.md).

{summary(rows)}
![predicted against measured](validation/scatter.svg)

![share of rows within an error](validation/distribution.svg)

Memory: {100 * memory['oom_recall']:.1f}% of {memory['oom_rows']} published out-of-memory configurations are predicted not to fit, {100 * memory['fit_recall']:.1f}% of {memory['fit_rows']} that ran to fit; median error of {memory['measured_rows']} published peaks {memory['median_abs_pct']:.1f}% (memory has no constants fitted to these rows but the allocator's fragmentation).

The 80% intervals of the shipped constants hold {inside:.0f}% of all rows; they are set so that they hold 80% of rows of folds that had no say in them.

## By source and by kind

Medians, 90th percentiles and bias with the row's model and accelerator left out; the last column leaves its whole source out.

{grouped(rows, lambda r: r['source'], 'source')}
{grouped(rows, lambda r: runs[r['id']]['generation'], 'generation')}
{grouped(rows, lambda r: runs[r['id']]['class'], 'class')}
{grouped(rows, lambda r: runs[r['id']]['precision'], 'precision')}
{grouped(rows, lambda r: runs[r['id']]['scale'], 'accelerators')}
![error against scale](validation/scale.svg)

## Ranking plans and following scale

Plans of one model, batch and number of accelerators, ordered by prediction and by measurement (Spearman's rho); regret: how much slower than the measured best the chosen plan is. Series that differ in the number of accelerators alone: error of the ratio of step times.

{rank}
{scale}
## The twenty largest errors

With the shipped constants, and where their predicted time goes.

{worst(validation)}
{notes}"""


GENERATIONS = {"A100": "ampere", "H100": "hopper", "H200": "hopper", "H800": "hopper", "GH200": "hopper", "B200": "blackwell",
               "GB200": "blackwell", "B300": "blackwell-ultra", "GB300": "blackwell-ultra", "V100": "volta"}


def describe(row):
    gpus = int(row["gpus"])
    scale = next(name for limit, name in ((8, "1 to 8"), (64, "9 to 64"), (512, "65 to 512"), (4096, "513 to 4096"),
                                          (10**9, "over 4096")) if gpus <= limit)
    return {"gpus": gpus, "scale": scale, "precision": row["precision"] or "bf16",
            "class": "mixture of experts" if row["experts"] not in ("", "0") else "dense",
            "generation": GENERATIONS.get(row["accelerator"].split("-")[0], "other")}


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    validation = json.loads(Path(arguments[0]).read_text())
    folder = Path(arguments[1])
    with open(Path(__file__).resolve().parents[2] / "data/validation/runs.csv", newline="") as file:
        runs = {row["id"]: describe(row) for row in csv.DictReader(file)}
    rows = read_residuals(folder / "residuals.csv")
    plot_scatter(rows, runs, folder / "scatter.svg")
    plot_distribution(rows, folder / "distribution.svg")
    plot_scale(rows, runs, folder / "scale.svg")
    text = page(validation, rows, runs, (folder / "notes.md").read_text())
    (folder.parent / "validation.md").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
