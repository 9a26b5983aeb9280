"""Case after case: prepare, measure, write the row, report it."""

import dataclasses

from gwmeasure import procedures, rows
from gwmeasure.device import Unsupported


@dataclasses.dataclass(frozen=True)
class Plans:
    burst: procedures.BurstPlan = procedures.BurstPlan()
    sustained: procedures.SustainedPlan = procedures.SustainedPlan()
    power: procedures.SustainedPlan = procedures.SustainedPlan(min_s=8, max_s=15)


QUICK = Plans(procedures.BurstPlan(repeats=15, budget_s=0.4), procedures.SustainedPlan(min_s=3, max_s=15),
              procedures.SustainedPlan(min_s=3, max_s=6))


@dataclasses.dataclass
class Outcome:
    written: int = 0
    skipped: int = 0
    present: int = 0  # already in the file


def measured_row(case, device, provenance, plans):
    """The row of a case, or None where the machine does not tell what it asks for."""
    if case.group == "power" and case.parameters["activity"] == "idle":
        return rows.sustained_row(provenance, case, None, procedures.measure_idle(device, plans.power))
    kernel = device.prepare(case)
    if case.group == "launch":
        return rows.burst_row(provenance, case, kernel, procedures.measure_overhead(device, kernel, plans.burst))
    if case.group == "power":
        result = procedures.measure_sustained(device, kernel, case.parameters["duty"], plans.power)
        return rows.sustained_row(provenance, case, kernel, result)
    if case.group == "sustained":
        result = procedures.measure_sustained(device, kernel, plan=plans.sustained)
        return rows.sustained_row(provenance, case, kernel, result)
    return rows.burst_row(provenance, case, kernel, procedures.measure_bursts(device, kernel, plans.burst))


def label(case):
    return " ".join(part for part in (case.kind, case.dtype, case.variant, case.shape) if part)


def run(cases, device, writer, provenance, plans, say):
    """Measures what `writer` does not hold yet. `say` gets one line per case."""
    outcome = Outcome()
    for number, case in enumerate(cases, start=1):
        if provenance.row_id(case) in writer.done:
            outcome.present += 1
            continue
        place = f"[{number}/{len(cases)}] {label(case)}"
        try:
            row = device.guarded(lambda: measured_row(case, device, provenance, plans))
            if row is None:
                raise Unsupported("no power sensor")
        except Unsupported as reason:
            outcome.skipped += 1
            say(f"{place}: skipped, {reason}")
        else:
            writer.write(row)
            outcome.written += 1
            say(f"{place}: {row['measured_value']} {row['unit']}")
        device.release()
    return outcome
