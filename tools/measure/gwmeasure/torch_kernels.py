"""The kernels of each case as PyTorch operations. Imported only where PyTorch is.

Operands are normal random numbers: zeros would draw less power and run at a higher clock. Products are of rows
with the transposed weight, as in a linear layer. FP8 products use one scale per tensor and take operands that are
already cast ("kernel only"). Norm, SwiGLU and rotary are compiled into one kernel each, as training frameworks
have them; without a compiler they cannot be measured.
"""

import itertools
import math

import torch
import torch.nn.functional as F

from gwmeasure.device import Kernel, Unsupported

MAX_COPIES = 16
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
BACKENDS = {"flash": "FLASH_ATTENTION", "cudnn": "CUDNN_ATTENTION"}


def copies_for(size, cache_bytes):
    """Operand sets so that twice the cache lies between two uses of one."""
    return max(1, min(MAX_COPIES, math.ceil(2 * cache_bytes / max(size, 1)) + 1))


def rotate(functions):
    turn = itertools.cycle(functions)
    return lambda: next(turn)()


def fp8_dtype():
    """The 8-bit type of the chip: AMD's CDNA 3 has a bias of its own."""
    architecture = getattr(torch.cuda.get_device_properties(torch.cuda.current_device()), "gcnArchName", "")
    return torch.float8_e4m3fnuz if architecture.startswith("gfx94") else torch.float8_e4m3fn


def gemm(p, dtype):
    m, n, k = p["m"], p["n"], p["k"]
    a, w = torch.randn(m, k, device="cuda", dtype=torch.bfloat16), torch.randn(n, k, device="cuda", dtype=torch.bfloat16)
    if dtype == "fp8":
        if not hasattr(torch, "_scaled_mm"):
            raise Unsupported("this PyTorch has no torch._scaled_mm")
        a, w, one = a.to(fp8_dtype()), w.to(fp8_dtype()), torch.ones((), device="cuda")
        return lambda: torch._scaled_mm(a, w.t(), scale_a=one, scale_b=one, out_dtype=torch.bfloat16, use_fast_accum=True)
    a, w = a.to(DTYPES[dtype]), w.to(DTYPES[dtype])
    out = torch.empty(m, n, device="cuda", dtype=a.dtype)
    return lambda: torch.mm(a, w.t(), out=out)


def attention(p):
    try:
        from torch.nn.attention import SDPBackend, sdpa_kernel
        backend = getattr(SDPBackend, BACKENDS[p["backend"]])
    except (ImportError, AttributeError):
        raise Unsupported(f"this PyTorch cannot choose the {p['backend']} attention") from None

    def tensor(heads):
        return torch.randn(p["b"], heads, p["s"], p["d"], device="cuda", dtype=torch.bfloat16, requires_grad=p["backward"])

    q, k, v = tensor(p["h"]), tensor(p["kv"]), tensor(p["kv"])
    grouped = {"enable_gqa": True} if p["h"] != p["kv"] else {}

    def forward():
        with sdpa_kernel(backend):
            return F.scaled_dot_product_attention(q, k, v, is_causal=p["causal"], **grouped)

    if not p["backward"]:
        return forward
    out = forward()
    gradient = torch.randn_like(out)
    return lambda: torch.autograd.grad(out, (q, k, v), gradient, retain_graph=True)


def rmsnorm(x, weight):
    wide = x.float()
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + 1e-5)).to(x.dtype) * weight


def swiglu(gate, up):
    return F.silu(gate) * up


def rotary(x, cosine, sine):
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-second, first), dim=-1) * sine


def memory_operands(p):
    def tensor(*shape):
        return torch.randn(*shape, device="cuda", dtype=torch.bfloat16)

    rows, columns, head_dim = p["rows"], p["columns"], p["columns"] // p["heads"]
    return {
        "copy": lambda: (tensor(rows, columns), tensor(rows, columns)),
        "softmax": lambda: (tensor(rows, columns),),
        "add": lambda: (tensor(rows, columns), tensor(rows, columns), tensor(rows, columns)),
        "swiglu": lambda: (tensor(rows, columns), tensor(rows, columns)),
        "rmsnorm": lambda: (tensor(rows, columns), tensor(columns)),
        "rotary": lambda: (tensor(rows, p["heads"], head_dim), tensor(rows, 1, head_dim), tensor(rows, 1, head_dim)),
    }[p["operator"]]()


EAGER = {
    "copy": lambda out, x: out.copy_(x),
    "softmax": lambda x: torch.softmax(x, dim=-1),
    "add": lambda out, x, y: torch.add(x, y, out=out),
}
FUSED = {"rmsnorm": rmsnorm, "swiglu": swiglu, "rotary": rotary}


def memory_function(operator):
    if operator in EAGER:
        return EAGER[operator]
    torch._dynamo.reset()  # each shape is compiled for itself
    return torch.compile(FUSED[operator], dynamic=False)


def launch_chain(p):
    """`kernels` tiny kernels in a row, eager or as one CUDA graph."""
    x = torch.zeros(64, 64, device="cuda", dtype=torch.bfloat16)
    y = torch.zeros_like(x)
    step = (lambda: x.add_(1)) if p["operator"] == "add" else (lambda: torch.mm(x, x, out=y))

    def chain():
        for _ in range(p["kernels"]):
            step()

    if not p["graph"]:
        return chain
    step()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        chain()
    return graph.replay


class Block(torch.nn.Module):
    """A gated transformer layer with fused attention."""

    def __init__(self, p):
        super().__init__()
        h = p["hidden"]
        self.heads = p["heads"]
        self.norms = torch.nn.ModuleList(torch.nn.LayerNorm(h) for _ in range(2))
        self.qkv, self.out = torch.nn.Linear(h, 3 * h, bias=False), torch.nn.Linear(h, h, bias=False)
        self.up, self.down = torch.nn.Linear(h, 2 * p["ffn"], bias=False), torch.nn.Linear(p["ffn"], h, bias=False)

    def forward(self, x):
        b, s, h = x.shape
        q, k, v = self.qkv(self.norms[0](x)).view(b, s, 3, self.heads, h // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, s, h)
        x = x + self.out(mixed)
        return x + self.down(swiglu(*self.up(self.norms[1](x)).chunk(2, dim=-1)))


def train_step(p):
    head = torch.nn.Linear(p["hidden"], p["vocabulary"], bias=False)
    layers = torch.nn.Sequential(*(Block(p) for _ in range(p["layers"])), head).to("cuda", torch.bfloat16)
    embedding = torch.nn.Embedding(p["vocabulary"], p["hidden"]).to("cuda", torch.bfloat16)
    optimizer = torch.optim.AdamW([*layers.parameters(), *embedding.parameters()], fused=True)
    tokens = torch.randint(p["vocabulary"], (p["b"], p["s"] + 1), device="cuda")

    def step():
        logits = layers(embedding(tokens[:, :-1]))
        F.cross_entropy(logits.flatten(0, 1).float(), tokens[:, 1:].flatten()).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def attention_note(p):
    """PyTorch's flash kernels are FlashAttention-2, which newer chips than Ampere have better ones than."""
    if p["backend"] == "cudnn":
        return "cuDNN attention"
    if torch.version.hip:
        return "flash attention of ROCm"
    old = torch.cuda.get_device_capability() >= (9, 0)
    return "FlashAttention-2 of PyTorch" + ("; superseded kernel" if old else "")


def build(case, cache_bytes):
    """The case's kernel; raises what PyTorch raises where it does not support it."""
    p = case.parameters
    kind = p.get("activity") or case.group
    if kind in ("gemm", "sustained"):
        note = "kernel only: operands are FP8, one scale per tensor, fast accumulation" if case.dtype == "fp8" else ""
        make, copies = (lambda: gemm(p, case.dtype)), copies_for(case.bytes, cache_bytes)
    elif kind == "attention":
        make, copies, note = (lambda: attention(p)), copies_for(case.bytes, cache_bytes), attention_note(p)
    elif kind in ("memory", "copy"):
        p = {"operator": "copy", "heads": 1, **p}
        function = memory_function(p["operator"])

        def make():
            operands = memory_operands(p)
            return lambda: function(*operands)

        copies = copies_for(case.bytes, cache_bytes)
        note = "compiled into one kernel" if p["operator"] in FUSED else ""
    elif kind == "launch":
        return Kernel(launch_chain(p), per_launch=p["kernels"])
    elif kind == "train":
        return Kernel(train_step(p), note="eager PyTorch, fused AdamW, all in bf16")
    else:
        raise Unsupported(f"no kernel for {kind}")
    return Kernel(rotate([make() for _ in range(copies)]), copies, case.bytes, note=note)
