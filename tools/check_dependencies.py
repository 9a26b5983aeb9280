"""What is inside the program, and whether anything of it is known to be broken: for ./gw test all.

    python3 tools/check_dependencies.py SBOM.json [NPM]

Writes the list of components (tools/sbom.py), checks that it names each locked package that comes with the program, and that
every pinned Python package has a hash. Then asks the npm registry for advisories about the web page's packages (`npm audit`). A registry
that answers no such question (mirrors and proxies often do not) is said so, with the date and the state of the lock file of
the last answer in tools/audit.json: the check then fails only where the lock file has changed since and nobody has looked.
"""

import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCK = ROOT / "web/package-lock.json"
REVIEW = ROOT / "tools/audit.json"


def inside():
    """Locked packages that come with the program: HiGHS, and what the page is bundled from."""
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s\\]+)", (ROOT / "tools/python/highs.txt").read_text(), re.M):
        yield name, version
    for path, entry in json.loads(LOCK.read_text())["packages"].items():
        if path:
            yield path.rpartition("node_modules/")[2], entry["version"]


def missing(document):
    """Those of them that the list of components does not name."""
    known = {(c["name"], c.get("version")) for c in document["components"]}
    return [f"{name} {version}" for name, version in inside() if (name, version) not in known]


def unhashed():
    for file in sorted((ROOT / "tools/python").glob("*.txt")):
        for entry in re.split(r"\n(?=[A-Za-z])", file.read_text()):
            if re.match(r"[A-Za-z0-9_.-]+==", entry) and "--hash=sha256:" not in entry:
                yield f"{file.name}: {entry.splitlines()[0]} has no hash"


def audit(npm):
    """(problems, what to say)"""
    done = subprocess.run([npm, "audit", "--package-lock-only", "--json"], cwd=ROOT / "web", capture_output=True, text=True)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    if "vulnerabilities" in answer:
        serious = [f"npm: {name}: {entry['severity']}" for name, entry in answer["vulnerabilities"].items()
                   if entry["severity"] in ("high", "critical")]
        return serious, f"npm audit: {len(answer['vulnerabilities'])} advisories, {len(serious)} of them serious"
    review = json.loads(REVIEW.read_text())
    state = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    said = f"the npm registry answers no audits here; last looked at on {review['date']}: {review['result']}"
    return ([] if state == review["lock_sha256"] else [f"{LOCK.name} has changed since {review['date']}: see tools/audit.json"]), said


def main():
    out = pathlib.Path(sys.argv[1])
    made = subprocess.run([sys.executable, ROOT / "tools/sbom.py"], capture_output=True, text=True, check=True).stdout
    out.write_text(made)
    problems = [f"the SBOM leaves out {one}" for one in missing(json.loads(made))] + list(unhashed())
    found, said = audit(sys.argv[2] if len(sys.argv) > 2 else "npm")
    print(f"{len(json.loads(made)['components'])} components; {said}")
    for problem in problems + found:
        print(problem, file=sys.stderr)
    return 1 if problems or found else 0


if __name__ == "__main__":
    sys.exit(main())
