"""Random scenarios: 1 to 5 sites, built or building, with trainings, batches, pools, failures, budgets, any policy.

`generate(seed)` gives the same Scenario on every machine. Its numbers can be scaled (`twice`) and its text changed by
key, so that tests can ask what the change must do to the result.
"""

import copy
import dataclasses
import random

POLICIES = ("fifo", "easy", "conservative", "priority", "priority-easy", "backfill", "preempt", "fair-share",
            "fair-share-easy", "shortest")
SYSTEMS = {"h100-sxm": 8, "h200-sxm": 8, "mi300x": 8, "gb200-nvl72": 4, "a100-sxm": 8}  # accelerators of a node


@dataclasses.dataclass
class Scenario:
    name: str
    top: dict
    tables: dict                                    # [operations], [failures], [checkpoint]
    sites: list = dataclasses.field(default_factory=list)    # each with "phases"
    fleet: list = dataclasses.field(default_factory=list)
    budgets: list = dataclasses.field(default_factory=list)
    jobs: list = dataclasses.field(default_factory=list)

    def toml(self):
        lines = ["version = 1", f'name = "{self.name}"', *pairs(self.top)]
        for budget in self.budgets:
            lines += ["", "[[budget]]", *pairs(budget)]
        for site in self.sites:
            lines += ["", "[[site]]", *pairs({k: v for k, v in site.items() if k != "phases"})]
            for phase in site.get("phases", []):
                lines += ["", "[[site.phase]]", *pairs(phase)]
        for entry in self.fleet:
            lines += ["", "[[fleet]]", *pairs(entry)]
        for name, table in self.tables.items():
            lines += ["", f"[{name}]", *pairs(table)]
        for job in self.jobs:
            lines += ["", "[[job]]", *pairs(job)]
        return "\n".join(lines) + "\n"

    def copy(self):
        return copy.deepcopy(self)


class Bare(str):
    """Text that is no TOML string: dates, tables."""


def value(v):
    if isinstance(v, Bare):
        return str(v)
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str):
        return f'"{v}"'
    if isinstance(v, list):
        return "[" + ", ".join(value(x) for x in v) + "]"
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k} = {value(x)}" for k, x in v.items()) + " }"
    return repr(v)


def pairs(table):
    return [f"{k} = {value(v)}" for k, v in table.items()]


def date(day):
    """Day of 2026."""
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    month = 0
    while day >= lengths[month]:
        day -= lengths[month]
        month += 1
    return Bare(f"2026-{month + 1:02}-{day + 1:02}")


def site(r, i, system):
    built = r.random() < 0.6
    out = {"name": f"s{i}", "kind": "existing" if built else "new", "cooling": r.choice(["air", "liquid-dry"]),
           "pue": (pue := round(r.uniform(1.08, 1.5), 2)), "peak_overhead": round(pue + 0.1, 2), "carbon_intensity": f"{r.uniform(0.05, 0.6):.2f} kg/kWh",
           "electricity_price": f"{r.randrange(20, 120)} USD/MWh", "assumed": True, "reason": "drawn at random"}
    if built:
        return out
    del out["kind"]
    out["system"] = system
    out["phases"] = [{"name": f"p{i}-{k}", "facility_power": f"{r.randrange(300, 2500)} kW",
                      "power": {"date": date(r.randrange(0, 60))}, "cooling": {"date": date(r.randrange(0, 60))},
                      "racks": {"lead": f"{r.randrange(1, 9)} weeks", "sigma": 0.2}, "network": {"lead": "1 week"},
                      "acceptance": {"lead": "3 days"}} for k in range(r.randrange(1, 3))]
    return out


def job(r, i, system, where, most, signal):
    """`most`: nodes that a gang may ask for there."""
    per_node = SYSTEMS[system]
    kind = r.choice(["training", "batch", "batch", "inference", "research"])
    out = {"name": f"j{i}", "kind": kind, "site": where, "system": system, "priority": r.randrange(0, 4),
           "account": r.choice("abc"), "assumed": True, "reason": "drawn at random"}
    if kind == "training":
        sequences = 256
        out |= {"model": "llama3.1-8b", "accelerators": per_node * r.choice([n for n in (2, 4, 8, 16) if n <= most]),
                "tokens": r.uniform(0.2, 3) * 1e11, "sequence": 8192, "global_batch": sequences, "plan": "best",
                "preemptible": r.random() < 0.5, "start": date(r.randrange(0, 80))}
        if r.random() < 0.3:
            out["elastic"] = True
    elif kind == "batch":
        sizes = sorted(r.sample([1, *(n * per_node for n in (1, 2, 4, 16) if n <= most)], r.randrange(1, 4)))
        median = r.uniform(0.3, 12)
        out |= {"model": "llama3.1-8b", "count": r.choice([1, 20, 300, 2000]), "sizes": sizes,
                "duration_median": f"{median:.2f} h", "duration_mean": f"{median * r.uniform(1, 3):.2f} h",
                "preemptible": r.random() < 0.5, "estimate_factor": r.choice([1, 3])}
        if signal and r.random() < 0.5:
            out["may_defer"] = "24 h"
    elif kind == "inference":
        out |= {"demand": [{"date": date(0), "accelerators": per_node * r.randrange(1, 6)},
                           {"date": date(170), "accelerators": per_node * r.randrange(1, 20)}], "model": "llama3.1-8b"}
    else:
        out |= {"share": round(r.uniform(0.02, 0.3), 2)}
    return out


def generate(seed):
    r = random.Random(seed)
    s = Scenario(f"random-{seed}", {"start": date(0), "end": date(r.choice([90, 120, 180])), "seed": seed + 1},
                 {"operations": {"scheduler": POLICIES[seed % len(POLICIES)]},
                  "failures": {"profile": r.choice(["default", "rsc-1", "llama3-405b"]),
                               "rate_scale": r.choice([0.5, 1, 10, 100])},
                  "checkpoint": {"policy": "fixed", "interval": f"{r.randrange(10, 90)} min"}})
    if r.random() < 0.5:
        s.tables["operations"]["spare_share"] = r.choice([0.01, 0.03])
    if r.random() < 0.5 and s.tables["operations"]["scheduler"] != "conservative":
        s.tables["operations"]["signal_by_hour"] = [round(r.uniform(0.1, 0.6), 2) for _ in range(24)]
    if r.random() < 0.3:
        s.tables["failures"] |= {"technicians_per_thousand": 1, "lemon_share": "2%"}
    there = []
    for i in range(r.randrange(1, 6)):
        system = r.choice(list(SYSTEMS))
        s.sites.append(site(r, i, system))
        nodes = 16
        if s.sites[-1].get("kind") == "existing":
            nodes = r.choice([4, 16, 64, 200])
            s.fleet.append({"name": f"f{i}", "system": system, "accelerators": nodes * SYSTEMS[system],
                            "date": date(0), "site": f"s{i}", "assumed": True, "reason": "drawn at random"})
        there.append((f"s{i}", system, nodes))
    if r.random() < 0.5:
        s.budgets.append({"year": 2026, "capex": f"{r.choice([5, 20, 500])} MUSD", "assumed": True, "reason": "drawn"})
    for i in range(r.randrange(1, 8)):
        where, system, most = r.choice(there)
        s.jobs.append(job(r, i, system, where, most, "signal_by_hour" in s.tables["operations"]))
    return s


def twice(scenario):
    """Everything twice as large: sites, fleets, money, demand, and two of each training and of each batch's jobs."""
    out = scenario.copy()
    out.name += "-twice"
    for there in out.sites:
        for phase in there.get("phases", []):
            phase["facility_power"] = f"{2 * int(phase['facility_power'].split()[0])} kW"
    for entry in out.fleet:
        entry["accelerators"] *= 2
    for budget in out.budgets:
        budget["capex"] = f"{2 * int(budget['capex'].split()[0])} MUSD"
    for one in scenario.jobs:
        other = next(j for j in out.jobs if j["name"] == one["name"])
        if one["kind"] == "training":
            out.jobs.append({**one, "name": one["name"] + "b"})
        elif one["kind"] == "batch":
            other["count"] *= 2
        for point in other.get("demand", []):
            point["accelerators"] *= 2
    return out
