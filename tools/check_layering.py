#!/usr/bin/env python3
"""Checks that every module includes and links only what stands below it.

The table is the architecture: a module may use the modules of its row, and what those use. Held against it are
each `#include "gigawatt/..."` below src/, each DEPENDS of a module's CMakeLists.txt, and that what a file includes is
also what its module links. The table says no more than what is true:
each module of a row is included by a file of that module. A header whose first comment says "Private to this module" is
included by its module alone, and nobody walks around the table with a relative include. The tests of each module are built.
"""

import re
import sys

import check_main

TABLE = {
    "base": [],
    "units": [],
    "solver": ["base"],
    "flows": ["base"],
    "planner": ["solver"],
    "config": ["base", "units"],
    "logs": ["config"],
    "catalog": ["config"],
    "workload": ["catalog"],
    "topology": ["catalog"],
    "network": ["flows", "topology"],
    "power": ["catalog"],
    "kernels": ["catalog"],
    "step": ["workload", "network", "kernels"],
    "waveform": ["power", "step"],
    "interop": ["step"],
    "reliability": ["base"],
    "site": ["catalog"],
    "grid": ["solver", "site"],
    "finance": ["catalog"],
    "serving": ["workload", "network", "power", "kernels"],
    "search": ["step"],
    "events": ["base"],
    "scheduling": ["events"],
    "scenario": ["catalog"],
    "fleet": ["reliability", "site", "finance", "scheduling", "scenario"],
    "results": ["base"],
    "analysis": ["step"],
    "trace": ["base"],
    "engine": ["planner", "logs", "waveform", "grid", "serving", "search", "fleet", "results", "analysis"],
    "measured": ["engine"],
    "report": ["trace", "engine"],
    "sweep": ["engine"],
    "ask": ["interop", "report", "sweep", "measured"],
    "server": ["ask"],
    "cli": ["server"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]gigawatt/([^/">]+)/([^">]+)[">]', re.MULTILINE)
RELATIVE = re.compile(r'^\s*#\s*include\s*"\.{1,2}/', re.MULTILINE)
PRIVATE = re.compile(r"private\s+(?:///\s+)?to\s+(?:///\s+)?this\s+(?:///\s+)?module(?!\s+(?:///\s+)?and)", re.IGNORECASE)
MODULE_CALL = re.compile(r"gw_module\s*\(([^)]*)\)")
TEST_PROGRAM = re.compile(r"gw_test_program\(\w+ ([^)]*)\)")
KEYWORDS = {"DEPENDS", "LINK", "TEST_LINK"}


def closure(start, edges):
    """The nodes reachable from `start`, without itself."""
    seen, pending = set(), list(edges.get(start, []))
    while pending:
        node = pending.pop()
        if node not in seen:
            seen.add(node)
            pending.extend(edges.get(node, []))
    return seen


def cmake_lists(text):
    """The keyword lists of the gw_module call: {"DEPENDS": [...], ...}."""
    lists = {keyword: [] for keyword in KEYWORDS}
    call = MODULE_CALL.search(re.sub(r"#.*", "", text))
    keyword = None
    for word in call.group(1).split() if call else []:
        if word in KEYWORDS:
            keyword = word
        elif keyword:
            lists[keyword].append(word)
    return lists


def is_private(header):
    """Whether the comment before a header's first include says so."""
    return PRIVATE.search(header.read_text(encoding="utf-8").split("#include", 1)[0]) is not None


def check(root, table=None):
    """The violations below root/src/gigawatt, one line each."""
    table = TABLE if table is None else table
    source = root / "src" / "gigawatt"
    modules = sorted(folder for folder in source.iterdir() if folder.is_dir())
    declared = {}
    for folder in modules:
        lists_file = folder / "CMakeLists.txt"
        declared[folder.name] = cmake_lists(lists_file.read_text()) if lists_file.exists() else None
    links = {name: lists["DEPENDS"] for name, lists in declared.items() if lists}

    problems = []
    private = {f"{file.parent.name}/{file.name}" for file in source.glob("*/*.h") if is_private(file)}
    used = {name: set() for name in table}
    for folder in modules:
        name, lists = folder.name, declared[folder.name]
        if name not in table:
            problems.append(f"{folder.relative_to(root)}: module '{name}' is not in the table")
            continue
        allowed = closure(name, table) | {name}
        linked = closure(name, links) | {name}
        if lists:
            for other in lists["DEPENDS"]:
                if other not in allowed:
                    problems.append(f"{folder.relative_to(root)}/CMakeLists.txt: '{name}' must not depend on '{other}'")
        for file in sorted(folder.rglob("*")):
            if file.suffix not in {".h", ".cpp"}:
                continue
            text = file.read_text(encoding="utf-8")
            for match in RELATIVE.finditer(text):
                line = text.count(chr(10), 0, match.end()) + 1
                problems.append(f'{file.relative_to(root)}:{line}: includes are written from src/ on: "gigawatt/..."')
            for match in INCLUDE.finditer(text):
                other, header = match.group(1), match.group(2)
                used[name].add(other)
                place = f"{file.relative_to(root)}:{text.count(chr(10), 0, match.start(1)) + 1}"
                if other not in allowed:
                    problems.append(f"{place}: '{name}' must not include '{other}'")
                elif lists and other not in linked:
                    problems.append(f"{place}: '{name}' includes '{other}' but its CMakeLists.txt does not link it")
                if other != name and f"{other}/{header}" in private:
                    problems.append(f"{place}: {other}/{header} is private to its module")
    build = root / "CMakeLists.txt"
    tested = " ".join(TEST_PROGRAM.findall(build.read_text() if build.exists() else "")).split()
    for folder in modules if build.exists() else []:
        if any(folder.glob("test/*_test.cpp")) and tested.count(folder.name) != 1:
            problems.append(f"CMakeLists.txt: the tests of '{folder.name}' belong to one gw_test_program, not to {tested.count(folder.name)}")
    for name, row in table.items():
        if (source / name).is_dir():
            problems += [f"tools/check_layering.py: '{name}' does not use '{other}'" for other in row if other not in used[name]]
    return problems


if __name__ == "__main__":
    sys.exit(check_main.run(__doc__, "layering", check))
