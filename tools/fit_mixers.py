#!/usr/bin/env python3
"""Fits data/calibration/mixers/*.toml: how long recurrent mixers take over what their FLOPs and bytes ask for.

    python tools/fit_mixers.py FOLDER data/calibration/mixers      (needs pyarrow 26.0.1 and pandas 3.1.1)

FOLDER holds gdn.parquet, kda.parquet and mamba2.parquet of ai-dynamo/aiconfigurator (key kernel-calls-2026 of
data/sources.toml). A constant is the median of measured over ideal time, the sum of FLOPs at the 16-bit peak and bytes at
the memory's bandwidth as step/operator_times.cpp counts them, over prompts of at least 8,192 tokens with at least as many
(sequence, head) pairs as multiprocessors. Of several kernels the Triton ones of flash-linear-attention are taken: the
others have no backward pass. Printed: the median error of each model's calls by the constants of the other models.
"""

import pathlib
import sys

import pyarrow.parquet as parquet

# 16-bit peak FLOP/s, bytes/s, multiprocessors, as in data/chips.
CHIPS = {
    "h100_sxm": ("hopper", 989e12, 3.35e12, 132),
    "h200_sxm": ("hopper", 989e12, 4.8e12, 132),
    "b200_sxm": ("blackwell", 2250e12, 8e12, 148),
    "gb200": ("blackwell", 2500e12, 8e12, 152),
    "b300_sxm": ("blackwell-ultra", 2250e12, 8e12, 148),
    "gb300": ("blackwell-ultra", 2500e12, 8e12, 152),
}
CHUNK = 64
NAMES = {
    "gated_delta": "Time of gated delta attention over its FLOPs and bytes at the data sheet's rates",
    "kimi_delta": "Time of Kimi delta attention over its FLOPs and bytes at the data sheet's rates",
    "state_space": "Time of a Mamba-2 scan or linear attention over its FLOPs and bytes at the data sheet's rates",
    "convolution": "Time of a short convolution over its bytes at the memory's bandwidth",
}


def ratios(folder: pathlib.Path):
    """Yields (constant, generation, model, measured over ideal)."""
    for file in ("gdn", "kda", "mamba2"):
        table = parquet.read_table(folder / f"{file}.parquet").to_pandas()
        table = table[(table.phase == "context") & (table.num_tokens >= 8192)]
        for row in table.itertuples():
            if row.gpu not in CHIPS:
                continue
            generation, peak, bandwidth, processors = CHIPS[row.gpu]
            seconds = row.latency * 1e-3
            if "conv" in row.kernel_source:
                if file == "mamba2":
                    channels = row.nheads * row.head_dim + 2 * row.n_groups * row.d_state
                else:
                    channels = 2 * row.num_k_heads * row.head_k_dim + row.num_v_heads * row.head_v_dim
                if row.batch_size * channels / 256 >= processors:
                    yield "convolution", generation, row.model_name, seconds / (4 * row.num_tokens * channels / bandwidth)
                continue
            name = {"chunk_gated_delta_rule": "gated_delta", "chunk_kda": "kimi_delta"}.get(row.kernel_source)
            heads, keys, values = row.num_v_heads, row.head_k_dim, row.head_v_dim
            if name is None or row.batch_size * heads < processors:
                continue
            flops = 2 * row.num_tokens * heads * keys * (2 * values + CHUNK * (1 + values / keys))
            states = row.num_tokens / CHUNK * heads * keys * values * 2
            moved = 2 * (row.num_tokens * heads * (2 * keys + 2 * values) + 2 * states)
            yield name, generation, row.model_name, seconds / (flops / peak + moved / bandwidth)


def median(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def errors(calls: list[tuple[str, float]]) -> float:
    """Median error in percent of calls by the constant of the other models; of one model, by its own."""
    out = []
    models = sorted({model for model, _ in calls})
    for model in models:
        others = [r for m, r in calls if m != model or len(models) == 1]
        out += [100 * abs(median(others) / r - 1) for m, r in calls if m == model]
    return median(out)


def text(name: str, basis: str, rows: int, constants: dict[str, tuple[float, float, bool, str]]) -> str:
    out = [
        '# Written by "tools/fit_mixers.py"; do not edit.',
        f'name = "{name}"\nkind = "mixers"\nbasis = "{basis}"\nrows = {rows}',
        'source = "kernel-calls-2026"\nrow_sources = []',
    ]
    for key, (value, spread, fitted, why) in constants.items():
        out.append(
            f'\n[[parameter]]\nname = "{key}"\nvalue = {value:.4g}\nstandard_error = {spread:.3g}\nunit = "1"\n'
            f'low = 0.1\nhigh = 100.0\ndetermined = {"true" if fitted else "false"}\n'
            + (f'basis = "{why}"\n' if why else "")
            + f'meaning = "{NAMES[key]}"'
        )
    return "\n".join(out) + "\n"


def main() -> None:
    folder, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    found: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for name, generation, model, ratio in ratios(folder):
        found.setdefault(generation, {}).setdefault(name, []).append((model, ratio))
    means: dict[str, list[float]] = {}
    for generation, constants in sorted(found.items()):
        values = {}
        for name, calls in constants.items():
            ordered = sorted(r for _, r in calls)
            spread = (ordered[len(ordered) * 84 // 100] - ordered[len(ordered) * 16 // 100]) / 2
            values[name] = (median(ordered), spread, True, "")
            print(f"{generation:16} {name:12} {len(calls):5} calls  {values[name][0]:6.2f}  left out {errors(calls):5.1f}%")
        values["state_space"] = (*values["gated_delta"][:2], False, "as gated_delta: no calls of a scan")
        for name, value in values.items():
            means.setdefault(name, []).append(value[0])
        rows = sum(len(calls) for calls in constants.values())
        ordered = {name: values[name] for name in NAMES}
        (target / f"{generation}.toml").write_text(text(generation, "measured kernels", rows, ordered))
    lone = "mean of the measured generations"
    default = {name: (sum(means[name]) / len(means[name]), 0.0, False, lone) for name in NAMES}
    (target / "default.toml").write_text(text("default", lone, 1, default))


if __name__ == "__main__":
    main()
