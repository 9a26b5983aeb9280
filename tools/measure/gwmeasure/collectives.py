"""Collectives among several GPUs: one process each, over NCCL or RCCL, timed as nccl-tests does.

On one machine the processes are started here, for 2, 4, 8, ... GPUs. Under torchrun, which starts one process per
GPU of one or several machines, all ranks of the job take part. The slowest rank's median counts. Every rank
makes the same launches in the same order: nothing adapts to what one rank measured.
"""

import dataclasses
import datetime
import os
import tempfile

from gwmeasure import cases, procedures, rows
from gwmeasure.device import Kernel

TIMEOUT = datetime.timedelta(minutes=5)
SMALL_BYTES = 16 << 20


@dataclasses.dataclass(frozen=True)
class Job:
    """What every rank needs to know."""

    path: str
    resume: bool
    gpu: str | None
    source: str
    quick: bool
    fabric: str = "intra-node"


@dataclasses.dataclass(frozen=True)
class Place:
    rank: int
    ranks: int
    local_rank: int
    nodes: int = 1


def torchrun_place(environment):
    """Where this process is in a torchrun job, or None outside of one."""
    try:
        ranks, local = int(environment["WORLD_SIZE"]), int(environment["LOCAL_WORLD_SIZE"])
        place = Place(int(environment["RANK"]), ranks, int(environment["LOCAL_RANK"]), max(1, ranks // max(local, 1)))
    except (KeyError, ValueError):
        return None
    return place if ranks > 1 else None


def fabric_name(nodes, gbps):
    """As `gigawatt calibrate` reads it."""
    return "intra-node" if nodes == 1 else f"{nodes} nodes, {rows.decimal(gbps)} Gb/GPU"


def repetitions(size):
    """(launches in a burst, bursts): fewer where each is long."""
    return (20, 15) if size <= SMALL_BYTES else (5, 7)


def environment_remarks(environment):
    """Settings that change what is measured. A ring leaves the switches' reductions unused, like NVLS off."""
    keys = [key for key in ("NCCL_NVLS_ENABLE", "NCCL_ALGO", "NCCL_PROTO") if key in environment]
    no_switch = environment.get("NCCL_ALGO", "").lower() == "ring"
    return [f"{key}={environment[key]}" for key in keys] + (["NVLS off"] if no_switch else [])


def collective_kernel(case):
    import torch
    import torch.distributed as dist
    p = case.parameters
    elements = p["size"] // 2

    def tensor(count):
        return torch.zeros(count, device="cuda", dtype=torch.bfloat16)  # sums in place, over and over, stay finite

    whole, part = tensor(elements), tensor(elements // case.n_gpus)
    launch = {
        "all_reduce": lambda: dist.all_reduce(whole),
        "all_gather": lambda: dist.all_gather_into_tensor(whole, part),
        "reduce_scatter": lambda: dist.reduce_scatter_tensor(part, whole),
        "alltoall": lambda out=torch.empty_like(whole): dist.all_to_all_single(out, whole),
    }[p["collective"]]
    return Kernel(launch, bytes=p["size"])


def slowest(seconds):
    import torch
    import torch.distributed as dist
    value = torch.tensor([seconds], device="cuda", dtype=torch.float64)
    dist.all_reduce(value, op=dist.ReduceOp.MAX)
    return value.item()


def measure_case(case, device):
    kernel = collective_kernel(case)
    burst = procedures.measure_fixed(device, kernel, *repetitions(case.parameters["size"]))
    seconds = dataclasses.replace(burst.seconds, median=slowest(burst.seconds.median))
    return kernel, dataclasses.replace(burst, seconds=seconds)


def run_rank(place, job, init_method, say):
    """One rank's part. Rank 0 owns the file, and tells the others what is left to measure."""
    import torch.distributed as dist
    from gwmeasure.torch_device import TorchDevice
    device = TorchDevice(place.local_rank, job.gpu)
    # Opened before the others are waited for: a file that cannot be written is an error at once.
    writer = rows.RowWriter(job.path, job.resume) if place.rank == 0 else None
    dist.init_process_group("nccl", init_method=init_method, rank=place.rank, world_size=place.ranks, timeout=TIMEOUT)
    try:
        provenance = rows.Provenance(device.gpu, device.name, device.versions, job.source)
        todo = [cases.collective_cases("rccl" if device.is_amd else "nccl", place.ranks, job.quick)]
        if writer:
            todo = [[c for c in todo[0] if provenance.row_id(c) not in writer.done]]
        dist.broadcast_object_list(todo, src=0)
        remarks = environment_remarks(os.environ)
        for case in todo[0]:
            kernel, burst = measure_case(case, device)
            if writer:
                row = rows.burst_row(provenance, case, kernel, burst, job.fabric, remarks)
                writer.write(row)
                say(f"[{place.ranks} GPUs] {case.kind} {case.shape}: {row['measured_value']} {row['unit']}")
            device.release()
    finally:
        dist.destroy_process_group()
        if writer:
            writer.close()


def _spawned(rank, ranks, job, init_method):
    import sys
    run_rank(Place(rank, ranks, rank), job, init_method, lambda text: print(text, file=sys.stderr, flush=True))


def run_here(gpus, job):
    """All rank counts on this machine. The file exists already and is not open in this process."""
    import torch.multiprocessing as mp
    for ranks in cases.rank_counts(gpus):
        with tempfile.TemporaryDirectory() as folder:
            mp.spawn(_spawned, args=(ranks, job, f"file://{folder}/rendezvous"), nprocs=ranks)
