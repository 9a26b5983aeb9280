"""What a measurement needs of a device.

A device runs launches in order and asynchronously: `Kernel.launch` returns when the work is queued. `record`
queues a time stamp; `elapsed` is the device's time between two of them, after a `synchronize`. `now` and `sleep`
are the host's clock (a simulated device has a simulated one).
"""

import dataclasses
from collections.abc import Callable
from typing import Any, Protocol


class Unsupported(Exception):
    """This case cannot run here (no such precision, no memory, no such backend); the others can."""


class DeviceLost(Exception):
    """The device no longer answers; nothing more can be measured in this process."""


@dataclasses.dataclass(frozen=True)
class Kernel:
    """Something to launch. `copies` operand sets take turns; a launch touches `bytes` of memory."""

    launch: Callable[[], None]
    copies: int = 1
    bytes: float = 0
    per_launch: int = 1  # kernels in one launch, where the figure is per kernel
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Reading:
    """One look at the sensors; None is what this machine does not tell."""

    clock_mhz: float | None = None
    power_w: float | None = None
    energy_j: float | None = None  # counter since the driver was loaded
    temperature_c: float | None = None
    power_limit_w: float | None = None


class Device(Protocol):
    name: str  # the driver's name of it
    gpu: str  # the catalogue's name of it
    cache_bytes: int
    memory_bytes: int
    versions: str  # driver, library and framework versions, for the notes

    def prepare(self, case) -> Kernel: ...
    def guarded(self, action: Callable[[], Any]) -> Any:
        """The action's result; Unsupported where it fails, DeviceLost where the device fails with it."""

    def release(self) -> None:
        """Frees what `prepare` allocated."""

    def record(self) -> Any: ...
    def elapsed(self, start, end) -> float:
        """Seconds."""

    def synchronize(self) -> None: ...
    def flush_cache(self) -> None:
        """Queues work that replaces the contents of the caches."""

    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    def reading(self) -> Reading: ...
