"""FLOPs and bytes of the measured kernels that carry a power figure, one row a call.

The tables are those of the kernel measurements of ai-dynamo/aiconfigurator with a `power` column. Each reader gives
what the call computes (FLOPs by class of arithmetic) and what it moves at the least (operands once, results once);
rates follow from the measured latency. Calls below five microseconds are dropped: there the clock of the harness shows.
"""

import pathlib

import numpy as np
import pandas as pd

BYTES = {"bfloat16": 2.0, "fp8": 1.0, "fp8_block": 1.0, "nvfp4": 0.5625, "w4a16_mxfp4": 0.53,
         "w4a8_mxfp4_mxfp8": 0.53}
# The class of arithmetic in which a format computes.
CLASS = {"bfloat16": "bf16", "fp8": "fp8", "fp8_block": "fp8", "nvfp4": "fp4", "w4a16_mxfp4": "bf16",
         "w4a8_mxfp4_mxfp8": "fp8"}
CLASSES = ("bf16", "fp8", "fp4", "attention16", "attention8")
SHORTEST_S = 5e-6


def pairs_causal(length, window):
    """Query-key pairs of one causal head, with a window of that many keys (0: none)."""
    w = np.where((window > 0) & (window < length), window, length)
    return w * (w + 1) / 2 + (length - w) * w


def rows(table, op, flops, moved):
    """One frame; `flops` maps a class of arithmetic to FLOPs per call."""
    frame = pd.DataFrame({"gpu": table.gpu, "op": op, "bytes": np.asarray(moved, float),
                          "seconds": table.latency * 1e-3, "watts": table.power, "cap": table.power_limit})
    shape = [c for c in table.columns if c not in ("gpu", "framework", "version", "device", "op_name", "kernel_source",
                                                   "latency", "power", "power_limit")]
    # A shape that is left out is left out of every accelerator and engine.
    frame["shape"] = op + table[shape].astype(str).agg("/".join, axis=1)
    for c in CLASSES:
        frame[c] = np.asarray(flops.get(c, 0.0), float) + np.zeros(len(table))
    return frame


def by_class(values, formats):
    """FLOPs split by each row's format."""
    return {c: np.where(formats.map(CLASS) == c, values, 0.0) for c in CLASSES[:3]}


def gemm(t):
    b = t.gemm_dtype.map(BYTES)
    return rows(t, "gemm", by_class(2.0 * t.m * t.n * t.k, t.gemm_dtype), b * (t.m * t.k + t.n * t.k) + 2.0 * t.m * t.n)


def quantization(t):
    return rows(t, "computescale" if t.op_name.iloc[0] == "compute_scale" else "scale_matrix", {}, 3.0 * t.m * t.k)


def attention(op, t, pairs, kv_tokens, queries):
    kv = t.kv_cache_dtype.map(BYTES) if "kv_cache_dtype" in t else 2.0
    kv_heads = t.num_key_value_heads if "num_key_value_heads" in t else t.num_heads
    flops = 4.0 * t.batch_size * t.num_heads * t.head_dim * pairs
    eight = t.attn_dtype == "fp8"
    moved = t.batch_size * t.head_dim * (4.0 * t.num_heads * queries + 2.0 * kv * kv_heads * kv_tokens)
    return rows(t, op, {"attention16": np.where(eight, 0, flops), "attention8": np.where(eight, flops, 0)}, moved)


def context_attention(t):
    return attention("context_attention", t, pairs_causal(t.isl, t.window_size), t.isl, t.isl)


def encoder_attention(t):
    return attention("encoder_attention", t, t.isl**2, t.isl, t.isl)


def generation_attention(t):
    length = t.step + 1
    length = np.where(t.window_size > 0, np.minimum(length, t.window_size), length)
    return attention("generation_attention", t, length, length, 1)


def moe(t):
    b = t.moe_dtype.map(BYTES).fillna(0.53)
    tokens = t.num_tokens * t.topk / t.moe_ep_size
    experts = t.num_experts / t.moe_ep_size
    active = experts * (1 - (1 - 1 / experts.clip(lower=1.0001))**tokens)
    inner = t.inter_size / t.moe_tp_size
    moved = b * active * 3 * t.hidden_size * inner + 2 * b * tokens * (t.hidden_size + inner) + 2 * tokens * t.hidden_size
    return rows(t, "moe", by_class(6.0 * tokens * t.hidden_size * inner, t.moe_dtype), moved)


def latent(op, t, sparse, generation):
    """A latent-attention module: projections of DeepSeek-V3's sizes, then attention over the latent or whole keys."""
    hidden, q_rank, kv_rank, rope, nope, value, top = 7168, 1536, 512, 64, 128, 128, 2048
    heads = t.num_heads
    weights = hidden * (q_rank + kv_rank + rope) + q_rank * heads * (nope + rope) + kv_rank * heads * (nope + value) \
        + heads * value * hidden
    tokens = t.batch_size * (1 if generation else t.isl)
    length = t.step + (1 if generation else t.isl)
    seen = np.minimum(length, top) if sparse else length
    if generation:
        pairs, width = seen, 2 * kv_rank + rope
    else:
        pairs = pairs_causal(t.isl, np.full(len(t), top if sparse else 0)) + t.step * t.isl
        width = 2 * kv_rank + rope if sparse else nope + rope + value
    core = 2.0 * t.batch_size * heads * pairs * width
    indexer = 2.0 * t.batch_size * 64 * 128 * (length if generation else pairs_causal(t.isl, np.zeros(len(t)))) if sparse else 0
    eight = t.kv_cache_dtype == "fp8"
    flops = by_class(2.0 * tokens * weights, t.gemm_type)
    flops["attention16"] = np.where(eight, 0, core)
    flops["attention8"] = np.where(eight, core, 0) + indexer
    b, kv = t.gemm_type.map(BYTES), t.kv_cache_dtype.map(BYTES)
    moved = b * weights + t.batch_size * (seen if generation else length) * kv * (kv_rank + rope) + 4.0 * tokens * hidden
    return rows(t, op, flops, moved)


def latent_core(op, t, generation):
    """The latent-attention kernel alone."""
    heads = t.num_heads
    length = t.step + 1 if generation else t.isl
    pairs = length if generation else pairs_causal(t.isl, np.zeros(len(t)))
    flops = 2.0 * t.batch_size * heads * pairs * (1088 if generation else 320)
    moved = t.batch_size * (length * 576 * t.kv_cache_dtype.map(BYTES) + (1 if generation else t.isl) * heads * 640.0)
    return rows(t, op, {"attention16": flops}, moved)


def recurrent(op, t, heads, key, value, width):
    """Delta attention and state space: the state of every sequence once in and out, the tokens' operands once."""
    tokens = t.num_tokens.where(t.num_tokens > 0, t.batch_size)
    state = heads * key * value
    moved = 8.0 * t.batch_size * state + 2.0 * tokens * width
    return rows(t, op, {"bf16": 6.0 * tokens * state}, moved)


def gdn(t):
    width = 2 * t.num_k_heads * t.head_k_dim + 2 * t.num_v_heads * t.head_v_dim
    return recurrent("gdn", t, t.num_v_heads, t.head_k_dim, t.head_v_dim, width)


def mamba2(t):
    width = 2 * t.nheads * t.head_dim + 2 * t.n_groups * t.d_state
    return recurrent("mamba2", t, t.nheads, t.head_dim, t.d_state, width)


def mla_bmm(t):
    return rows(t, "mla_bmm", {"bf16": 2.0 * t.num_tokens * t.num_heads * 128 * 512},
                2.0 * t.num_heads * (128 * 512 + t.num_tokens * 640))


READERS = {
    "gdn": gdn, "mamba2": mamba2, "mla_bmm": mla_bmm,
    "gemm": gemm, "computescale": quantization, "scale_matrix": quantization, "moe": moe,
    "context_attention": context_attention, "encoder_attention": encoder_attention,
    "generation_attention": generation_attention,
    "mla_context_module": lambda t: latent("mla_context_module", t, False, False),
    "mla_generation_module": lambda t: latent("mla_generation_module", t, False, True),
    "dsa_context_module": lambda t: latent("dsa_context_module", t, True, False),
    "dsa_generation_module": lambda t: latent("dsa_generation_module", t, True, True),
    "context_mla": lambda t: latent_core("context_mla", t, False),
    "generation_mla": lambda t: latent_core("generation_mla", t, True),
}


def load(folder):
    """All tables of the folder that a reader knows, calls long enough to time."""
    frames = [read(pd.read_parquet(pathlib.Path(folder) / f"{name}.parquet")) for name, read in READERS.items()]
    table = pd.concat(frames, ignore_index=True)
    return table[(table.seconds > SHORTEST_S) & (table.watts > 50)].reset_index(drop=True)
