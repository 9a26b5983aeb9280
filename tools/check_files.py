#!/usr/bin/env python3
"""Checks what holds for every file: no source file written by hand above 600 lines, no path or host of somebody's own machine.

Looks at what git tracks, or at every file where there is no git (a source archive).
"""

import re
import subprocess
import sys

import check_main

MAX_LINES = 600
SOURCE_SUFFIXES = {".h", ".cpp", ".py", ".ts", ".tsx", ".cmake", ".sh"}
# Written by a tool, and held by a test against what it writes; nobody reads it from its beginning to its end.
GENERATED = {"web/src/app/answers.ts"}
SKIPPED_FOLDERS = {".git", ".gw", "build", "node_modules", "dist", "__pycache__"}
# Home folders and work folders; a registry's host pins everybody to one mirror.
FORBIDDEN = [
    (re.compile(rb"(?<![\w./}$-])/(?:work|root|home/\w+|Users/\w+)/[\w.]"), "an absolute path of one machine"),
    (re.compile(rb"https?://[^/\s\"']*(?:registry|pypi|artifactory|nexus|mirror)[^/\s\"']*/"), "a package registry's host"),
]


def tracked_files(root):
    try:
        listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=True).stdout
        files = [root / name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = root.rglob("*")
    return sorted(f for f in files if f.is_file() and not SKIPPED_FOLDERS & set(f.relative_to(root).parts))


def check(root):
    """The violations, one line each."""
    problems = []
    for path in tracked_files(root):
        place, content = path.relative_to(root), path.read_bytes()
        if b"\0" in content[:8192]:
            continue
        lines = content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
        if path.suffix in SOURCE_SUFFIXES and lines > MAX_LINES and place.as_posix() not in GENERATED:
            problems.append(f"{place}: {lines} lines, at most {MAX_LINES} are allowed")
        for pattern, what in FORBIDDEN:
            match = pattern.search(content)
            if match:
                line = content.count(b"\n", 0, match.start()) + 1
                problems.append(f"{place}:{line}: {what}: {match.group(0).decode(errors='replace')}")
    return problems


if __name__ == "__main__":
    sys.exit(check_main.run(__doc__, "files", check))
