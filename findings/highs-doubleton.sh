#!/usr/bin/env bash
# HiGHS 1.15.1 (highspy 1.15.1): a bounded mixed-integer program of 13 columns and 10 rows, coefficients between 1 and 12. A solver
# that says "optimal", with a bound equal to its objective, is expected to have found the optimum, with or without presolve.
# With presolve it ends "optimal" at -8, bound -8; without presolve at -12, and that solution is feasible. Of the rules that
# can be switched off, only the one for equations of two columns (presolve_rule_off = 2^9) brings -12 back.
#
# Seen: presolve: Optimal -8; no presolve: Optimal -12; presolve without doubleton equations: Optimal -12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install highspy==1.15.1
cat > "$work/p.py" <<'EOF'
import highspy
import numpy as np

INF = highspy.kHighsInf
# cost, upper bound, whole
COLUMNS = [(0, 1, 1), (0, 1, 1), (0, 1, 0), (0, 1, 0), (0, 2, 1), (-4, INF, 1), (-4, INF, 1), (0, INF, 0), (0, INF, 0),
           (-4, INF, 1), (-4, INF, 1), (0, INF, 0), (0, INF, 0)]
ROWS = [(0, 0, {0: 1, 2: -1}), (0, 0, {0: -1, 1: 1, 3: -1}), (0, 0, {5: -12, 6: -12, 7: 1}), (0, 0, {7: -1, 8: 1}),
        (0, 0, {9: -12, 10: -12, 11: 1}), (0, 0, {11: -1, 12: 1}), (-INF, 0, {2: -8, 7: 1}),
        (-INF, 30, {4: -10, 8: 1.25, 12: 1.25}), (-INF, 8, {5: 4, 9: 4}), (-INF, 4, {6: 4, 10: 4})]


def optimum(**options):
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    for key, value in options.items():
        h.setOptionValue(key, value)
    for j, (cost, high, whole) in enumerate(COLUMNS):
        h.addVar(0, high)
        h.changeColCost(j, cost)
        if whole:
            h.changeColIntegrality(j, highspy.HighsVarType.kInteger)
    for low, high, terms in ROWS:
        h.addRow(low, high, len(terms), np.array(list(terms), np.int32), np.array(list(terms.values()), float))
    h.run()
    x = h.getSolution().col_value
    feasible = all(low - 1e-9 <= sum(v * x[j] for j, v in t.items()) <= high + 1e-9 for low, high, t in ROWS)
    return h.modelStatusToString(h.getModelStatus()), round(h.getInfo().objective_function_value), feasible


seen = [optimum(presolve="on"), optimum(presolve="off"), optimum(presolve="on", presolve_rule_off=1 << 9)]
for name, one in zip(("presolve", "no presolve", "presolve without doubleton equations"), seen):
    print(f"{name}: {one[0]} {one[1]}, feasible: {one[2]}")
assert seen == [("Optimal", -8, True), ("Optimal", -12, True), ("Optimal", -12, True)], "changed"
EOF
"$work/venv/bin/python" "$work/p.py"
