"""What the server answers, as JSON Schema: made from real answers, and held against other ones.

No list of fields is written by hand. `collect` asks every operation, `schema_of` makes one schema of all answers to an
operation, `mismatches` says where an answer and a schema differ: a field that the schema does not know, one that it
promises and the answer lacks, a value of another type.
"""

import json

from gigawatt import ROOT

# Objects whose keys are names of things, not fields: one schema for all their values.
MAPS = {"figures", "it_energy_mwh_by_site", "per_site", "by", "args", "sources", "overhead_energy_mwh", "gpu_hours", "step_breakdown", "memory_breakdown", "time"}
# What a schema of another kind describes: an entry of the catalogue by its field table, JSON Schema by itself.
OPAQUE = {"entry", "paths", "components", "properties", "$defs", "value"}
# Whole numbers by what they count; any other number may have a fraction in another answer.
WHOLE = {"id", "line", "column", "length", "gpus", "points", "futures", "pid", "tid", "evaluated", "legal", "micro_batches"}

STEPS = [
    {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 8192, "global_batch": 128, "tp": 2},
    {"model": "llama3.1-405b", "system": "gb200-nvl72", "gpus": 576, "seq": 8192, "global_batch": 576, "tp": 8, "pp": 9, "recompute": "full"},
    {"model": "deepseek-v3", "system": "h800-sxm", "gpus": 2048, "seq": 4096, "global_batch": 16384, "pp": 16, "ep": 8, "tp": 1, "zero": 1},
]
OTHER_STEPS = [
    {"model": "llama3.1-8b", "system": "a100-sxm", "gpus": 16, "seq": 4096, "global_batch": 64, "tp": 4, "zero": 3},
    {"model": "mixtral-8x7b", "system": "h100-sxm", "gpus": 128, "seq": 4096, "global_batch": 512, "ep": 8, "pp": 2},
]

# Bodies of the commands of src/gigawatt/ask/commands that have no operations of their own beside them.
QUESTIONS = {
    "power": [{"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 8192, "global_batch": 64, "seconds": 20,
               "dt": "10ms", "limit": "lipa", "mitigate": "floor=0.5,battery", "dips": "0.5:0.1@10", "modes": "0.25:0.05",
               "short_circuit_ratio": 5, "breaker": "1 MW", "batteries": 3},
              {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 8192, "global_batch": 64, "seconds": 20,
               "dt": "10ms", "jobs": 2, "failure_at": 5, "detection_time": 2, "restart_time": 5}],
    "net": [{"topology": "fat-tree:4", "permutation": 16, "bytes": "1MB", "routing": "ecmp"},
            {"topology": "meta-24k", "collective": "all-reduce", "ranks": 48, "bytes": "1e9"},
            {"topology": "star:8", "programs": "collective,bytes\nall-reduce,1e9\nall-to-all,1e9\n"},
            {"nccl": "h100-sxm", "collective": "all-reduce", "ranks": 16}, {"nccl": "a100-sxm", "collective": "all-gather", "bytes": "1MiB"}],
    "across": [{"parameters": 2e12, "step_time": 4.75, "distance_km": [30, 1250], "capacity_tbps": [10, 100], "micro_batches": 64,
                "activation_bytes": 1e9},
               {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 8192, "global_batch": 64, "plan": "TP2 PP2 MB1",
                "between": ["prometheus", "hyperion"]}],
    "site": [{"site": "stargate-abilene", "it_mw": 100}],
    "ask": [{"topic": "cost", "system": "GB300", "power": "1 GW"},
            {"topic": "train", "system": "h100-sxm", "model": "Llama 4 Maverick", "tokens": "22T", "days": 60}],
    "plan": [{"scenario": (ROOT / "scenarios/gigawatt-three-sites.toml").read_text(encoding="utf-8"), "frontier": 2, "robust": True},
             {"scenario": (ROOT / "scenarios/gigawatt-three-sites.toml").read_text(encoding="utf-8"), "minimize": "cost",
              "target": ["accelerators=500k"]}],
    "replay": [{"trace": "id,submit_s,run_s,units\n1,0,100,8\n2,10,50,8\n3,20,50,16\n", "gpus": 16, "policy": "easy",
                "gpu_power": "1.3 kW", "signal": "time,value\n0,1\n100,2\n"}],
    "fit": [{"what": "failures", "nodes": 20, "file": "node,start,end,cause\n" + "".join(
        f"n{i % 7},{3600 * i * i},{3600 * i * i + 600 * (1 + i % 5)},{('GPU', 'NIC')[i % 2]}\n" for i in range(60))}],
    "validate": [{"facts": "\n".join((ROOT / "data/validation/site_facts.csv").read_text(encoding="utf-8").splitlines()[:60])}, {}],
    "run": [{"scenario": (ROOT / "scenarios/single-rack.toml").read_text(encoding="utf-8"), "runs": 2, "snapshot": "2025-03-01"},
            {"scenario": (ROOT / "scenarios/meta-superclusters.toml").read_text(encoding="utf-8")}],
    "claims": [{"scenario": (ROOT / "scenarios/meta-superclusters.toml").read_text(encoding="utf-8")}],
    "operate": [{"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "tokens": 1e12, "futures": 3}],
    "serving": [{"model": "qwen3-32b", "system": "h200-sxm", "gpus": 8, "isl": 2000, "osl": 500, "tp": 2, "concurrency": 64, "requests": 200},
                {"model": "qwen3-32b", "system": "h200-sxm", "gpus": 8, "isl": 2000, "osl": 500, "search": True, "tpot_ms": 30, "top": 2}],
}


def collect(server, scenarios, steps, entries):
    """{"GET /api/version": [answer, ...]} for every operation; `scenarios` are (name, futures) of shipped ones."""
    answers = {}

    def ask(method, path, body=None, of=None, expect=200):
        answer = server.json(method, path, body, expect=expect)
        answers.setdefault(f"{method} {of or path}", []).append(answer)
        return answer

    for path in ("version", "openapi.json", "catalog", "validation", "scenarios", "scenario/schema"):
        ask("GET", f"/api/{path}")
    for entry in entries:
        ask("GET", f"/api/catalog/{entry}", of="/api/catalog/{kind}/{name}")
    runs = []
    for name, futures in scenarios:
        toml = (ROOT / f"scenarios/{name}.toml").read_text()
        ask("POST", "/api/scenario/check", {"toml": toml})
        # The first has a name; the last ones wait until those before them are done, sixteen at most (a full queue refuses).
        if len(runs) >= 12:
            server.wait_for(runs[-12], "done")
        named = {"name": name, "note": "of the schema"} if not runs else {}
        if len(runs) >= 12:  # the queue has room for sixteen
            server.wait_for(runs[len(runs) - 12], "done")
        runs.append(ask("POST", "/api/runs", {"toml": toml, "futures": futures, **named}, expect=202)["id"])
    for run in runs + runs[::-1]:
        ask("GET", f"/api/runs/{run}", of="/api/runs/{id}")
    stopped = server.post("/api/runs", {"toml": toml}, expect=202)["id"]
    ask("DELETE", f"/api/runs/{stopped}", of="/api/runs/{id}")
    for run in runs:
        server.wait_for(run, "done")
        ask("GET", f"/api/runs/{run}", of="/api/runs/{id}")
        ask("GET", "/api/runs")
        for part in ("document", "toml", "trace"):
            ask("GET", f"/api/runs/{run}/{part}", of=f"/api/runs/{{id}}/{part}")
        index = ask("GET", f"/api/runs/{run}/series/index", of="/api/runs/{id}/series/index")["series"]
        for series in {row["metric"]: row for row in index}.values():
            label = f"&label={series['label']}" if series.get("label") else ""
            ask("GET", f"/api/runs/{run}/series?metric={series['metric']}&entity={series['entity']}{label}&points=20".replace(" ", "%20"), of="/api/runs/{id}/series")
    ask("PATCH", f"/api/runs/{runs[0]}", {"name": "another", "note": "line\nand line"}, of="/api/runs/{id}")
    for run in runs[1:]:
        ask("PATCH", f"/api/runs/{run}", {"name": "one"}, of="/api/runs/{id}")
    ask("POST", "/api/scenario/check", {"toml": "nmae = 1\n"})
    ask("DELETE", f"/api/runs/{runs[0]}", of="/api/runs/{id}")
    for step in steps:
        for part in ("", "/neighbors", "/trace", "/command"):
            ask("POST", f"/api/step{part}", step)
        body = {key: step[key] for key in ("model", "system", "gpus", "seq", "global_batch")}
        ask("POST", "/api/search", body)
    ask("POST", "/api/step", {**steps[0], "network": "flow"})
    ask("POST", "/api/search", {**body, "network": "flow", "routing": "ecmp", "top": 2})
    for command, bodies in QUESTIONS.items():
        for body in bodies:
            ask("POST", f"/api/{command}", body)
    ask("POST", "/api/search", {**{key: steps[0][key] for key in ("model", "system", "seq", "global_batch")}, "gpus_range": [16, 64]})
    ask("POST", "/api/search", {**{key: steps[0][key] for key in ("model", "system", "seq", "global_batch")}, "gpus": 64, "gpus_range": [1, 8]})
    for gpus in ({"gpus": 8}, {"gpus_range": [8, 128]}):  # too few for the model: the answer says why
        ask("POST", "/api/search", {"model": "llama3.1-405b", "system": "h100-sxm", "seq": 8192, "global_batch": 128, **gpus})
    return answers


def kind_of(value):
    if value is None:
        return "null"
    return {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def schema_of(values, key=""):
    """One schema for all these values; `key`: what they are called."""
    kinds = sorted({kind_of(value) for value in values})
    if "number" in kinds and key in WHOLE and not any(isinstance(value, float) for value in values):
        kinds[kinds.index("number")] = "integer"
    schema = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    items = [item for value in values if isinstance(value, list) for item in value]
    if items:
        schema["items"] = schema_of(items)
    objects = [value for value in values if isinstance(value, dict)]
    if key in OPAQUE:
        return {} if len(kinds) > 1 else {"type": kinds[0]}
    if objects and (key in MAPS or "_by_" in key):
        schema["additionalProperties"] = schema_of([item for value in objects for item in value.values()])
    elif objects:
        names = sorted({name for value in objects for name in value})
        schema["properties"] = {name: schema_of([value[name] for value in objects if name in value], name) for name in names}
        required = [name for name in names if all(name in value for value in objects)]
        if required:
            schema["required"] = required
    return schema


def mismatches(value, schema, path=""):
    """Where the answer is not what the schema says, as texts."""
    wanted = schema.get("type")
    if wanted is None:
        return []
    wanted = [wanted] if isinstance(wanted, str) else wanted
    kind = kind_of(value)
    if kind not in wanted and not (kind == "number" and isinstance(value, int) and "integer" in wanted):
        return [f"{path or '.'} is {json.dumps(value)[:60]}, not {' or '.join(wanted)}"]
    found = []
    if isinstance(value, list) and "items" in schema:
        for item in value:
            found += mismatches(item, schema["items"], f"{path}[]")
    if isinstance(value, dict) and ("properties" in schema or "additionalProperties" in schema):
        known = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                found.append(f"{path}.{name} is missing")
        for name, item in value.items():
            if name in known:
                found += mismatches(item, known[name], f"{path}.{name}")
            elif "additionalProperties" in schema:
                found += mismatches(item, schema["additionalProperties"], f"{path}.*")
            else:
                found.append(f"{path}.{name} is not described")
    return sorted(set(found))
