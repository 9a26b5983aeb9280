"""Computes the shards of a sweep on a Ray cluster: `gigawatt sweep SWEEP.toml --engine ray --out DIR` starts this.

A task computes one shard in a folder of its own and returns the file with its hash; this driver renames it into place. So no
folder is shared, a node may die at any moment (Ray gives its tasks to others), and a driver that was killed is started
again: what is in DIR is kept. A worker whose data, constants or version give other numbers answers another question, which
is refused by name.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import pathlib
import sys
import tempfile
import time
from typing import Any

from . import _core, _session
from ._errors import Error, InputError

#: Times that Ray gives a task to another node before this driver does so itself.
_RETRIES = 5
_plans: dict[str, _core.SweepPlan] = {}  # of this worker


def plan_of(spec: dict[str, Any]) -> _core.SweepPlan:
    """The plan that a worker needs for every shard, once for each process: it runs the scenario to know its figures."""
    found = _plans.get(spec["question"])
    if found is None:
        if not os.path.isdir(os.environ.get("GIGAWATT_DATA", "")):
            os.environ.pop("GIGAWATT_DATA", None)  # of the driver's machine; the package here has its own
        found = _session.session().sweep_plan(spec["name"], spec["text"], spec["scenario"], spec["seed"],
                                                 spec["files"])
        if found.question != spec["question"]:
            raise Error(
                f"node {os.uname().nodename}: gigawatt {_core.version} with the data of {_session.data_folder()} answers "
                "another question than the driver's (other data, constants or version)"
            )
        _plans[spec["question"]] = found
    return found


def compute(spec: dict[str, Any], index: int) -> tuple[bytes, bytes]:
    """A shard and the line that stands beside it."""
    plan = plan_of(spec)
    with tempfile.TemporaryDirectory(prefix="gigawatt-shard-") as folder:
        plan.run_shard(index, folder)
        file = pathlib.Path(plan.shard_file(folder, index))
        return file.read_bytes(), file.with_suffix(".xxh64").read_bytes()


def keep(plan: _core.SweepPlan, folder: str, index: int, shard: bytes, line: bytes) -> None:
    """The file first, then its hash, each renamed into place when it is whole."""
    file = pathlib.Path(plan.shard_file(folder, index))
    for target, content in ((file, shard), (file.with_suffix(".xxh64"), line)):
        part = target.with_name(f"{target.name}.{os.uname().nodename}.{os.getpid()}.part")
        part.write_bytes(content)
        os.replace(part, target)
    if index in plan.missing(folder):
        raise Error(f"{file}: the shard that came back is not whole")


def say(text: str) -> None:
    print(f"gigawatt: {text}", file=sys.stderr, flush=True)


def environment() -> dict[str, str]:
    """What workers on this machine need to find the package and the data; on others it changes nothing."""
    here = str(pathlib.Path(__file__).absolute().parents[1])
    paths = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    out = {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
    if "GIGAWATT_DATA" in os.environ:
        out["GIGAWATT_DATA"] = os.environ["GIGAWATT_DATA"]
    return out


class Progress:
    """A line when a tenth more is done, or half a minute has passed."""

    def __init__(self, shards: int, done: int) -> None:
        self.shards, self.done, self.said, self.at = shards, done, done, time.monotonic()

    def one(self) -> None:
        self.done += 1
        if self.done == self.shards or self.done - self.said >= self.shards / 10 or time.monotonic() - self.at > 30:
            self.said, self.at = self.done, time.monotonic()
            say(f"{self.done} of {self.shards} shards")


def run(plan: _core.SweepPlan, spec: dict[str, Any], out: str, address: str | None, parent: int = 0) -> None:
    """`parent`: a process without which there is nothing to compute for."""
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise Error(f"the Python package ray is missing in {sys.executable}: pip install ray") from None
    own = not ray.is_initialized()
    if own:
        ray.init(address=address or os.environ.get("RAY_ADDRESS") or None, log_to_driver=False,
                 configure_logging=True, logging_level=logging.ERROR, runtime_env={"env_vars": environment()})
    try:
        task = ray.remote(num_cpus=1, max_retries=_RETRIES)(compute)
        shared = ray.put(spec)
        missing = plan.missing(out)
        progress = Progress(plan.shards, plan.shards - len(missing))
        while missing:
            waiting = {task.remote(shared, index): index for index in missing}
            lost: dict[int, str] = {}
            while waiting:
                ready, _ = ray.wait(list(waiting), num_returns=1, timeout=1.0)
                if parent and os.getppid() != parent:
                    raise Error("the program that started this driver has ended")
                for reference in ready:
                    index = waiting.pop(reference)
                    try:
                        keep(plan, out, index, *ray.get(reference))
                    except ray.exceptions.RayTaskError as failure:
                        raise Error(f"shard {index}: {failure.cause}") from None
                    except ray.exceptions.RayError as failure:  # its nodes died, or their memory ended
                        lost[index] = str(failure).strip().splitlines()[0]
                    else:
                        progress.one()
            if len(lost) == len(missing):
                index, why = next(iter(lost.items()))
                raise Error(f"{len(lost)} shards were lost with their workers, again and again; shard {index}: {why}")
            if lost:
                say(f"{len(lost)} shards were lost with their workers and are computed again")
            missing = sorted(lost)
    finally:
        if own:
            ray.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(prog="gigawatt._ray_engine", description="Computes the shards of a sweep on a Ray cluster.")
    parser.add_argument("--sweep", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--address", default="")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--parent", type=int, default=0)
    asked = parser.parse_args()
    try:
        text = pathlib.Path(asked.sweep).read_text(encoding="utf-8")
        plan = _session.session().sweep_plan(asked.sweep, text, None, asked.seed)
        spec = {"question": plan.question, "name": asked.sweep, "text": text, "scenario": plan.scenario_text,
                "files": plan.files, "seed": asked.seed}
        run(plan, spec, asked.out, asked.address, asked.parent)
    except (Error, InputError, OSError) as failure:
        say(str(failure))
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    # Workers find what they run by the module's own name.
    importlib.import_module("gigawatt._ray_engine").main()
