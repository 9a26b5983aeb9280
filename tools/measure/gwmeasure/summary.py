"""Median, spread and outliers of repeated measurements."""

import dataclasses
import statistics

NORMAL_MAD = 1.4826  # a normal distribution's standard deviation over its median absolute deviation
OUTLIER_DEVIATIONS = 5
OUTLIER_SHARE = 0.02  # closer to the median than this is never an outlier, however steady the others are


@dataclasses.dataclass(frozen=True)
class Summary:
    median: float
    spread: float  # (90th - 10th percentile) / median
    outliers: int
    count: int


def percentile(ordered, share):
    """Linear interpolation between the values of a sorted list."""
    at = share * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def summarize(samples):
    """The median keeps all samples; outliers are only counted, since it does not feel them."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    median = statistics.median(ordered)
    deviation = NORMAL_MAD * statistics.median(abs(x - median) for x in ordered)
    limit = max(OUTLIER_DEVIATIONS * deviation, OUTLIER_SHARE * abs(median))
    spread = (percentile(ordered, 0.9) - percentile(ordered, 0.1)) / median if median else 0.0
    return Summary(median, spread, sum(abs(x - median) > limit for x in ordered), len(ordered))


def spread_of(values):
    """(largest - smallest) / mean."""
    mean = statistics.fmean(values)
    return (max(values) - min(values)) / mean if mean else 0.0
