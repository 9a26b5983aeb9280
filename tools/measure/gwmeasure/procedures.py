"""How a kernel is timed: in bursts, under sustained load, at a duty cycle. Logic only, over the Device interface.

A burst: caches are flushed, then `launches` launches run between two time stamps. The flush is repeated until it
keeps the device busy for longer than the host needs to queue the burst, so that the time stamps see the device's
time and not the host's; where that is out of reach the result is marked host-bound. Operand sets take turns, and a
burst does not come back to one while the caches may still hold it: operands come from memory, as in training.

Sustained load: the same launches without pause, in chunks of a fifth of a second with a look at the sensors while
each runs, until clock and rate of the last chunks stay within a percent, or a limit. Power is the energy counter's
difference over those chunks where there is one, else the mean of the readings.
"""

import dataclasses
import math
import statistics

from gwmeasure.device import Reading
from gwmeasure.summary import Summary, spread_of, summarize


DUTY_CHUNK = 0.1  # of a chunk's length under a duty cycle
SENSOR_MARGIN = 3  # chunk over the time that a reading takes


@dataclasses.dataclass(frozen=True)
class BurstPlan:
    target_s: float = 300e-6  # a burst lasts about this long, so that a time stamp's resolution does not matter
    max_launches: int = 50
    repeats: int = 30
    min_repeats: int = 7
    budget_s: float = 1.0  # fewer repeats where kernels are long
    warmup: int = 3
    max_flushes: int = 64
    lead: float = 1.5  # flush time over the host's time to queue the burst


@dataclasses.dataclass(frozen=True)
class SustainedPlan:
    chunk_s: float = 0.2
    window: int = 10  # chunks that must agree
    tolerance: float = 0.01
    min_s: float = 5.0
    max_s: float = 40.0


@dataclasses.dataclass(frozen=True)
class Burst:
    seconds: Summary  # of one launch (one kernel, where a launch holds several)
    launches: int
    host_bound: bool
    reading: Reading


@dataclasses.dataclass(frozen=True)
class Sustained:
    seconds: float  # of one launch; 0 without work
    duration_s: float
    settled: bool
    clock_mhz: float | None
    power_w: float | None
    temperature_c: float | None
    power_limit_w: float | None


def host_and_device_seconds(device, kernel, launches):
    """Time to queue one launch, and to run it."""
    device.synchronize()
    begin = device.now()
    start = device.record()
    for _ in range(launches):
        kernel.launch()
    queued = device.now()
    end = device.record()
    device.synchronize()
    return (queued - begin) / launches, device.elapsed(start, end) / launches


def lead_of_flush(device, count=4):
    """How much longer a flush keeps the device busy than it takes the host to queue it."""
    device.flush_cache()  # the first one may allocate
    device.synchronize()
    for _ in range(count):
        device.flush_cache()
    queued = device.now()
    device.synchronize()
    return (device.now() - queued) / count


def flushes_to_hide(host_s, lead_s, plan):
    """Flushes before a burst that takes the host `host_s` to queue, and whether they are too few to hide it."""
    needed = math.ceil(plan.lead * host_s / lead_s) if lead_s > 0 else math.inf
    return max(1, min(needed, plan.max_flushes)), needed > plan.max_flushes


def timed_burst(device, kernel, launches, flushes, unmeasured=0):
    for _ in range(flushes):
        device.flush_cache()
    for _ in range(unmeasured):
        kernel.launch()
    start = device.record()
    for _ in range(launches):
        kernel.launch()
    end = device.record()
    device.synchronize()
    return device.elapsed(start, end) / (launches * kernel.per_launch)


def launches_per_burst(device, kernel, seconds, plan):
    wanted = math.ceil(plan.target_s / max(seconds, 1e-9))
    cold = kernel.copies if kernel.copies * kernel.bytes < 2 * device.cache_bytes else plan.max_launches
    return max(1, min(wanted, cold, plan.max_launches))


def measure_bursts(device, kernel, plan=BurstPlan()):
    for _ in range(plan.warmup):
        kernel.launch()
    host, seconds = host_and_device_seconds(device, kernel, plan.warmup)
    lead = lead_of_flush(device)
    launches = launches_per_burst(device, kernel, seconds, plan)
    flushes, too_few = flushes_to_hide(host * launches, lead, plan)
    affordable = int(plan.budget_s / (launches * seconds + flushes * (lead + host)))
    repeats = max(plan.min_repeats, min(plan.repeats, affordable))
    summary = summarize([timed_burst(device, kernel, launches, flushes) for _ in range(repeats)])
    host_bound = too_few and summary.median * kernel.per_launch < plan.lead * host
    return Burst(summary, launches, host_bound, device.reading())


def measure_overhead(device, kernel, plan=BurstPlan()):
    """A launch that holds many tiny kernels, back to back: what a kernel costs where nothing hides the launch."""
    for _ in range(plan.warmup):
        timed_burst(device, kernel, 1, 0)
    samples = [timed_burst(device, kernel, 1, 0) for _ in range(plan.repeats)]
    return Burst(summarize(samples), 1, False, device.reading())


def measure_fixed(device, kernel, launches, repeats, warmup=3):
    """Without adaptation, so that all ranks of a collective launch equally often; the first one aligns them."""
    for _ in range(warmup):
        timed_burst(device, kernel, 1, 0)
    samples = [timed_burst(device, kernel, launches, 1, unmeasured=1) for _ in range(repeats)]
    return Burst(summarize(samples), launches, False, device.reading())


@dataclasses.dataclass(frozen=True)
class Chunk:
    begin: float  # host clock
    seconds: float  # of one launch
    reading: Reading


def run_chunk(device, kernel, launches, period_s):
    """The sensors are read while the chunk runs; then the device rests until `period_s` is over."""
    begin = device.now()
    start = device.record()
    for _ in range(launches):
        kernel.launch()
    end = device.record()
    reading = device.reading()
    device.synchronize()
    rest = begin + period_s - device.now()
    if rest > 0:
        device.sleep(rest)
    return Chunk(begin, device.elapsed(start, end) / launches, reading)


def chunk_length(device, duty, plan):
    """Short under a duty cycle, since sensors average over more than a period; longer than a slow sensor takes."""
    begin = device.now()
    device.reading()
    wanted = plan.chunk_s if duty >= 1 else DUTY_CHUNK * plan.chunk_s
    return max(wanted, SENSOR_MARGIN * (device.now() - begin))


def is_settled(chunks, plan):
    if len(chunks) < plan.window:
        return False
    last = chunks[-plan.window:]
    clocks = [c.reading.clock_mhz for c in last]
    steady_clock = None in clocks or spread_of(clocks) <= plan.tolerance
    return steady_clock and spread_of([c.seconds for c in last]) <= plan.tolerance


def mean_power(readings, times):
    """Energy over time where the counter moved, else the mean of the readings, else None."""
    energies = [r.energy_j for r in readings]
    if len(readings) > 1 and None not in energies and energies[-1] > energies[0] and times[-1] > times[0]:
        return (energies[-1] - energies[0]) / (times[-1] - times[0])
    powers = [r.power_w for r in readings if r.power_w is not None]
    return statistics.fmean(powers) if powers else None


def median_of(values):
    known = [v for v in values if v is not None]
    return statistics.median(known) if known else None


def sustained_result(seconds, duration, settled, readings, times):
    return Sustained(seconds, duration, settled, median_of([r.clock_mhz for r in readings]), mean_power(readings, times),
                     median_of([r.temperature_c for r in readings]), readings[-1].power_limit_w)


def measure_sustained(device, kernel, duty=1.0, plan=SustainedPlan()):
    """`duty`: share of the time that the device works; it rests after each chunk for the remainder."""
    for _ in range(3):
        kernel.launch()
    _, seconds = host_and_device_seconds(device, kernel, 3)
    launches = max(1, round(chunk_length(device, duty, plan) / max(seconds, 1e-9)))
    begin, chunks = device.now(), []
    while True:
        busy = launches * (chunks[-1].seconds if chunks else seconds)
        chunks.append(run_chunk(device, kernel, launches, busy / duty if duty < 1 else 0))
        elapsed = device.now() - begin
        settled = is_settled(chunks, plan)
        if elapsed >= plan.max_s or (settled and elapsed >= plan.min_s):
            break
    # Under a duty cycle the rate hardly moves while the sensors' average still does: the second half then.
    last = chunks[-plan.window:] if duty >= 1 else chunks[len(chunks) // 2:]
    return sustained_result(statistics.fmean(c.seconds for c in last), elapsed, settled, [c.reading for c in last],
                            [c.begin for c in last])


def measure_idle(device, plan=SustainedPlan()):
    """Power at rest: what was running has a third of the time to cool down first."""
    device.synchronize()
    begin = device.now()
    device.sleep(plan.max_s / 3)
    readings, times = [], []
    while device.now() - begin < plan.max_s / 3 + plan.min_s:
        readings.append(device.reading())
        times.append(device.now())
        device.sleep(plan.chunk_s)
    return sustained_result(0.0, device.now() - begin, True, readings, times)
