"""Options, order and messages. Progress goes to standard error; rows go to the file."""

import argparse
import os
import signal
import sys

from gwmeasure import cases, collectives, rows, runner
from gwmeasure.device import DeviceLost
from gwmeasure.simulated import SimulatedDevice
from gwmeasure.torch_device import NoDevice, TorchDevice, first_line, gpu_count

BUSY_SHARE = 0.1  # of the memory taken: somebody else is working
INTERRUPTED = 130
DEFAULT_SOURCE = rows.Provenance.source


class UsageError(Exception):
    """The options do not make sense; the message is for the user."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UsageError(message)


def parse_groups(text):
    groups = [g.strip() for g in text.split(",") if g.strip()]
    unknown = [g for g in groups if g not in cases.GROUPS]
    if unknown or not groups:
        raise UsageError(f"--only: '{(unknown or [text])[0]}' is not one of {', '.join(cases.GROUPS)}")
    return groups


def make_parser():
    parser = Parser(prog="measure.py", description="Measures kernels, collectives and power of this machine's GPUs "
                    "and writes them as rows for `gigawatt calibrate --kernels`.")
    parser.add_argument("--out", required=True, metavar="ROWS.csv", help="where the rows go")
    parser.add_argument("--quick", action="store_true", help="a few cases of each group")
    parser.add_argument("--only", metavar="GROUP,...", help=f"of {', '.join(cases.GROUPS)}; default: all but train")
    parser.add_argument("--resume", action="store_true", help="continue ROWS.csv: skip what it holds")
    parser.add_argument("--gpu", metavar="NAME", help="the catalogue's name of the GPU, where the driver's is not known")
    parser.add_argument("--device", type=int, default=0, metavar="N", help="which GPU measures kernels (default 0)")
    parser.add_argument("--fabric-gbps", type=float, metavar="G", help="network bandwidth per GPU in Gb/s (several nodes)")
    parser.add_argument("--source", default=DEFAULT_SOURCE, metavar="TEXT", help="the rows' source column")
    parser.add_argument("--list", action="store_true", help="print the cases of a current NVIDIA GPU and stop")
    parser.add_argument("--simulate", action="store_true", help="a dry run on a simulated device; rows are marked so")
    return parser


def say(text):
    print(text, file=sys.stderr, flush=True)


def provenance_of(device, options):
    if options.simulate:
        return rows.Provenance(device.gpu, device.name, device.versions, "simulated, not a measurement", "simulated")
    return rows.Provenance(device.gpu, device.name, device.versions, options.source)


def warn_about(device):
    if device.gpu == device.name:
        say(f"note: '{device.name}' is not a name that Gigawatt knows; state it with --gpu, or calibration skips the rows")
    if device.memory_in_use > BUSY_SHARE:
        say(f"note: {100 * device.memory_in_use:.0f}% of the GPU's memory is in use; is another program running?")


def run_one_gpu(options, groups):
    """Everything but collectives. Opens the file, which is there afterwards even where nothing was measured."""
    if options.simulate:
        device, dtypes, backends = SimulatedDevice(hot_clock=0.8), ["bf16", "fp16", "fp8"], ["flash", "cudnn"]
    else:
        device = TorchDevice(options.device, options.gpu)
        dtypes, backends = device.dtypes(), device.backends()
        warn_about(device)
    todo = cases.single_gpu_cases(groups, options.quick, dtypes, backends)
    writer = rows.RowWriter(options.out, options.resume)
    try:
        plans = runner.QUICK if options.quick else runner.Plans()
        return runner.run(todo, device, writer, provenance_of(device, options), plans, say)
    finally:
        writer.close()


def run_collectives(options, alone):
    """On this machine's GPUs. `alone`: nothing else was asked for, so that having one GPU is an error."""
    gpus = gpu_count()
    if gpus < 2 and alone:
        raise UsageError(f"collectives need two GPUs; PyTorch sees {gpus}")
    if gpus < 2:
        return say("collectives: skipped, there is one GPU")
    if alone:
        rows.RowWriter(options.out, options.resume).close()
    collectives.run_here(gpus, collectives.Job(options.out, True, options.gpu, options.source, options.quick))


def run_torchrun(options, groups, place):
    """Under torchrun all ranks measure collectives together, and nothing else."""
    if "collectives" not in groups:
        raise UsageError("under torchrun only collectives are measured; run the other groups without it")
    if place.nodes > 1 and not options.fabric_gbps:
        raise UsageError("--fabric-gbps is needed for several nodes: the network bandwidth of each GPU in Gb/s")
    job = collectives.Job(options.out, options.resume, options.gpu, options.source, options.quick,
                          collectives.fabric_name(place.nodes, options.fabric_gbps))
    collectives.run_rank(place, job, "env://", say)


def print_cases(options, groups):
    listed = cases.single_gpu_cases(groups, options.quick, ["bf16", "fp16", "fp8"], ["flash", "cudnn"])
    if "collectives" in groups:
        listed += cases.collective_cases("nccl", 8, options.quick)
    for case in listed:
        print(runner.label(case) + (f" on {case.n_gpus} GPUs" if case.n_gpus > 1 else ""))


def run(options):
    groups = parse_groups(options.only) if options.only is not None else cases.DEFAULT_GROUPS
    if options.fabric_gbps is not None and not 0 < options.fabric_gbps < 1e6:
        raise UsageError("--fabric-gbps must be a positive number of Gb/s")
    if options.device < 0:
        raise UsageError("--device must not be negative")
    if options.list:
        return print_cases(options, groups)
    place = None if options.simulate else collectives.torchrun_place(os.environ)
    if place:
        return run_torchrun(options, groups, place)
    others = [g for g in groups if g != "collectives"]
    if others or options.simulate:
        outcome = run_one_gpu(options, others)
        say(f"{outcome.written} rows written to {options.out}, {outcome.skipped} cases skipped, "
            f"{outcome.present} were there")
    if "collectives" in groups and not options.simulate:
        run_collectives(options, alone=not others)


def on_terminate(signal_number, frame):
    raise KeyboardInterrupt


def main(arguments=None):
    """The exit code: 0, 1 after a message of one line, 130 when interrupted."""
    try:
        options = make_parser().parse_args(arguments)
        signal.signal(signal.SIGTERM, on_terminate)
        run(options)
        return 0
    except KeyboardInterrupt:
        say("interrupted; the rows so far are in the file, --resume continues")
        return INTERRUPTED
    except (UsageError, NoDevice, rows.RowsError) as error:
        say(f"error: {error}")
    except DeviceLost as error:
        say(f"error: the GPU stopped working ({error}); the rows so far are in the file, --resume continues")
    except Exception as error:
        if not isinstance(error, RuntimeError) and not type(error).__module__.startswith("torch"):
            raise
        # A rank that failed brings its traceback along: the last line says why.
        say(f"error: PyTorch failed: {(str(error).strip().splitlines() or [first_line(error)])[-1]}")
    return 1
