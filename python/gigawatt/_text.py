"""JSON and TOML as the engine reads them."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def document(value: dict[str, Any]) -> str:
    """A dict as the JSON text of a document; what JSON has no word for (dtypes, dates) is written as its name."""
    return json.dumps(value, default=str, ensure_ascii=False)


def key(name: str) -> str:
    return name if _BARE.match(name) else json.dumps(name, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """numpy's scalars and arrays as Python's."""
    return value.tolist() if hasattr(value, "tolist") and not isinstance(value, (str, bytes)) else value


def inline(value: Any) -> str:
    """A value of TOML on one line."""
    value = _plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        text = repr(value)
        return text if any(c in text for c in ".en") else text + ".0"
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, dict):
        members = ", ".join(f"{key(str(k))} = {inline(v)}" for k, v in value.items() if v is not None)
        return f"{{ {members} }}" if members else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(inline(v) for v in value)}]"
    if isinstance(value, str):
        # TOML's basic strings have JSON's escapes, and forbid DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if hasattr(value, "__fspath__"):
        return inline(value.__fspath__())
    raise TypeError(f"a value of type {type(value).__name__} has no place in TOML")


def _is_array_of_tables(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(isinstance(v, dict) for v in value)


def toml(table: dict[str, Any], path: tuple[str, ...] = ()) -> str:
    """A dict as TOML: values first, then tables and arrays of tables, in the dict's order."""
    out, later = "", []
    for name, value in table.items():
        if value is None:
            continue
        if isinstance(value, dict) or _is_array_of_tables(value):
            later.append((name, value))
        else:
            out += f"{key(name)} = {inline(value)}\n"
    for name, value in later:
        inner = (*path, name)
        dotted = ".".join(key(part) for part in inner)
        if isinstance(value, dict):
            body = toml(value, inner)
            # A table that only holds tables needs no header of its own, unless it is empty.
            bare = body.startswith("\n[") and bool(value)
            out += body if bare else f"\n[{dotted}]\n{body}"
        else:
            for item in value:
                out += f"\n[[{dotted}]]\n{toml(item, inner)}"
    return out
