"""What is asked of scenarios and tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from . import _core, _session
from ._commands import DESCRIPTIONS, answer, python_name
from ._results import Result, Table, source
from ._scenario import Scenario, override_list


def run(
    scenario: Any = None,
    /,
    *,
    seed: int | None = None,
    threads: int = 0,
    set: dict[str, Any] | None = None,
    failure_model: Callable[[_core.FailureView], tuple[float, str] | tuple[float, str, str] | None] | None = None,
    **options: Any,
) -> Result:
    """Simulates a scenario from its start to its end.

    Args:
        scenario: path of a TOML file, the text of one, a dict or a `Scenario`; none: `from_` names a snapshot.
        seed: of all random draws; None: the scenario's.
        threads: 0: all.
        set: keys of the scenario to change, {"site.lab.pue": 1.2}.
        failure_model: draws failures in place of the profile's rates: a function that is called with a `FailureView` whenever a
            job goes on with its work (`view.scope` is "job"), nodes stand in no job ("idle"), or whole racks, feeds and halls may
            fail ("domain"), and returns (seconds until the next failure, kind), (seconds, kind, scope) or None. Kinds are those
            of the failure profile, `view.kinds()`; they say what a failure means. `FailureLaws` makes one from distributions.
            With `runs` several threads call it at once; it is to draw from the view alone, so that a seed means one run.
        **options: what `gigawatt run` takes: runs (simulated futures that intervals come from), until (a date), strict, out (a
            DuckDB file in which the run is stored), parquet (a folder), report, timeline, snapshot, snapshot_out, from_.
            Every other keyword changes a key of the scenario, dots as two underscores: `site__lab__pue=1.2`.

    Returns: what `gigawatt run --json` prints: sites, jobs, fleet by year, claims. Powers in MW, energies in MWh, masses in
    t, money in USD.

    Raises: InputError with every mistake of the scenario (file, line, key, what was found, what is allowed); what the failure
    model raises, with a note of where the run stood; KeyboardInterrupt on Ctrl-C.
    """
    if failure_model is not None and not callable(failure_model):
        raise TypeError(f"a failure model is a function, not a {type(failure_model).__name__}")
    known = {python_name(f["key"]): f["key"] for f in DESCRIPTIONS["run"]["fields"]}
    asked = {known[name]: value for name, value in options.items() if name in known and value != ""}
    if scenario is not None:
        asked["scenario"] = scenario if isinstance(scenario, Scenario) else Scenario(scenario)
    changed = {name: value for name, value in options.items() if name not in known}
    asked["set"] = override_list({**(set or {}), **changed})
    return answer("run", asked, seed, threads, failure_model)


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


def validate(table: Any = None, /, *, kernels: Any = None, serving: Any = None, facts: Any = None, out: Any = None) -> Result:
    """Predicts what was measured and compares.

    Args:
        table: training runs: a DataFrame or another table with the columns of docs/reference/runs.md, or the path of a CSV file;
            None: the rows that come with the program.
        kernels: measured kernels: a table or CSV file, or a folder of Parquet files with one operation each.
        serving: measured inference throughput and latency: a table or CSV file.
        facts: site and grid facts: a table or CSV file, or "shipped".
        out: write each row with its prediction as CSV.

    Returns: what `gigawatt validate --json` prints: overall error, groups, memory, and each row under `rows_out`.
    """

    def text(value: Any) -> Any:
        return value if value is None or isinstance(value, (str, os.PathLike)) else _core.csv_of(source(value))

    asked = {"runs": text(table), "kernels": text(kernels), "serving": text(serving), "facts": text(facts), "out": out}
    return answer("validate", asked)


def replay(
    jobs: Any,
    /,
    *,
    gpus: int = 0,
    policy: str | Callable[[_core.ClusterView], Any] = "easy",
    times: int = 1,
    seed: int = 1,
    exact_estimates: bool = False,
    topology: Sequence[int] = (),
    format: str = "",
) -> Result:
    """Runs a job log on a cluster under a scheduling policy.

    Args:
        jobs: path of a log (Slurm, SWF, Philly and others), or a table with the columns submit_s, run_s, units and, where known,
            id, estimate_s, priority, account (docs/guide/jobs.md).
        gpus: of the cluster; 0: what the log says.
        policy: a name ("fifo", "easy", "conservative", "priority", "fair-share", "shortest", ...), or a function that is called
            with a `ClusterView` whenever something changes. It starts jobs with `view.start(position)`, which is False where a job
            does not fit; `view.next()` is the first position in line, `view.next(position)` the one behind.
        times: copies of each job. seed: of their arrivals. topology: sizes of nested units, as 72, 1152.
        exact_estimates: the policy knows the run times.

    Returns: what `gigawatt replay --json` prints (waits in s, utilization, ...), with the schedule as a `Table` under
    `answer.schedule`: job, start_s, end_s, units of each stretch in which a job ran.

    Raises: InputError; what the policy raises.
    """
    own = None if isinstance(policy, str) else policy
    if own is not None and not callable(own):
        raise TypeError(f"a policy is a name or a function, not a {type(policy).__name__}")
    if isinstance(jobs, (str, os.PathLike)):
        name, text = os.fspath(jobs), ""
    else:
        name, text, format = "the table", _core.csv_of(source(jobs)), "jobs"
    label = policy if isinstance(policy, str) else getattr(policy, "__name__", type(policy).__name__)
    data, schedule = _core.replay(name, text, format, gpus, own, label, times, seed, exact_estimates, list(topology))
    return Result(data, "replay", attached={"schedule": Table(schedule)})


def catalog(kind: str = "", /) -> Table:
    """What is known: chips, systems, networks, models, sites and more, as a table; of one kind, or of all."""
    found = _session.session().catalog(kind)
    return Table(found if isinstance(found, list) else next(v for v in found.values() if isinstance(v, list)))


def show(name: str, /) -> Result:
    """An entry of the catalogue with every figure, its source and its interval."""
    return Result(_session.session().show(name), "show")
