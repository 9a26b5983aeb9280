"""A failure model from a distribution for each kind."""

from __future__ import annotations

import math
from collections.abc import Mapping

from . import _core


class FailureLaws:
    """Failures by a law for each kind of the failure profile: `gw.run(scenario, failure_model=FailureLaws({...}))`.

    Args:
        laws: kind -> mean seconds between failures of one unit, or (scale in seconds, shape) of a power law of age with the
            cumulative intensity (age / scale) ** shape: shape 1 has no memory, below 1 fresh nodes fail more often, above 1 old
            ones. The unit is what the profile's kind is of: an accelerator, a node, a job, a domain.
        others: True: kinds that are not named fail as the profile says; False: never.

    Ages are the mean of the pool's nodes in service. Raises ValueError for a law that is none, and in a run whose profile has no
    such kind.
    """

    def __init__(self, laws: Mapping[str, float | tuple[float, float]], *, others: bool = True) -> None:
        self.laws: dict[str, tuple[float, float]] = {}
        self.others = others
        self._checked: set[str] = set()
        for kind, law in laws.items():
            scale, shape = law if isinstance(law, tuple) else (law, 1.0)
            if not (0 < scale < math.inf and 0 < shape < math.inf):
                raise ValueError(f"failure law of '{kind}': scale {scale} s, shape {shape}; both are to be positive")
            self.laws[kind] = (float(scale), float(shape))

    def __call__(self, view: _core.FailureView) -> tuple[float, str, str] | None:
        if view.system not in self._checked:
            self._check(view.profile())
            self._checked.add(view.system)
        found: tuple[float, str, str] | None = None
        for kind, scope, rate in view.kinds():
            law = self.laws.get(kind)
            if law is None:
                if not self.others or rate <= 0:
                    continue
                after = view.exponential(1 / rate)
            else:
                scale, shape = law
                units = {"accelerator": view.accelerators, "node": view.nodes}.get(scope, 1.0)
                if shape == 1:
                    after = view.exponential(scale / units)
                else:  # units x (L(age + after) - L(age)) is exponential with mean 1
                    age = view.age_s
                    after = scale * ((age / scale) ** shape + view.exponential(1) / units) ** (1 / shape) - age
            if found is None or after < found[0]:
                found = (max(0.0, after), kind, scope)
        return found

    def _check(self, known: list[str]) -> None:
        for kind in self.laws:
            if kind not in known:
                raise ValueError(f"there is no kind '{kind}'; known are {', '.join(dict.fromkeys(known))}")

    def __repr__(self) -> str:
        return f"FailureLaws({self.laws!r}, others={self.others!r})"
