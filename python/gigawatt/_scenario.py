"""Scenarios built in code, or read from TOML, changed, and written back."""

from __future__ import annotations

import copy
import os
import pathlib
import re
import tomllib
from collections.abc import Iterator, MutableMapping
from typing import Any

from . import _core, _session, _text
from ._errors import Diagnostic, InputError

_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^.\s"']+))\s*(?:\.|\Z)""")


class Scenario(MutableMapping[str, Any]):
    """Who builds what where, which jobs run, what was claimed: a scenario file as a dict.

    `Scenario("fleet.toml")` and `Scenario(path)` read a file, `Scenario(text)` the text of one, `Scenario({...})` takes a
    dict, and keywords are its top-level keys: `Scenario(version=1, name="mine", ...)`. The keys are those of
    docs/reference/scenario.md; `scenario.set("site.lab.pue", 1.2)` changes one as `gigawatt run --set` does. `path` is the
    file that it came from; what the file names (weather, prices) is looked for beside it.
    """

    def __init__(self, source: Any = None, /, **keys: Any) -> None:
        self.path: pathlib.Path | None = None
        self._text: str | None = None
        self._read: dict[str, Any] | None = None  # what _text says
        if source is None:
            self._data: dict[str, Any] = {}
        elif isinstance(source, Scenario):
            self._data, self.path = copy.deepcopy(source._data), source.path
            self._text, self._read = source._text, source._read
        elif isinstance(source, dict):
            self._data = copy.deepcopy(source)
        else:
            self._load(source)
        self._data.update(keys)

    def _load(self, source: Any) -> None:
        if isinstance(source, str) and "\n" in source:
            self._text = source
        elif isinstance(source, (str, os.PathLike)):
            self.path = pathlib.Path(source)
            try:
                self._text = self.path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                message = f"{self.path}: {error.strerror if isinstance(error, OSError) else error}"
                raise InputError(message, [Diagnostic("cannot-read", "error", str(self.path), 0, 0, 1, "", message, "")]) from None
        else:
            raise TypeError(f"a scenario is a path, the text of a file or a dict, not a {type(source).__name__}")
        try:
            self._data = tomllib.loads(self._text)
        except tomllib.TOMLDecodeError:
            # The engine's reader says where, with the line and a caret.
            _session.session().check_scenario(self._text, self.name, [])
            raise
        self._read = copy.deepcopy(self._data)

    @classmethod
    def from_toml(cls, source: Any) -> Scenario:
        """Reads a file, or the text of one."""
        return cls(source)

    @property
    def name(self) -> str:
        return str(self.path) if self.path else "scenario"

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value

    def __delitem__(self, key: str) -> None:
        del self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def set(self, key: str, value: Any) -> Scenario:
        """Changes a key, named as in `gigawatt run --set`: "site.prometheus.pue"; members of lists go by their name."""
        parts = _parts(key)
        at: Any = self._data
        for part in parts[:-1]:
            at = _member(at, part, key)
        if isinstance(at, list):
            raise _no_such(key, parts[-1])
        at[parts[-1]] = value
        return self

    def to_dict(self) -> dict[str, Any]:
        return copy.deepcopy(self._data)

    def to_toml(self) -> str:
        """The text of the file; as it was read, comments included, where nothing has been changed since."""
        if self._text is not None and self._data == self._read:
            return self._text
        return _text.toml(self._data).lstrip("\n")

    def write(self, path: str | os.PathLike[str]) -> pathlib.Path:
        out = pathlib.Path(path)
        out.write_text(self.to_toml(), encoding="utf-8")
        return out

    def check(self, **overrides: Any) -> None:
        """Raises InputError with everything that is wrong with it."""
        _session.session().check_scenario(self.to_toml(), self.name, override_list(overrides))

    def run(self, **overrides: Any) -> Any:
        """`gigawatt.run` of this scenario."""
        from ._run import run

        return run(self, **overrides)

    @staticmethod
    def schema() -> str:
        """JSON Schema of the file."""
        return _core.scenario_schema()

    def __eq__(self, other: object) -> bool:
        return self._data == (other._data if isinstance(other, Scenario) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<gigawatt.Scenario {self._data.get('name', '')!r}: {', '.join(self._data)}>"


def _parts(key: str) -> list[str]:
    parts, at = [], 0
    while at < len(key):
        found = _PART.match(key, at)
        if not found:
            raise ValueError(f"'{key}' is no key such as site.lab.pue")
        parts.append(next(g for g in found.groups() if g is not None))
        at = found.end()
    if not parts:
        raise ValueError("an empty key")
    return parts


def _no_such(key: str, part: str) -> InputError:
    message = f"'{key}': there is no '{part}'"
    return InputError(message, [Diagnostic("unknown-key", "error", "", 0, 0, 1, part, message, "")])


def _member(at: Any, part: str, key: str) -> Any:
    if isinstance(at, list):
        for item in at:
            if isinstance(item, dict) and part in (item.get("name"), item.get("id")):
                return item
        raise _no_such(key, part)
    if not isinstance(at, dict):
        raise _no_such(key, part)
    return at.setdefault(part, {})


def override_list(overrides: dict[str, Any]) -> list[str]:
    """{"site.lab.pue": 1.2, "site__lab__cost": "5 USD"} -> ["site.lab.pue=1.2", ...]."""
    return [f"{key.replace('__', '.')}={_text.inline(value)}" for key, value in overrides.items()]
