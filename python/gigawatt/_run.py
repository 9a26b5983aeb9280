"""What is asked of scenarios and tables."""

from __future__ import annotations

import os
from typing import Any

from . import _core, _session
from ._results import Result, Table, source
from ._scenario import Scenario, override_list


def run(
    scenario: Any,
    /,
    *,
    seed: int | None = None,
    runs: int = 1,
    until: Any = "",
    out: str | os.PathLike[str] = "",
    report: str | os.PathLike[str] = "",
    threads: int = 0,
    set: dict[str, Any] | None = None,
    **overrides: Any,
) -> Result:
    """Simulates a scenario from its start to its end.

    Args:
        scenario: path of a TOML file, the text of one, a dict or a `Scenario`.
        seed: of all random draws; None: the scenario's.
        runs: simulated futures that intervals come from; 1: none, and no intervals.
        until: stop at this date instead of the scenario's end.
        out: store the run in this DuckDB file. report: write a page that opens without a network.
        threads: 0: all.
        set: keys of the scenario to change, {"site.lab.pue": 1.2}.
        **overrides: the same as keywords, dots as two underscores: `site__lab__pue=1.2`.

    Returns: what `gigawatt run --json` prints: sites, jobs, fleet by year, claims. Powers in MW, energies in MWh, masses in
    t, money in USD.

    Raises: InputError with every mistake of the scenario (file, line, key, what was found, what is allowed);
    KeyboardInterrupt on Ctrl-C.
    """
    asked = scenario if isinstance(scenario, Scenario) else Scenario(scenario)
    text = asked.to_toml()
    path = str(asked.path) if asked.path else ""
    data = _session.session().run(
        asked.name, text, path, override_list({**(set or {}), **overrides}), seed, runs,
        until.isoformat() if hasattr(until, "isoformat") else str(until), os.fspath(out), os.fspath(report), threads,
    )
    return Result(data, "run")


def step_table(table: Any = None, /, *, times: bool = False, memory: bool = False, threads: int = 0, **columns: Any) -> Table:
    """Predicts a training step for each row of a table, in one call.

    Args:
        table: a DataFrame (polars, pandas), an Arrow table, a duckdb relation, a dict of columns or a list of dicts. Columns
            are the keywords of `step`, models and systems by their names; a missing value has the keyword's default.
        times: a column for each term of the step's time, "time.compute" and so on, in s.
        memory: a column for each part of the peak memory, "memory.weights" and so on, in GB.
        threads: 0: all.
        **columns: further columns; a single value holds for all rows: `step_table(df, system="h100-sxm")`.

    Returns: a table with the rows of the input in their order: step_time_s with low_s and high_s (80% interval),
    tokens_per_s_per_gpu, mfu, hfu, memory_gb, fits, reason. A row whose plan means nothing has a reason and no numbers. Values
    are those of `step`, to the last bit, whatever the number of threads.

    Raises: InputError for unknown columns and names, wrong types, values out of bounds; all at once, with the first row.
    """
    given = {} if table is None else source(table)
    return Table(_session.session().step_table(given, columns, times, memory, threads))


def validate(table: Any = None, /) -> Result:
    """Predicts measured training runs and compares.

    Args:
        table: a DataFrame or another table with the columns of docs/reference/runs.md, or the path of a CSV file; None: the
            rows that come with the program.

    Returns: what `gigawatt validate --json` prints: overall error, groups, memory, and each row under `rows_out`.
    """
    if table is None:
        return Result(_session.session().validate(), "validate")
    if isinstance(table, (str, os.PathLike)):
        with open(table, encoding="utf-8") as file:
            return Result(_session.session().validate(file.read(), os.fspath(table)), "validate")
    return Result(_session.session().validate(_core.csv_of(source(table))), "validate")


def catalog(kind: str = "", /) -> Table:
    """What is known: chips, systems, networks, models, sites and more, as a table; of one kind, or of all."""
    found = _session.session().catalog(kind)
    return Table(found if isinstance(found, list) else next(v for v in found.values() if isinstance(v, list)))


def show(name: str, /) -> Result:
    """An entry of the catalogue with every figure, its source and its interval."""
    return Result(_session.session().show(name), "show")
