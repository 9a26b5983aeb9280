"""What to measure. Pure functions from options to lists of cases; no device is touched.

Shapes are those of training: the linear layers of 8B to 405B transformers and of mixtures of experts (whose
parts are small under tensor parallelism), squares, and sizes one tile beyond a full wave. `quick` keeps a few
of each: enough for calibration's few parameters, in a few minutes.
"""

import dataclasses

from gwmeasure import formulas

# Kinds that `gigawatt calibrate` reads; rows of others are skipped there, with the reason.
CALIBRATED = ("gemm", "attention_", "memory_bound", "nccl_", "rccl_")

MIB = 1 << 20
GIB = 1 << 30


@dataclasses.dataclass(frozen=True)
class Case:
    """One row to be. `parameters` are the arguments of the kernel; `flops` and `bytes` are of one launch."""

    group: str
    kind: str
    shape: str
    dtype: str
    unit: str
    parameters: dict
    flops: float = 0
    bytes: float = 0
    n_gpus: int = 1
    variant: str = ""  # tells apart cases that only differ in the kernel used

    @property
    def slug(self):
        """What identifies the case on one device; part of a row's id."""
        shape = "".join(c if c.isalnum() or c == "." else "_" for c in self.shape)
        parts = [self.kind, self.dtype, shape, f"n{self.n_gpus}" if self.n_gpus > 1 else "", self.variant]
        return "-".join(p for p in parts if p)

    @property
    def calibrated(self):
        return self.kind != "gemm_sustained" and self.kind.startswith(CALIBRATED)


LAYERS = [  # (N, K) of linear layers
    (4096, 4096), (6144, 4096), (28672, 4096), (4096, 14336),  # hidden 4096
    (8192, 8192), (10240, 8192), (57344, 8192), (8192, 28672),  # hidden 8192
    (5120, 5120), (2048, 7168), (7168, 2048), (1024, 8192),  # experts, and parts under tensor parallelism
]
QUICK_LAYERS = [(4096, 4096), (28672, 4096), (8192, 8192), (2048, 7168)]
ROWS = [128, 512, 1024, 2048, 4096, 8192, 16384]
QUICK_ROWS = [512, 2048, 8192]
SQUARES = [1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384]
WAVES = [2176, 2304, 2432, 4224, 4352, 4480]  # multiples of 128 around the ends of a wave


def gemm_case(m, n, k, dtype, sustained=False):
    shape = f"M={m},N={n},K={k}"
    return Case("sustained" if sustained else "gemm", "gemm_sustained" if sustained else "gemm", shape, dtype, "TFLOPS",
                {"m": m, "n": n, "k": k}, formulas.gemm_flops(m, n, k), formulas.gemm_bytes(m, n, k, dtype))


def gemm_cases(dtypes, quick):
    layers = [(m, n, k) for n, k in (QUICK_LAYERS if quick else LAYERS) for m in (QUICK_ROWS if quick else ROWS)]
    squares = [] if quick else [(x, x, x) for x in SQUARES + WAVES]
    shapes = dict.fromkeys(layers + squares)  # a set that keeps the order: 4096 x 4096 x 4096 is in both
    return [gemm_case(*shape, dtype) for dtype in dtypes for shape in shapes]


def sustained_cases(dtypes, quick):
    shapes = [(8192, 8192, 8192)] if quick else [(4096, 4096, 4096), (8192, 8192, 8192), (8192, 28672, 8192)]
    return [gemm_case(*shape, dtype, sustained=True) for dtype in dtypes for shape in shapes]


ATTENTION = [  # (batch, length, heads, kv heads, head dim): 16k to 32k tokens at most, with and without GQA
    (16, 1024, 32, 32, 64), (8, 2048, 32, 32, 64), (2, 8192, 32, 32, 64),
    (16, 1024, 32, 8, 128), (8, 2048, 32, 32, 128), (8, 2048, 32, 8, 128), (4, 4096, 32, 32, 128),
    (4, 4096, 64, 8, 128), (2, 8192, 32, 8, 128), (2, 8192, 64, 8, 128), (1, 16384, 32, 8, 128), (1, 32768, 16, 2, 128),
    (4, 4096, 16, 16, 256), (2, 8192, 16, 4, 256),
]
QUICK_ATTENTION = [(8, 2048, 32, 32, 64), (4, 4096, 32, 8, 128), (2, 8192, 32, 8, 128)]


def attention_case(b, s, h, kv, d, causal, backward, backend):
    kind = f"attention_{'bwd' if backward else 'fwd'}_{'causal' if causal else 'full'}"
    return Case("attention", kind, f"b={b},s={s},h={h},kv={kv},d={d}", "bf16", "TFLOPS",
                {"b": b, "s": s, "h": h, "kv": kv, "d": d, "causal": causal, "backward": backward, "backend": backend},
                formulas.attention_flops(b, s, h, d, causal, backward),
                formulas.attention_bytes(b, s, h, kv, d, backward), variant=backend)


def attention_cases(backends, quick):
    shapes = QUICK_ATTENTION if quick else ATTENTION
    return [attention_case(*shape, causal, backward, backend) for backend in backends for shape in shapes
            for causal in (True, False) for backward in (False, True)]


HEAD_DIM = 128
MEMORY_OPERATORS = ["copy", "add", "rmsnorm", "softmax", "swiglu", "rotary"]


def memory_case(operator, rows, columns):
    heads = columns // HEAD_DIM
    size = formulas.memory_bytes(operator, rows, columns, heads)
    return Case("memory", "memory_bound", f"bytes={size},op={operator},rows={rows},columns={columns}", "bf16", "GB/s",
                {"operator": operator, "rows": rows, "columns": columns, "heads": heads}, bytes=size)


def memory_cases(quick):
    rows = [4096, 32768] if quick else [64, 512, 2048, 4096, 8192, 32768, 65536]
    columns = [8192] if quick else [4096, 8192]
    return [memory_case(o, r, c) for o in MEMORY_OPERATORS for r in rows for c in columns]


LAUNCHES = 1000


def launch_cases():
    """Overhead per kernel: a chain of kernels that are too short to matter, launched one by one and as a graph."""
    return [Case("launch", f"launch_{how}", f"kernels={LAUNCHES},op={operator}", "bf16", "us",
                 {"operator": operator, "kernels": LAUNCHES, "graph": how == "graph"})
            for operator in ("add", "matmul") for how in ("eager", "graph")]


def power_cases(quick):
    """Board power at rest, while copying, and while multiplying for a part of the time (`duty`)."""
    def case(activity, flops=0, size=0, **parameters):
        shape = ",".join([f"activity={activity}"] + [f"{key}={value}" for key, value in parameters.items()])
        return Case("power", "power", shape, "" if activity == "idle" else "bf16", "W",
                    {"activity": activity, **parameters}, flops, size)

    def gemm(m, duty=1.0):
        shape = {"m": m, "n": 8192, "k": 8192}
        return case("gemm", formulas.gemm_flops(**shape), formulas.gemm_bytes(**shape, dtype="bf16"), **shape, duty=duty)

    copy = {"rows": 65536, "columns": 8192}
    cases = [case("idle"), gemm(8192), case("copy", size=formulas.memory_bytes("copy", **copy), **copy, duty=1.0)]
    if not quick:
        cases += [gemm(8192, duty) for duty in (0.25, 0.5, 0.75)] + [gemm(m) for m in (128, 512, 2048)]
    return cases


COLLECTIVES = ["all_reduce", "all_gather", "reduce_scatter", "alltoall"]


def collective_case(library, collective, size, ranks):
    return Case("collectives", f"{library}_{collective}", f"{size}B", "bf16", "GB/s busbw",
                {"collective": collective, "size": size}, bytes=size * formulas.bus_factor(collective, ranks), n_gpus=ranks)


def collective_cases(library, ranks, quick):
    """Sizes are divisible by 2 bytes times the ranks, as every collective needs; `library`: nccl or rccl."""
    sizes = [64 << 10, MIB, 16 * MIB, 256 * MIB, GIB] if quick else [8 << 10 << 2 * i for i in range(10)]
    step = 2 * ranks
    return [collective_case(library, c, size // step * step, ranks) for c in COLLECTIVES for size in sizes]


def rank_counts(gpus):
    """2, 4, 8, ... and all."""
    counts = [n for n in (1 << i for i in range(1, gpus.bit_length())) if n <= gpus]
    return counts + [gpus] if gpus > 1 and gpus not in counts else counts


def train_cases():
    p = {"layers": 4, "hidden": 2048, "heads": 16, "ffn": 5632, "vocabulary": 32000, "s": 2048, "b": 4}
    shape = ",".join(f"{key}={value}" for key, value in p.items())
    flops = formulas.train_step_flops(p["layers"], p["hidden"], p["ffn"], p["vocabulary"], p["s"], p["b"])
    return [Case("train", "train_step", shape, "bf16", "ms", p, flops)]


GROUPS = ["gemm", "attention", "memory", "launch", "sustained", "power", "train", "collectives"]
DEFAULT_GROUPS = [g for g in GROUPS if g != "train"]


def single_gpu_cases(groups, quick, dtypes, backends):
    """Everything that one GPU can measure, in the order of GROUPS: cool kernels first, long loads last."""
    made = {
        "gemm": lambda: gemm_cases(dtypes, quick),
        "attention": lambda: attention_cases(backends, quick),
        "memory": lambda: memory_cases(quick),
        "launch": launch_cases,
        "sustained": lambda: sustained_cases(dtypes, quick),
        "power": lambda: power_cases(quick),
        "train": train_cases,
    }
    return [case for group in GROUPS if group in groups and group in made for case in made[group]()]
