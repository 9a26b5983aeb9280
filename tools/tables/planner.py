#!/usr/bin/env python3
"""Optima of the planner's random programs by SciPy, against which src/gigawatt/planner/formulation.h is tested.

    pip install scipy==1.17.1
    mkdir matrices
    GIGAWATT_PLANNER_MATRICES=matrices build/release/src/gigawatt/planner/planner_test --gtest_filter='Oracle.*'
    tools/tables/planner.py matrices src/gigawatt/planner/test/scipy_optima.csv
"""

import pathlib
import sys

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix


def optimum(columns, rows, entries, whole):
    cost, low, high, integer = (np.array(c) for c in zip(*columns))
    row_low, row_high = (np.array(r) for r in zip(*rows))
    at, by, value = (np.array(e) for e in zip(*entries))
    matrix = coo_matrix((value, (at.astype(int), by.astype(int))), shape=(len(rows), len(columns))).tocsr()
    found = milp(cost, integrality=integer if whole else np.zeros(len(columns)), bounds=Bounds(low, high),
                 constraints=LinearConstraint(matrix, row_low, row_high), options={"mip_rel_gap": 1e-9})
    if found.status == 2:
        return "infeasible"
    assert found.status == 0, found.message
    return f"{found.fun:.12g}"


def main(folder, table):
    lines = ["seed,relaxed,whole"]
    for path in sorted(pathlib.Path(folder).glob("*.txt"), key=lambda p: int(p.stem)):
        parts = {"c": [], "r": [], "a": []}
        for line in path.read_text(encoding="utf-8").splitlines():
            kind, *numbers = line.split()
            parts[kind].append([float(x) for x in numbers])
        lines.append(f"{path.stem},{optimum(parts['c'], parts['r'], parts['a'], False)},"
                     f"{optimum(parts['c'], parts['r'], parts['a'], True)}")
    pathlib.Path(table).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
