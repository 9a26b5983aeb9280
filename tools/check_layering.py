#!/usr/bin/env python3
"""Checks that every module includes and links only what stands below it.

The table is the architecture: a module may use the modules of its row, and what those use. Three things are held
against it: each `#include "gigawatt/..."` below src/, each DEPENDS of a module's CMakeLists.txt, and that what a
file includes is also what its module links. A module's tests may use its TEST_DEPENDS as well.
"""

import re
import sys

import check_main

TABLE = {
    "base": [],
    "solver": ["base"],
    "flows": ["base"],
    "planner": ["solver"],
    "units": ["base"],
    "config": ["units"],
    "logs": ["config"],
    "catalog": ["config"],
    "workload": ["catalog"],
    "topology": ["catalog"],
    "network": ["topology", "flows"],
    "power": ["catalog"],
    "kernels": ["catalog"],
    "step": ["workload", "kernels", "network"],
    "waveform": ["step", "power"],
    "interop": ["step"],
    "reliability": ["catalog"],
    "site": ["catalog"],
    "grid": ["site", "solver"],
    "finance": ["catalog"],
    "serving": ["workload", "network", "kernels", "power"],
    "search": ["step"],
    "events": ["base"],
    "scheduling": ["events"],
    "scenario": ["catalog"],
    "fleet": ["events", "scenario", "step", "reliability", "scheduling", "site", "finance", "serving"],
    "results": ["units"],
    "analysis": ["results", "step"],
    "trace": ["units"],
    "engine": ["fleet", "grid", "planner", "power", "waveform", "search", "analysis", "trace", "interop", "logs", "scheduling"],
    "measured": ["engine"],
    "report": ["engine"],
    "sweep": ["engine"],
    "ask": ["engine", "report", "sweep"],
    "server": ["engine", "report", "ask"],
    "cli": ["engine", "report", "ask", "server", "measured"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]gigawatt/([^/">]+)/[^">]+[">]', re.MULTILINE)
MODULE_CALL = re.compile(r"gw_module\s*\(([^)]*)\)")
KEYWORDS = {"DEPENDS", "LINK", "TEST_LINK", "TEST_DEPENDS"}


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
    for folder in modules:
        name, lists = folder.name, declared[folder.name]
        if name not in table:
            problems.append(f"{folder.relative_to(root)}: module '{name}' is not in the table")
            continue
        allowed = closure(name, table) | {name}
        linked = closure(name, links) | {name}
        for_tests = set()
        if lists:
            for other in lists["DEPENDS"]:
                if other not in allowed:
                    problems.append(f"{folder.relative_to(root)}/CMakeLists.txt: '{name}' must not depend on '{other}'")
            for other in lists["TEST_DEPENDS"]:
                for_tests |= closure(other, table) | {other}
        for file in sorted(folder.rglob("*")):
            if file.suffix not in {".h", ".cpp"}:
                continue
            extra = for_tests if "test" in file.relative_to(folder).parts[:-1] else set()
            text = file.read_text(encoding="utf-8")
            for match in INCLUDE.finditer(text):
                other = match.group(1)
                place = f"{file.relative_to(root)}:{text.count(chr(10), 0, match.start(1)) + 1}"
                if other not in allowed | extra:
                    problems.append(f"{place}: '{name}' must not include '{other}'")
                elif lists and other not in linked | extra:
                    problems.append(f"{place}: '{name}' includes '{other}' but its CMakeLists.txt does not link it")
    return problems


if __name__ == "__main__":
    sys.exit(check_main.run(__doc__, "layering", check))
