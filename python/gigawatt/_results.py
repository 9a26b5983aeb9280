"""Answers as objects, and tables that every library of tables reads."""

from __future__ import annotations

import difflib
import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

from . import _core

_SHOWN_ROWS = 20


class Table:
    """A table in memory by columns.

    It has the Arrow PyCapsule interface: `polars.DataFrame(table)`, `pyarrow.table(table)`, `pandas.DataFrame.from_arrow`
    and duckdb read it, numbers without a copy. `table["column"]` is a list of Python values, None where there is none.
    """

    __slots__ = ("_content",)

    def __init__(self, content: Any) -> None:
        """content: {name: values}, rows as dicts, or whatever has `__arrow_c_stream__`."""
        self._content = content if isinstance(content, _core.Table) else _core.table(source(content))

    @property
    def column_names(self) -> list[str]:
        return self._content.column_names

    def __len__(self) -> int:
        return len(self._content)

    def __getitem__(self, name: str) -> list[Any]:
        return self._content.column(name)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        columns = self.to_dict()
        for values in zip(*columns.values()):
            yield dict(zip(columns, values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __arrow_c_schema__(self) -> object:
        return self._content.schema_capsule()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._content.stream_capsule()

    def to_dict(self) -> dict[str, list[Any]]:
        return {name: self[name] for name in self.column_names}

    def to_arrow(self) -> Any:
        import pyarrow

        return pyarrow.table(self)

    def to_pandas(self) -> Any:
        import pandas

        return pandas.DataFrame(self.to_dict())

    def to_polars(self) -> Any:
        import polars

        return polars.DataFrame(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.to_dict(),)

    def __repr__(self) -> str:
        return f"<gigawatt.Table of {len(self):,} rows: {', '.join(self.column_names)}>"

    def _repr_html_(self) -> str:
        names = self.column_names
        columns = [self[name][:_SHOWN_ROWS] for name in names]
        rows = "".join("<tr>" + "".join(f"<td>{_cell(v)}</td>" for v in row) + "</tr>" for row in zip(*columns))
        head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
        more = f"<p>{len(self):,} rows</p>" if len(self) > _SHOWN_ROWS else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def source(content: Any) -> Any:
    """What the extension reads a table from: a stream's capsule, or a dict of columns."""
    if hasattr(content, "__arrow_c_stream__"):
        try:
            return content.__arrow_c_stream__()
        except ImportError:  # pandas without pyarrow
            return {str(name): content[name].to_numpy() for name in content.columns}
    if isinstance(content, Mapping):
        return {str(name): values for name, values in content.items()}
    if isinstance(content, (list, tuple)) and all(isinstance(row, Mapping) for row in content):
        return columns_of(content)
    raise TypeError(
        f"a table is wanted, not a {type(content).__name__}: a DataFrame, an Arrow table, a dict of columns or a list of dicts"
    )


def columns_of(rows: Any) -> dict[str, list[Any]]:
    """Rows as dicts -> columns; tables inside rows become columns "outer.inner", lists become JSON."""
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    columns = {name: [row.get(name) for row in flat] for name in names}
    for name, values in columns.items():
        kinds = {type(v) for v in values if v is not None}
        if len(kinds) > 1 and kinds != {int, float}:
            columns[name] = [v if v is None or isinstance(v, str) else json.dumps(v) for v in values]
    return columns


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            out.update(_flat(value, f"{before}{name}."))
        elif isinstance(value, (list, tuple)):
            out[before + name] = json.dumps(value)
        else:
            out[before + name] = value
    return out


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return html.escape(str(value))
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


class Result(Mapping[str, Any]):
    """An answer: `answer.step_time_s`, `answer["step_time_s"]`, `answer.memory.peak_gb`.

    The keys are those of the command line's `--json`. `no` is the reason where the work was done and the answer is "no" (a
    plan that does not fit in memory), else None; `notes` are lines beside the result. Lists of records are tables:
    `answer.table("best")`; the answer itself, handed to a library of tables, is its first table.
    """

    __slots__ = ("_data", "_command", "_attached", "no", "notes")

    def __init__(self, data: dict[str, Any], command: str = "", no: str | None = None, notes: Any = (),
                 attached: dict[str, Table] | None = None) -> None:
        """attached: tables beside the document, too large for it."""
        self._data, self._command, self.no, self.notes = data, command, no, list(notes)
        self._attached = attached or {}

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._attached:
            return self._attached[name]
        if name.startswith("_") or name not in self._data:
            near = difflib.get_close_matches(name, self._data, 1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; it has: {', '.join(self._data)}"
            raise AttributeError(f"this answer has no '{name}'{hint}")
        return self[name]

    def __getitem__(self, name: str) -> Any:
        value = self._data[name]
        return Result(value, self._command) if isinstance(value, dict) else value

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(k for k in self._data if k.isidentifier())]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Result):
            return self._data == other._data
        return self._data == other

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        """False where the answer is "no"."""
        return self.no is None

    def __reduce__(self) -> tuple[Any, ...]:
        return Result, (self._data, self._command, self.no, self.notes, self._attached)

    def to_dict(self) -> dict[str, Any]:
        return self._data

    def json(self, indent: int | None = 2) -> str:
        """The document that the command line prints with `--json`."""
        return json.dumps(self._data, indent=indent, ensure_ascii=False)

    @property
    def tables(self) -> list[str]:
        """Names of the tables inside."""
        return [k for k, v in self._data.items() if isinstance(v, list) and v and all(isinstance(x, dict) for x in v)]

    def table(self, name: str | None = None) -> Table:
        """A list of records as a table; without a name the first, or the figures themselves as one row."""
        if name is None and not self.tables:
            return Table([self._data])
        if name in self._attached:
            return self._attached[name]
        return Table(self._data[name or self.tables[0]])

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def plot(self, ax: Any = None, **options: Any) -> Any:
        """Draws what the answer is about with matplotlib, and returns its axes."""
        from . import _plots

        return _plots.draw(self, ax, **options)

    def __repr__(self) -> str:
        figures = [f"{k}={v:.6g}" if isinstance(v, float) else f"{k}={v!r}" for k, v in self._data.items()
                   if isinstance(v, (int, float, str)) and not isinstance(v, bool)]
        more = "" if len(figures) <= 8 else ", ..."
        verdict = f", no: {self.no}" if self.no else ""
        return f"<gigawatt.Result {self._command}: {', '.join(figures[:8])}{more}{verdict}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(k)}</th><td style='text-align:right'>{_cell(v)}</td></tr>"
            for k, v in _flat({k: v for k, v in self._data.items() if k not in self.tables}).items()
        )
        verdict = f"<p><b>no:</b> {html.escape(self.no)}</p>" if self.no else ""
        inner = "".join(f"<details><summary>{html.escape(k)}</summary>{self.table(k)._repr_html_()}</details>"
                        for k in self.tables)
        return f"{verdict}<table><tbody>{rows}</tbody></table>{inner}"
