"""Pages of the documentation's site that are written when it is built: mkdocs calls `on_files` (mkdocs.yml).

reference/python.md      the functions of the package, from their tables
reference/catalogue.md   every entry of the catalogue, each figure with its interval and its source
reference/metrics.md     what a stored run holds, from src/gigawatt/results/declarations.def
reference/errors.md      the codes of diagnostics, from the sources

The first two need the package (PYTHONPATH=build/release/python); without it the site is built without them, and says so.
"""

import logging
import pathlib
import re

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parents[2]
log = logging.getLogger("mkdocs.hooks.gigawatt")


def cell(value):
    return str(value).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def python_page(gw, commands):
    out = ["# Python", "", "[The guide](../guide/python.md). Common to all questions: `seed`, `threads`.", ""]
    for name, d in commands.DESCRIPTIONS.items():
        out += [f"## gigawatt.{commands.python_name(name)}", "", f"{d['summary']}.", "", "| keyword | type | meaning |", "|---|---|---|"]
        out += [f"| `{commands.python_name(f['key'])}` | {cell(commands._outline(f))} | {cell(f['doc'])} |" for f in d["fields"]]
        out.append("")
    for name in ("run", "replay", "step_table", "validate", "catalog", "show", "define", "use", "example", "Scenario", "Result", "Table",
                 "ClusterView", "Diagnostic", "Error", "InputError", "Refused"):
        out += [f"## gigawatt.{name}", "", "```", (getattr(gw, name).__doc__ or "").strip(), "```", ""]
    return "\n".join(out)


def figures(entry, path=""):
    """(name, value with its unit, interval, source, kind) of every figure of an entry."""
    for key, value in entry.items():
        name = f"{path}{key}"
        if isinstance(value, dict) and "value" in value:
            low, high = value.get("low"), value.get("high")
            band = f"{low:g} to {high:g}" if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low != high else ""
            shown = f"{value['value']:g}" if isinstance(value["value"], (int, float)) else value["value"]
            yield name, f"{shown} {value.get('unit', '')}".strip(), band, value.get("source", ""), value.get("kind", "")
        elif isinstance(value, dict):
            yield from figures(value, f"{name}.")


def catalogue_page(gw):
    out = ["# Catalogue", "", "What is known, and from whom: the files of `data/`, as `gigawatt catalog show NAME` prints them.", ""]
    for kind, name, title in zip(*(gw.catalog()[c] for c in ("kind", "name", "title"))):
        try:
            match = next(m for m in gw.show(name).matches if m["kind"] == kind)
        except (gw.InputError, StopIteration):
            continue
        rows = list(figures(match["entry"]))
        out += [f"## {kind}: {name}", "", cell(title or ""), ""]
        if rows:
            out += ["| figure | value | interval | source | kind |", "|---|---|---|---|---|"]
            out += ["| " + " | ".join(map(cell, row)) + " |" for row in rows] + [""]
    return "\n".join(out)


def metrics_page():
    text = (ROOT / "src/gigawatt/results/declarations.def").read_text(encoding="utf-8")
    out = ["# Metrics", "", "What a stored run holds (`gigawatt run --out`), and the keys of `--json`.", ""]
    for kind, title in (("METRIC", "Metrics"), ("SERIES", "Monthly series"), ("EVENT", "Events"), ("LEDGER", "Ledgers")):
        rows = re.findall(rf'^GW_{kind}\(\w+,\s*"([^"]*)",\s*(?:"([^"]*)",\s*)?"([^"]*)"', text, re.M)
        if rows:
            out += [f"## {title}", "", "| name | unit | meaning |", "|---|---|---|"]
            out += [f"| `{name}` | {cell(unit)} | {cell(doc)} |" for name, unit, doc in rows] + [""]
    return "\n".join(out)


def errors_page():
    found = {}
    for file in sorted((ROOT / "src").rglob("*.cpp")):
        for code, message in re.findall(r'(?:error|wrong)\(\s*(?:[*\w]+,\s*)?"([a-z]+(?:-[a-z]+)+)",\s*(?:fmt::format\(\s*)?"((?:[^"\\]|\\.)*)"',
                                        file.read_text(encoding="utf-8")):
            found.setdefault(code, set()).add(message)
    out = ["# Error codes", "", "Every diagnostic has a code that stays, for programs: `error.diagnostics[0].code` in Python, `diagnostics[].code` "
           "over HTTP, in brackets on a terminal. What stands for names and numbers is `{}`.", "", "| code | such as |", "|---|---|"]
    out += [f"| `{code}` | {cell('; '.join(sorted(found[code])[:3]))} |" for code in sorted(found)]
    return "\n".join(out) + "\n"


def on_files(files, config):
    pages = {"metrics": metrics_page(), "errors": errors_page()}
    try:
        import gigawatt as gw
        from gigawatt import _commands
        pages["python"] = python_page(gw, _commands)
        pages["catalogue"] = catalogue_page(gw)
    except ImportError:
        log.info("the package gigawatt is not at hand: the site has no pages of Python and of the catalogue")
    for name, text in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files
