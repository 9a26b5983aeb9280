"""Gigawatt: a digital twin of AI superclusters, from watts to tokens.

    import gigawatt as gw
    gw.step(model="llama3.1-405b", system="h100-sxm", gpus=16384, seq=8192, global_batch=2048, tp=8, pp=16, vpp=8)
    gw.run("scenarios/single-rack.toml").sites

Every question of the command line is a function of this package, with the same keys (`help(gigawatt.step)`). Answers are
objects whose lists are Arrow tables; mistakes are exceptions that name each of them.
"""

from ._commands import *  # noqa: F403  one function for each command
from ._commands import __all__ as _questions
from ._core import ClusterView, FailureView
from ._core import version as __version__
from ._errors import Diagnostic, Error, InputError, Refused
from ._failures import FailureLaws
from ._results import Result, Table
from ._run import catalog, replay, run, show, step_table, validate
from ._scenario import Scenario
from ._session import data_folder, define, example, use

__all__ = [
    *_questions, "ClusterView", "Diagnostic", "Error", "FailureLaws", "FailureView", "InputError", "Refused", "Result", "Scenario", "Table", "catalog", "data_folder",
    "define", "example", "replay", "run", "show", "step_table", "use", "validate", "__version__",
]
