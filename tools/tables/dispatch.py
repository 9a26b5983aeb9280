#!/usr/bin/env python3
"""Thirty random site-years dispatched by PyPSA with HiGHS, against which src/gigawatt/grid/dispatch.h is tested.

    pip install pypsa==1.4.0 highspy==1.16.0
    tools/tables/dispatch.py src/gigawatt/grid/test/dispatch_pypsa.csv

A site is drawn from its seed by the generator below, which the test repeats: splitmix64, so that both see the same
numbers. Standing loss is left out, because PyPSA leaves it out of the first hour.
"""

import logging
import pathlib
import sys

import pandas as pd
import pypsa

logging.disable(logging.WARNING)
HOURS = 8760
MASK = (1 << 64) - 1


class Random:
    def __init__(self, seed):
        self.state = seed

    def uniform(self, low, high):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z = z ^ (z >> 31)
        return low + (high - low) * ((z >> 11) / float(1 << 53))


def site(seed):
    r = Random(seed)
    s = {"level": r.uniform(50, 150)}
    for key, low, high in (("grid", 0.5, 1.1), ("gas", 0.2, 0.6), ("gas_cost", 30, 60), ("wind", 0.1, 0.5),
                           ("power", 5, 40), ("hours", 1, 6), ("efficiency", 0.85, 1.0), ("wear", 0, 8)):
        s[key] = r.uniform(low, high)
    weather, walk = 0.4, 0.0
    s["load"], s["price"], s["profile"] = [], [], []
    for t in range(HOURS):
        weather = min(1.0, max(0.0, weather + r.uniform(-0.1, 0.1)))
        walk = 0.9 * walk + r.uniform(-12, 12)
        phase = t % 24
        day = (12 - abs(phase - 12)) / 6 - 1
        s["load"].append(s["level"] * (1 + 0.05 * day + r.uniform(-0.02, 0.02)))
        s["price"].append(40 + 15 * day + walk)
        s["profile"].append(weather)
    return s


def solve(s):
    n = pypsa.Network()
    n.set_snapshots(range(HOURS))
    n.add("Bus", "site")
    n.add("Load", "load", bus="site", p_set=pd.Series(s["load"]))
    n.add("Generator", "grid", bus="site", p_nom=s["grid"] * s["level"], marginal_cost=pd.Series(s["price"]))
    n.add("Generator", "gas", bus="site", p_nom=s["gas"] * s["level"], marginal_cost=s["gas_cost"])
    n.add("Generator", "wind", bus="site", p_nom=s["wind"] * s["level"], p_max_pu=pd.Series(s["profile"]))
    n.add("Generator", "unserved", bus="site", p_nom=10 * s["level"], marginal_cost=5000)
    n.add("StorageUnit", "battery", bus="site", p_nom=s["power"], max_hours=s["hours"],
          efficiency_store=s["efficiency"], efficiency_dispatch=s["efficiency"], marginal_cost=s["wear"],
          cyclic_state_of_charge=True)
    status, condition = n.optimize(solver_name="highs", solver_options={"output_flag": False}, include_objective_constant=False)
    if (status, condition) != ("ok", "optimal"):
        raise SystemExit(f"PyPSA: {status}, {condition}")
    return n


lines = ["seed,objective_usd,grid_mwh,unserved_mwh"]
for seed in range(1, 31):
    network = solve(site(seed))
    p = network.generators_t.p
    lines.append(f"{seed},{network.objective:.6f},{p['grid'].sum():.4f},{p['unserved'].sum():.4f}")
pathlib.Path(sys.argv[1]).write_text("\n".join(lines) + "\n")
