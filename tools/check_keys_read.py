#!/usr/bin/env python3
"""Checks that every key of the scenario format is read by something beyond the format itself.

A key that a file may give and that nothing reads changes nothing, in silence. The field tables
(src/gigawatt/scenario/fields*.cpp) name each key with the member that it fills; that member must occur outside of
them, outside of where it is declared, and outside of tests.
"""

import re
import sys
from pathlib import Path

import check_main

# Words of a file for its reader: they are shown as a whole by the lists of inputs and claims.
SHOWN = {"source", "assumed", "reason", "note", "doc", "title", "description", "statement", "control"}


def members(text):
    """(member, key) of every field of a table: v(s.member, {.key = "key" ...}) and v.choice(s.member, names, {...})."""
    return re.findall(r"\bv(?:\.\w+)?\(\s*\w+\.(\w+)(?:\[i\])?,[^;{]*\{\s*\.key = \"(\w+)\"", text)


def check(root):
    source = root / "src" / "gigawatt"
    tables = sorted((source / "scenario").glob("fields*.cpp"))
    readers = "\n".join(
        path.read_text()
        for path in sorted(source.rglob("*.cpp")) + sorted(source.rglob("*.h"))
        if "/test/" not in str(path) and path not in tables and path.parent.name != "config"
        and not (path.parent.name == "scenario" and path.suffix == ".h"))
    used = set(re.findall(r"(?:\.|->)(\w+)\b", readers))
    # A struct's own short functions read its members without a dot: a name that its header says twice.
    for path in (source / "scenario").glob("*.h"):
        words = re.findall(r"\w+", re.sub(r"//.*", "", path.read_text()))
        used |= {word for word in words if words.count(word) > 1}
    problems = []
    for table in tables:
        for member, key in members(table.read_text()):
            if member not in used and key not in SHOWN:
                problems.append(f"{table.relative_to(root)}: nothing reads '{key}' ({member})")
    return problems


if __name__ == "__main__":
    sys.exit(check_main.run(__doc__, "keys", check))
