"""FLOPs and bytes of what is measured, in the conventions of data/validation/kernels.csv.

A product of (M, K) and (K, N) is 2 M N K FLOP. Flash attention is two such products over the score matrix,
4 b h s^2 d FLOP, half of it under a causal mask, and 2.5 times as much backward (five products instead of two).
Bytes of a memory-bound operator are what a single fused kernel must read and write: each operand once.
Bus bandwidth is nccl-tests' definition: size / time * factor, where size is the whole buffer of a rank (for
all-gather its output, for reduce-scatter its input), so that the figure compares with the link's bandwidth.
"""

ELEMENT_BYTES = {"bf16": 2, "fp16": 2, "fp8": 1}
OUTPUT_BYTES = 2  # products of every precision are written in 16 bits

BACKWARD_FLOPS = 2.5


def gemm_flops(m, n, k):
    return 2 * m * n * k


def gemm_bytes(m, n, k, dtype):
    return ELEMENT_BYTES[dtype] * (m * k + k * n) + OUTPUT_BYTES * m * n


def attention_flops(b, s, h, d, causal, backward):
    forward = 4 * b * h * s * s * d * (0.5 if causal else 1)
    return forward * (BACKWARD_FLOPS if backward else 1)


def attention_bytes(b, s, h, kv, d, backward):
    """Forward: q, k, v in, o out. Backward: q, k, v, o and do in, dq, dk, dv out. 16-bit elements."""
    query, keys = b * s * h * d, b * s * kv * d
    return 2 * (4 * query + 4 * keys) if backward else 2 * (2 * query + 2 * keys)


def memory_bytes(operator, rows, columns, heads=1):
    """Bytes read and written by `operator` on 16-bit tensors of (rows, columns).

    Rotary: columns = heads * head_dim; cosine and sine, (rows, head_dim) each, are read once.
    """
    tensor = 2 * rows * columns
    if operator in ("copy", "softmax"):
        return 2 * tensor
    if operator in ("add", "swiglu"):  # two in, one out
        return 3 * tensor
    if operator == "rmsnorm":
        return 2 * tensor + 2 * columns
    if operator == "rotary":
        return 2 * tensor + 2 * tensor // heads
    raise ValueError(f"unknown operator '{operator}'")


def bus_factor(collective, ranks):
    """What turns size / time into bus bandwidth (nccl-tests, doc/PERFORMANCE.md)."""
    if collective == "all_reduce":
        return 2 * (ranks - 1) / ranks
    if collective in ("all_gather", "reduce_scatter", "alltoall"):
        return (ranks - 1) / ranks
    raise ValueError(f"unknown collective '{collective}'")


def train_step_flops(layers, hidden, ffn, vocabulary, s, b):
    """Forward and backward of a gated transformer with causal attention: 3 times the forward products."""
    weights = layers * (4 * hidden * hidden + 3 * hidden * ffn) + hidden * vocabulary
    scores = layers * attention_flops(b, s, 1, hidden, causal=True, backward=False)
    return 3 * (2 * weights * b * s + scores)
