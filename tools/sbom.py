#!/usr/bin/env python3
"""What the program and its package are made of, as a CycloneDX document (JSON, 1.5): python3 tools/sbom.py > sbom.json.

Read from the lists by which the wrapper installs: tools/packages/run.txt (libraries that are compiled in or linked),
tools/fetch_duckdb.sh and tools/python/highs.txt (libraries that come with the program), web/package-lock.json (what the page is
bundled from), pyproject.toml (what builds the wheel). Equal lists, equal bytes.
"""

import json
import pathlib
import re
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]


def component(kind, name, version="", scope="required", hashes=()):
    purl = f"pkg:{kind}/{name.replace('@', '%40')}" + (f"@{version}" if version else "")
    if kind == "deb":
        purl = f"pkg:deb/debian/{name}?distro=bookworm"
    entry = {"type": "library", "bom-ref": purl, "name": name, "purl": purl, "scope": scope}
    if version:
        entry["version"] = version
    if hashes:
        entry["hashes"] = [{"alg": "SHA-256", "content": h} for h in hashes]
    return entry


def debian():
    for line in (ROOT / "tools/packages/run.txt").read_text().splitlines():
        for name in line.split("#")[0].split():
            yield component("deb", name)


def pinned(file, scope):
    text = (ROOT / "tools/python" / file).read_text()
    for name, version, rest in re.findall(r"^([\w.-]+)==([\w.]+)((?:\s*\\\n\s+--hash=sha256:\w+)*)", text, re.M):
        yield component("pypi", name, version, scope, re.findall(r"sha256:(\w+)", rest))


def duckdb():
    text = (ROOT / "tools/fetch_duckdb.sh").read_text()
    for name, version in re.findall(r"^readonly (?:LIBRARY|HEADER)=(@?[\w/-]+)@([\w.-]+)", text, re.M):
        yield component("npm", name, version)


def page():
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    for path, entry in lock["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            yield component("npm", name, entry["version"], "excluded" if entry.get("dev") else "required")


def build():
    for requirement in tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]:
        name, _, version = requirement.partition("==")
        yield component("pypi", name, version, "excluded")


def main():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    found = {c["bom-ref"]: c for part in (page(), build(), debian(), pinned("highs.txt", "required"), duckdb()) for c in part}
    components = [found[key] for key in sorted(found)]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(components, sort_keys=True))
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}", "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": f"pkg:pypi/gigawatt@{version}", "name": "gigawatt",
                                   "version": version, "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": components,
    }
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
