#!/usr/bin/env python3
"""Checks that every number below data/ says where it comes from.

A number, or a text that is a number with a unit, is covered by the nearest enclosing table that has a `source` (or
a list of `sources`); each of them is a key of data/sources.toml. What is `assumed` has a reason, and a range too
where it is a single value. A CSV file has a `source` column or is named by a table of sources.toml under `files`.
"""

import csv
import re
import sys
import tomllib

import check_main

# Structure rather than knowledge: numbers that need no source, and texts that only look like quantities.
STRUCTURAL = {"version", "tolerance", "total_tolerance", "active_tolerance"}
WORDS = {"name", "title", "aliases", "reason", "note", "doc", "url", "source", "sources", "kind", "family", "vendor",
         "place", "owner", "released", "date", "retrieved", "published", "author", "quote", "unit", "period"}
QUANTITY = re.compile(r"^[+-]?[0-9][0-9_,.]*([eE][+-]?[0-9]+)?(\s+[A-Za-z%][\w/^*%.-]*|\s*%)?$")


def is_number(value):
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, float)) or (isinstance(value, str) and QUANTITY.match(value) is not None)


def magnitude(value):
    """The number in front of the unit, or None."""
    if isinstance(value, (int, float)):
        return float(value)
    match = re.match(r"^[+-]?[0-9][0-9_.]*([eE][+-]?[0-9]+)?", value) if isinstance(value, str) else None
    return float(match.group(0).replace("_", "")) if match else None


def unit(value):
    return re.sub(r"^[+-]?[0-9][0-9_.]*([eE][+-]?[0-9]+)?\s*", "", value) if isinstance(value, str) else ""


def sources_of(table):
    """The sources that a table names, or None."""
    if "source" in table:
        return [table["source"]]
    if isinstance(table.get("sources"), list) and all(isinstance(s, str) for s in table["sources"]):
        return table["sources"]
    return None


def check_range(table, place):
    """A leaf's band: it must hold the value, and an assumed value must have one."""
    ends = [table.get("low"), table.get("high")]
    if None in ends:
        return [f"{place}: assumed, but without a range (low and high)"] if table.get("kind") == "assumed" else []
    values = [ends[0], table["value"], ends[1]]
    numbers = [magnitude(v) for v in values]
    if None in numbers or len({unit(v) for v in values}) > 1:
        return []
    return [] if numbers[0] <= numbers[1] <= numbers[2] else [f"{place}: {values[1]} is outside of {ends[0]} to {ends[1]}"]


def check_node(node, place, covered, known):
    problems = []
    if isinstance(node, list):
        for i, item in enumerate(node):
            problems += check_node(item, f"{place}[{i}]", covered, known)
    elif isinstance(node, dict):
        sources = sources_of(node)
        for source in sources or []:
            if source not in known:
                problems.append(f"{place}: source '{source}' is not in data/sources.toml")
        if (node.get("kind") == "assumed" or node.get("assumed") is True) and not str(node.get("reason", "")).strip():
            problems.append(f"{place}: assumed, but without a reason")
        if "value" in node:
            problems += check_range(node, place)
        for key, value in node.items():
            if key not in STRUCTURAL and not (key in WORDS and not isinstance(value, dict)):
                inner = f"{place}.{key}" if not place.endswith(".toml") else f"{place}: {key}"
                problems += check_node(value, inner, covered or sources is not None, known)
    elif is_number(node) and not covered:
        problems.append(f"{place}: {node} has no source")
    return problems


def check_csv(path, place, listed, known):
    if place in listed:
        return []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if "source" not in (reader.fieldnames or []):
            return [f"{place}: has no `source` column and no entry in data/sources.toml names it under `files`"]
        blank = [str(number) for number, row in enumerate(reader, start=1) if not (row["source"] or "").strip()]
    return [f"{place}: records without a source: {', '.join(blank[:5])}"] if blank else []


def load_sources(data):
    """The keys of sources.toml, its incomplete entries, and the files that entries vouch for."""
    path = data / "sources.toml"
    if not path.exists():
        return set(), ["data/sources.toml: missing"], set()
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    entries = {key: value for key, value in table.items() if isinstance(value, dict)}
    problems = [f"data/sources.toml: '{key}' has no title" for key, value in entries.items() if not value.get("title")]
    listed = {file for value in entries.values() for file in value.get("files", [])}
    return set(entries), problems, listed


def check(root):
    """The violations below root/data, one line each."""
    data = root / "data"
    known, problems, listed = load_sources(data)
    for path in sorted(data.rglob("*")):
        place = str(path.relative_to(data))
        if path.suffix == ".toml" and path.name != "sources.toml":
            try:
                table = tomllib.loads(path.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                problems.append(f"data/{place}: {error}")
                continue
            problems += check_node(table, f"data/{place}", False, known)
        elif path.suffix == ".csv":
            problems += check_csv(path, place, listed, known)
    return problems


if __name__ == "__main__":
    sys.exit(check_main.run(__doc__, "citations", check))
