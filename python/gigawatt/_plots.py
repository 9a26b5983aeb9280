"""What answers look like. matplotlib is imported when something is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError("plot() needs matplotlib: pip install matplotlib") from None
    return plt.subplots(figsize=(8, 4), layout="constrained")[1]


def draw(result: Any, ax: Any = None, **options: Any) -> Any:
    """A share of a whole where the answer has one (a step's time), a curve where it has dates, else its first table."""
    ax = _axes(ax)
    data = result.to_dict()
    if isinstance(data.get("time"), dict):
        return _bars(ax, data["time"], "s", **options)
    if "fleet" in result.tables:
        return _over_time(ax, data["fleet"], options.pop("y", "facility_mw"), **options)
    if result.tables:
        return _figures(ax, data[result.tables[0]], options.pop("x", None), options.pop("y", None), **options)
    figures = {k: v for k, v in data.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    return _bars(ax, figures, "", **options)


def _bars(ax: Any, figures: Mapping[str, float], unit: str, **options: Any) -> Any:
    shown = {k: v for k, v in figures.items() if v}
    ax.barh(list(shown)[::-1], list(shown.values())[::-1], **options)
    ax.set_xlabel(unit)
    return ax


def _over_time(ax: Any, rows: list[dict[str, Any]], y: str, **options: Any) -> Any:
    import datetime

    dates = [datetime.date.fromisoformat(str(row["date"])[:10]) for row in rows]
    ax.plot(dates, [row.get(y) for row in rows], **options)
    ax.set_ylabel(y)
    return ax


def _figures(ax: Any, rows: list[dict[str, Any]], x: str | None, y: str | None, **options: Any) -> Any:
    from ._results import columns_of

    columns = {k: v for k, v in columns_of(rows).items()
               if all(isinstance(e, (int, float)) and not isinstance(e, bool) for e in v)}
    names = list(columns)
    y = y or next((n for n in names if n.endswith("_s") or "mw" in n), names[0] if names else None)
    if y is None:
        raise ValueError("the answer has no figures to draw")
    if x is None:
        ax.bar(range(len(rows)), columns[y], **options)
        ax.set_xlabel("row")
    else:
        ax.plot(columns[x], columns[y], "o", **options)
        ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax
