"""A deterministic device for dry runs and tests: a host clock, a device clock, a cache, heat.

A launch costs the host `host_launch_s`; the device starts it when it is queued and the device is free, and needs
max(flops / rate, bytes / bandwidth) + `overhead_s`. Where an operand set is used again before `cache_bytes` of
others went through, its bytes cost nothing. The clock falls towards `hot_clock` of its cold value with the busy
time, rates and power follow it; every `outlier_every`-th launch takes three times as long. Rows of it have
confidence "simulated" and a device that no catalogue knows, so that calibration skips them.
"""

import math

from gwmeasure.device import Kernel, Reading, Unsupported


class SimulatedDevice:
    name = "simulated device"
    gpu = "simulated"
    versions = "no driver"
    cache_bytes = 50 << 20
    memory_bytes = 80 << 30

    def __init__(self, rate=500e12, bandwidth=3e12, host_launch_s=5e-6, overhead_s=2e-6, hot_clock=1.0, heat_s=3.0,
                 outlier_every=0, copies=4, sensors=True, energy_counter=True, idle_w=100.0, busy_w=700.0,
                 reading_s=1e-3, unsupported=()):
        self.rate, self.bandwidth = rate, bandwidth
        self.host_launch_s, self.overhead_s = host_launch_s, overhead_s
        self.hot_clock, self.heat_s = hot_clock, heat_s
        self.outlier_every, self.copies = outlier_every, copies
        self.sensors, self.energy_counter = sensors, energy_counter
        self.idle_w, self.busy_w = idle_w, busy_w
        self.reading_s, self.unsupported = reading_s, unsupported
        self.host = self.free = 0.0  # host clock; when the device is free
        self.busy = 0.0
        self.launched = self.released = 0
        self.since_use = {}  # bytes through the cache since an operand set was used

    def clock(self):
        """Of its cold value."""
        return self.hot_clock + (1 - self.hot_clock) * math.exp(-self.busy / self.heat_s)

    def _queue(self, host_s, device_s):
        self.host += host_s
        self.free = max(self.free, self.host) + device_s
        self.busy += device_s

    def _through_cache(self, key, size):
        """The bytes that must come from memory."""
        cold = self.since_use.get(key, math.inf) >= self.cache_bytes
        self.since_use = {k: v + size for k, v in self.since_use.items()}
        self.since_use[key] = 0.0
        return size if cold else 0.0

    def prepare(self, case):
        if case.dtype in self.unsupported or case.kind in self.unsupported:
            raise Unsupported(f"{case.dtype} {case.kind} is not supported")
        p = case.parameters
        per_launch = p.get("kernels", 1)
        flops, size, count = case.flops, case.bytes, [0]

        def launch():
            self.launched += 1
            count[0] += 1
            seconds = max(flops / (self.rate * self.clock()),
                          self._through_cache((case.slug, count[0] % self.copies), size) / self.bandwidth) + self.overhead_s
            if self.outlier_every and self.launched % self.outlier_every == 0:
                seconds *= 3
            if p.get("graph"):
                self._queue(self.host_launch_s, seconds * per_launch)
            else:
                for _ in range(per_launch):
                    self._queue(self.host_launch_s, seconds)

        return Kernel(launch, self.copies, size, per_launch)

    def guarded(self, action):
        return action()

    def release(self):
        self.released += 1

    def record(self):
        return max(self.free, self.host)

    def elapsed(self, start, end):
        return end - start

    def synchronize(self):
        self.host = max(self.host, self.free)

    def flush_cache(self):
        self._queue(self.host_launch_s, 5 * self.cache_bytes / self.bandwidth)
        self.since_use = {}

    def now(self):
        return self.host

    def sleep(self, seconds):
        self.host += seconds

    def reading(self):
        self.host += self.reading_s
        if not self.sensors:
            return Reading()
        power = self.busy_w if self.free > self.host else self.idle_w
        energy = self.idle_w * self.host + (self.busy_w - self.idle_w) * self.busy if self.energy_counter else None
        return Reading(2000 * self.clock(), power, energy, 60.0, 700.0)
