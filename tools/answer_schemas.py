#!/usr/bin/env python3
"""Writes schema/answers.json, the schemas of what `gigawatt serve` answers, from its answers.

    GIGAWATT_BINARY=build/release/apps/gigawatt/gigawatt tools/answer_schemas.py

The server puts them into its OpenAPI document; tests/server/test_openapi.py holds other answers against them. The types
of the web pages follow from them: `npm run types` in web/.
"""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from answer_schema import OTHER_STEPS, STEPS, collect, schema_of  # noqa: E402
from server import Server  # noqa: E402

# Of every kind; the one of 1.3 million accelerators says nothing that others do not.
SCENARIOS = [(path.stem, 2 if path.stem == "meta-superclusters" else 1) for path in sorted((ROOT / "scenarios").glob("*.toml")) if path.stem != "fleet-1300k-one-year"]
KINDS = ["chips", "systems", "models", "sites", "networks", "failures", "prices", "carbon", "grids", "facility", "facts", "software"]


def main():
    with Server() as server:
        catalogue = server.get("/api/catalog")
        entries = [f"{kind}/{entry['name']}" for kind in KINDS for entry in catalogue[kind]]
        answers = collect(server, SCENARIOS, STEPS + OTHER_STEPS, entries)
    schemas = {operation: schema_of(found) for operation, found in sorted(answers.items())}
    path = ROOT / "schema" / "answers.json"
    path.write_text(json.dumps(schemas, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {len(schemas)} operations, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
