"""What goes wrong, as exceptions that carry where and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence


@dataclass(frozen=True)
class Diagnostic:
    """One mistake of the input: where it is, what was found, what is allowed.

    `line` and `column` count from 1; line 0 means that the input had no lines (keywords of a call). `key` is the part of
    the line that is wrong, `message` says what was found, `hint` what is allowed or the nearest valid name.
    """

    code: str
    severity: str
    file: str
    line: int
    column: int
    length: int
    key: str
    message: str
    hint: str


class Error(Exception):
    """Base of every exception that this package raises on purpose."""


class InputError(Error, ValueError):
    """The input was wrong. `diagnostics` lists every mistake, not only the first."""

    def __init__(self, message: str, diagnostics: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.diagnostics: list[Diagnostic] = [
            d if isinstance(d, Diagnostic) else Diagnostic(**d) for d in diagnostics
        ]

    def __str__(self) -> str:
        return str(self.args[0]).rstrip()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.diagnostics)


class Refused(Error):
    """Nothing was computed, because the question asks for what cannot be: a plan whose parts do not multiply, say.

    `reason` says why, `hint` names the nearest that can.
    """

    def __init__(self, reason: str, hint: str = "", code: str = "refused") -> None:
        super().__init__(reason)
        self.reason, self.hint, self.code = reason, hint, code

    def __str__(self) -> str:
        return f"{self.reason} (hint: {self.hint})" if self.hint else self.reason

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.hint, self.code)
