#!/usr/bin/env python3
"""How much a scenario's reference values depend on its seed: mean, spread and extremes over seeds.

    tools/measure_seeds.py BINARY SCENARIO [--seeds 50] [--metric PATH ...]

Without --metric: those of scenarios/expected/NAME.toml. What tests/golden allows is set from these figures.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "golden"))

from golden import look_up  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("scenario", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--metric", action="append", default=[])
    arguments = parser.parse_args()
    metrics = arguments.metric
    if not metrics:
        expected = tomllib.loads((ROOT / "scenarios" / "expected" / arguments.scenario.name).read_text())
        metrics = [e["metric"] for e in expected["expect"] if not isinstance(e["value"], (str, bool))]
    values = {m: [] for m in metrics}
    for seed in range(1, arguments.seeds + 1):
        command = [arguments.binary, "run", arguments.scenario, "--json", "--seed", str(seed)]
        document = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for metric in values:
            values[metric].append(float(look_up(document, metric)))
    for metric, list_ in values.items():
        cuts = statistics.quantiles(list_, n=10)
        print(f"{metric}: mean {statistics.mean(list_):.5g} +- {statistics.stdev(list_):.3g}, "
              f"p10 {cuts[0]:.5g}, p90 {cuts[-1]:.5g}, min {min(list_):.5g}, max {max(list_):.5g}")


if __name__ == "__main__":
    main()
