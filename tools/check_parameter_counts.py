#!/usr/bin/env python3
"""Counts the parameters of every model in data/models by hand formulas and compares with the published totals.

Independent of the C++ count in module workload: two implementations must agree with one publication.
Exit 1 if a model is off by more than its stated tolerance.
"""
import pathlib
import sys
import tomllib


def attention(m):
    h, heads, kv, d = m["hidden"], m["heads"], m["kv_heads"], m["head_dim"]
    if m.get("attention") == "mla":
        a = m["mla"]
        q, c, nope, rope, v = (a[k] for k in ("q_lora_rank", "kv_lora_rank", "qk_nope_dim", "qk_rope_dim", "v_head_dim"))
        queries = h * q + q + q * heads * (nope + rope) if q else h * heads * (nope + rope)
        return queries + h * (c + rope) + c + c * heads * (nope + v) + heads * v * h
    n = h * heads * d * 2 + h * kv * d * 2
    n += (heads + 2 * kv) * d if m.get("qkv_bias") else 0
    n += h if m.get("out_bias") else 0
    n += 2 * d if m.get("qk_norm") else 0
    n += heads if m.get("attention_sinks") else 0
    return n


def ffn(m, width):
    h, gated = m["hidden"], m.get("ffn_gated", True)
    bias = (width * (2 if gated else 1) + h) if m.get("mlp_bias") else 0
    return h * width * (3 if gated else 2) + bias


def count(m):
    """Total and active parameters; active counts the experts a token visits and both embedding matrices."""
    h, moe = m["hidden"], m.get("moe", {})
    norm = h * (2 if m.get("norm") == "layer" else 1)
    norms = norm * (4 if m.get("post_norms") else 2)
    total = active = 0
    for i in range(m["layers"]):
        common = attention(m) + norms
        total += common
        active += common
        period = moe.get("layer_period", 1)
        is_moe = moe.get("experts", 0) and i >= moe.get("first_dense_layers", 0) and (i + 1) % period == 0
        if not is_moe:
            total += ffn(m, m["ffn"])
            active += ffn(m, m["ffn"])
            continue
        router = moe["experts"] * (h + (1 if moe.get("router_bias") else 0))
        shared = ffn(m, moe["shared_ffn"]) if moe.get("shared_ffn") else 0
        expert = ffn(m, moe["expert_ffn"])
        total += router + shared + moe["experts"] * expert
        active += router + shared + moe["topk"] * expert
    ends = norm + m["vocab"] * h * (1 if m.get("tied_embeddings") else 2) + m.get("max_positions", 0) * h
    ends += norm if m.get("extra_embedding_norm") else 0
    return total + ends, active + ends


def main():
    folder = pathlib.Path(__file__).resolve().parent.parent / "data" / "models"
    failed = 0
    for path in sorted(folder.glob("*.toml")):
        m = tomllib.loads(path.read_text())
        published = m["published"]
        tolerances = (published.get("tolerance", 0), published.get("active_tolerance", 0))
        for kind, value, tolerance in zip(("total", "active"), count(m), tolerances):
            if kind not in published:
                continue
            want = published[kind]["value"]
            got = value
            if kind == "active" and m["family"] == "gpt-oss":
                got -= m["vocab"] * m["hidden"]  # the model card leaves the input embedding out
            error = abs(got - want) / want
            ok = error <= tolerance if tolerance else got == want
            failed += not ok
            print(f"{'ok ' if ok else 'OFF'} {m['name']:20} {kind:6} {got:>20,} published {want:>22,.0f} {error:.3%}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
