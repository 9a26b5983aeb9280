"""One function for each command of the program, made from its table of fields.

Nothing here names a command: what `gigawatt --help` lists as a question is a function of this package, with the signature
and the documentation that its fields give.
"""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable
from typing import Any

from . import _core, _session
from ._errors import Refused
from ._results import Result

#: Descriptions by name, as the extension gives them.
DESCRIPTIONS: dict[str, dict[str, Any]] = {d["name"]: d for d in _core.commands()}

#: Commands whose functions of the package take tables, policies and scenarios (_run.py) instead of files.
DRESSED = ("replay", "run", "validate")

_COMMON = ("seed", "threads")
_COMMON_DOC = {"seed": "Seed of all random draws.", "threads": "Threads to use; 0: all."}


def answer(command: str, question: dict[str, Any], seed: int | None = None, threads: int = 0, failure_model: Any = None) -> Result:
    """The answer to a question that is given as a dict."""
    data, no, notes = _session.session().ask(command, question, seed, threads, failure_model)
    if no is None:
        return Result(data, command, None, notes)
    if no["refused"]:
        raise Refused(no["reason"], no["hint"], no["code"])
    return Result(data, command, no["reason"], notes)


def python_name(name: str) -> str:
    name = name.replace("-", "_")
    return name + "_" if keyword.iskeyword(name) else name


def _outline(field: dict[str, Any]) -> str:
    """Type, unit, bounds and default of a field, for people."""
    parts = [f"{'list of ' if field.get('list') else ''}{field['kind']}"]
    if field.get("unit"):
        parts.append(f"in {field['unit']}")
    if "min" in field and "max" in field:
        parts.append(f"{field['min']:g} to {field['max']:g}")
    elif "min" in field:
        parts.append(f"at least {field['min']:g}")
    elif "max" in field:
        parts.append(f"at most {field['max']:g}")
    if "choices" in field:
        parts.append(" | ".join(field["choices"]))
    if field.get("required"):
        parts.append("required")
    elif field.get("default") not in (None, "", False):
        parts.append(f"default {field['default']}")
    return ", ".join(parts)


def documentation(d: dict[str, Any]) -> str:
    lines = [f"{d['summary']}.", "", "Args:"]
    for field in d["fields"]:
        lines.append(f"    {python_name(field['key'])}: {field['doc']} ({_outline(field)})")
        for inner in field.get("fields", ()):
            lines.append(f"        {inner['key']}: {inner['doc']} ({_outline(inner)})")
    for name in common_of(d):
        lines.append(f"    {name}: {_COMMON_DOC[name]}")
    answer_doc = d["answer"] or f"what `gigawatt {d['name']} --json` prints"
    lines += ["", "Quantities with a unit are texts (\"1.2 GW\"), or numbers where no unit is asked for; None means \"not given\".",
              "", f"Returns: {answer_doc}.", "",
              "Raises: InputError where the question is wrong, with every mistake; Refused where nothing can be computed.",
              "", "Equations, sources and measured accuracy: docs/models."]
    return "\n".join(lines)


def common_of(d: dict[str, Any]) -> list[str]:
    own = {f["key"] for f in d["fields"]}
    return [name for name in _COMMON if name not in own]


def signature(d: dict[str, Any]) -> inspect.Signature:
    kinds = inspect.Parameter
    parameters = []
    for field in sorted(d["fields"], key=lambda f: not f.get("positional")):
        parameters.append(kinds(
            python_name(field["key"]),
            kinds.POSITIONAL_OR_KEYWORD if field.get("positional") else kinds.KEYWORD_ONLY,
            default=kinds.empty if field.get("required") else field.get("default"),
        ))
    # Python wants defaults last among the positional ones.
    leading = [p for p in parameters if p.kind is kinds.POSITIONAL_OR_KEYWORD]
    if any(p.default is not kinds.empty for p in leading):
        first = next(i for i, p in enumerate(leading) if p.default is not kinds.empty)
        parameters = [p.replace(default=None) if p in leading[first:] and p.default is kinds.empty else p
                      for p in parameters]
    parameters += [kinds(name, kinds.KEYWORD_ONLY, default=None if name == "seed" else 0) for name in common_of(d)]
    return inspect.Signature(parameters, return_annotation=Result)


def _make(d: dict[str, Any]) -> Callable[..., Result]:
    command = d["name"]
    positional = [f["key"] for f in d["fields"] if f.get("positional")]
    has_seed, has_threads = (name in common_of(d) for name in _COMMON)
    renamed = {python_name(f["key"]): f["key"] for f in d["fields"] if python_name(f["key"]) != f["key"]}

    def ask(*arguments: Any, **question: Any) -> Result:
        if len(arguments) > len(positional):
            raise TypeError(f"{command}() takes {len(positional)} positional arguments but {len(arguments)} were given")
        for key, value in zip(positional, arguments):
            if key in question:
                raise TypeError(f"{command}() got multiple values for argument '{key}'")
            question[key] = value
        seed = question.pop("seed", None) if has_seed else None
        threads = question.pop("threads", 0) if has_threads else 0
        for name, key in renamed.items():
            if name in question:
                question[key] = question.pop(name)
        return answer(command, question, seed, threads)

    ask.__name__ = ask.__qualname__ = python_name(command)
    ask.__module__ = "gigawatt"
    return ask


def make_all() -> dict[str, Callable[..., Result]]:
    functions = {}
    for name, d in DESCRIPTIONS.items():
        function = _make(d)
        function.__doc__ = documentation(d)
        function.__signature__ = signature(d)  # type: ignore[attr-defined]
        functions[python_name(name)] = function
    return functions


FUNCTIONS = make_all()
globals().update(FUNCTIONS)
__all__ = [name for name in FUNCTIONS if name not in DRESSED]
