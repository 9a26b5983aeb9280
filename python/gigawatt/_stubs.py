"""Writes the stub of the questions from their tables: `python -m gigawatt._stubs OUT.pyi [schema/answers.json]`.

The build runs it, so that the stub is that of the module beside it. With the schemas of the answers, each question's answer
has its own type, whose members editors complete.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ._commands import DESCRIPTIONS, DRESSED, common_of, python_name, signature

_TYPES = {
    "text": "str | float", "boolean": "bool", "integer": "int | str", "number": "float | str", "quantity": "str",
    "date": "str | _datetime.date", "any": "float | str", "range": "int | str | Sequence[int]",
    "entry": "str | _PathLike[str] | Mapping[str, Any] | _HasToDict", "input": "str | _PathLike[str] | Mapping[str, Any]",
    "output": "str | _PathLike[str]", "table": "Mapping[str, Any]", "map": "Mapping[str, Any]",
}

_HEAD = '''# Written by gigawatt._stubs from the tables of the questions; not to be changed by hand.
import datetime as _datetime
from collections.abc import Callable, Mapping, Sequence
from inspect import Signature
from os import PathLike as _PathLike
from typing import Any, Literal, Protocol

from ._results import Result

DESCRIPTIONS: dict[str, dict[str, Any]]
FUNCTIONS: dict[str, Callable[..., Result]]
DRESSED: tuple[str, ...]

class _HasToDict(Protocol):
    def to_dict(self) -> dict[str, Any]: ...

def answer(
    command: str, question: dict[str, Any], seed: int | None = None, threads: int = 0, failure_model: Any = None
) -> Result: ...
def python_name(name: str) -> str: ...
def documentation(d: dict[str, Any]) -> str: ...
def common_of(d: dict[str, Any]) -> list[str]: ...
def signature(d: dict[str, Any]) -> Signature: ...
'''


def _type_of(field: dict[str, Any]) -> str:
    if field["kind"] == "choice":
        base = f"Literal[{', '.join(map(repr, field['choices']))}]"
    else:
        base = _TYPES[field["kind"]]
    if field.get("list"):
        base = f"Sequence[{base}]" + (f" | {base}" if field.get("one_or_list") else "")
    return base if field.get("required") else f"{base} | None"


def _plain_type(schema: dict[str, Any]) -> str:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    names = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list[Any]",
             "null": "None", "object": "Any"}
    parts = list(dict.fromkeys(names[k] for k in kinds if k in names))
    return "Any" if not parts or "Any" in parts else " | ".join(parts)


def _class_name(*parts: str) -> str:
    return "".join(word.capitalize() for part in parts for word in part.replace("-", "_").split("_")) + "Result"


def _answer_classes(name: str, schema: dict[str, Any]) -> str:
    """Classes with the members of an answer, inner ones first."""
    out, members = "", []
    for key, inner in schema.get("properties", {}).items():
        if not key.isidentifier():
            continue
        if inner.get("type") == "object" and inner.get("properties"):
            out += _answer_classes(name.removesuffix("Result") + _class_name(key), inner)
            kind = name.removesuffix("Result") + _class_name(key)
        else:
            kind = _plain_type(inner)
        # Names of Mapping's own methods are for items only.
        if key not in dir(dict) and key not in ("json", "table", "tables", "plot", "to_dict", "no", "notes"):
            members.append(f"    @property\n    def {python_name(key)}(self) -> {kind}: ...\n")
    return out + f"\nclass {name}(Result):\n" + ("".join(members) or "    pass\n")


def stub(answers: dict[str, Any]) -> str:
    out = _HEAD + f"\n__all__ = {[python_name(name) for name in DESCRIPTIONS if name not in DRESSED]!r}\n"
    for name, d in DESCRIPTIONS.items():
        schema = answers.get(f"POST /api/{name}")
        result = "Result"
        if schema and schema.get("properties"):
            result = _class_name(name)
            out += _answer_classes(result, schema)
        types = {python_name(f["key"]): _type_of(f) for f in d["fields"]}
        types |= {"seed": "int | None", "threads": "int"} if common_of(d) else {}
        parts, starred = [], False
        for p in signature(d).parameters.values():
            if p.kind is p.KEYWORD_ONLY and not starred:
                parts.append("*")
                starred = True
            kind = types[p.name]
            if p.default is p.empty:
                parts.append(f"{p.name}: {kind}")
            else:
                if p.default is None and not kind.endswith("| None"):
                    kind += " | None"
                parts.append(f"{p.name}: {kind} = ...")
        summary = d["summary"].replace('"""', "'''")
        out += f'\ndef {python_name(name)}(\n    ' + ",\n    ".join(parts) + f',\n) -> {result}:\n    """{summary}."""\n'
    return out


def main() -> None:
    answers = {}
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            answers = json.load(file)
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(stub(answers))


if __name__ == "__main__":
    main()
