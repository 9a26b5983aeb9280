"""Reference values: a path into the document of `run --json`, the value, a tolerance and the reason for the value.

    [[expect]]
    metric = "sites.prometheus.energized_mw_facility"
    value = 1020
    tolerance = 0.02          # relative; or absolute_tolerance; texts and booleans must be equal
    reason = "published capacity, Epoch AI"

command = "plan" at the top compares the document of `plan --json` instead. [seeds] count = N asks for N more runs with other seeds; an expectation holds for each of them, or with over = "mean"
for their mean.

A path goes through keys by name, through lists by an element's `name`, `id` or `date` (a prefix of the date will
do: "fleet.2025-12.accelerators"), or by its index. Names may hold dots.
"""

import math


class NoSuchMetric(Exception):
    pass


def named(element, name):
    if not isinstance(element, dict):
        return False
    return element.get("name") == name or element.get("id") == name or str(element.get("date", "")).startswith(name)


def step(value, name):
    """The values that `name` may mean inside `value`."""
    if isinstance(value, dict):
        return [value[name]] if name in value else []
    if isinstance(value, list):
        found = [element for element in value if named(element, name)]
        if not found and name.isdigit() and int(name) < len(value):
            found = [value[int(name)]]
        return found[:1]
    return []


def look_up(document, path):
    parts = path.split(".")

    def search(value, at):
        if at == len(parts):
            return [value]
        for end in range(at + 1, len(parts) + 1):  # names may hold dots
            for inner in step(value, ".".join(parts[at:end])):
                found = search(inner, end)
                if found:
                    return found
        return []

    found = search(document, 0)
    if not found:
        raise NoSuchMetric(path)
    return found[0]


def difference(expectation, actual):
    """None where the value is as expected, else what is wrong."""
    value = expectation["value"]
    if isinstance(value, (bool, str)) or actual is None or isinstance(actual, (bool, str)):
        return None if str(value) == str(actual) else f"expected {value}, got {actual}"
    allowed = expectation.get("absolute_tolerance", 0) + expectation.get("tolerance", 0) * abs(value)
    off = abs(actual - value)
    if math.isfinite(off) and off <= allowed * (1 + 1e-12):
        return None
    relative = f"{(actual / value - 1):+.2%}" if value else f"{actual - value:+g}"
    return f"expected {value:g} within {allowed:g}, got {actual:g} ({relative})"


def over_seeds(expectation, actuals):
    """The same for the values of several seeds: each of them, or with over = "mean" their mean."""
    over = expectation.get("over", "each")
    if over == "mean":
        return difference(expectation, sum(actuals) / len(actuals))
    if over != "each":
        raise ValueError(f"over = {over!r}: each or mean")
    return next((p for p in (difference(expectation, actual) for actual in actuals) if p), None)
