"""Kernel measurements on one's own machine, as rows that `gigawatt calibrate --kernels` reads.

    formulas    FLOPs and bytes of each operator
    cases       what to measure: pure functions from options to cases
    device      what a measurement needs of a device; `simulated` and `torch_device` implement it
    procedures  bursts, sustained load, power: logic over that interface, the same for both
    summary     median, spread, outliers
    rows        the CSV format, written row by row
    sensors     clock, power and temperature from NVML, nvidia-smi or amdsmi
    names       a driver's device name as the catalogue's name
    runner      case after case: measure, write, report
    collectives several ranks at once
    cli         options and messages

Standard library only; PyTorch is imported by `torch_device`, `torch_kernels` and `collectives` when they are used.
"""
