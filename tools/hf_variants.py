"""Changed configurations of every family: one key at a time, and what the library then builds."""

import copy
import json
import sys

# Switches and sizes that people change, where the class has them: key -> other values. "*2" doubles, "flip" negates.
CHANGES = {
    "tie_word_embeddings": ["flip"],
    "attention_bias": ["flip"], "attention_out_bias": ["flip"], "qkv_bias": ["flip"], "use_bias": ["flip"],
    "mlp_bias": ["flip"], "bias": ["flip"], "use_qkv_bias": ["flip"], "enable_bias": ["flip"],
    "add_bias_linear": ["flip"], "lm_head_bias": ["flip"], "no_bias": ["flip"], "qk_layernorm": ["flip"],
    "use_qk_norm": ["flip"], "use_post_norm": ["flip"], "use_parallel_residual": ["flip"], "parallel_attn": ["flip"],
    "new_decoder_architecture": ["flip"], "multi_query": ["flip"], "alibi": ["flip"],
    "do_layer_norm_before": ["flip"], "layer_norm_elementwise_affine": ["flip"], "use_conv_bias": ["flip"],
    "mamba_conv_bias": ["flip"], "mamba_proj_bias": ["flip"], "conv_bias": ["flip"], "mamba_rms_norm": ["flip"],
    "attn_output_gate": ["flip"], "attention_k_eq_v": ["flip"], "use_double_wide_mlp": ["flip"],
    "enable_moe_block": ["flip"], "use_sliding_window": ["flip"], "use_expert_bias": ["flip"],
    "add_swa_attention_sink_bias": ["flip"], "add_full_attention_sink_bias": ["flip"], "is_moe": ["flip"],
    "block_auto_adjust_ff_dim": ["flip"], "attention_qk_norm": ["flip"], "gating": ["flip"],
    "head_dim": ["*2"], "v_head_dim": ["*2"], "kv_channels": ["*2"], "global_head_dim": ["*2"], "swa_head_dim": ["*2"],
    "num_key_value_heads": ["one"], "num_kv_heads": ["one"], "swa_num_key_value_heads": ["one"],
    "num_global_key_value_heads": ["one"], "num_hidden_layers": ["-4"], "num_layers": ["-4"], "n_layer": ["-4"],
    "n_layers": ["-4"], "intermediate_size": ["*2"], "moe_intermediate_size": ["*2"], "ffn_dim": ["*2"],
    "shared_intermediate_size": ["*2"], "intermediate_size_mlp": ["*2"], "n_inner": [1000],
    "shared_expert_intermediate_size": ["*2"], "moe_shared_expert_intermediate_size": ["*2"],
    "num_experts": ["*2"], "num_local_experts": ["*2"], "n_routed_experts": ["*2"], "moe_num_experts": ["*2"],
    "num_experts_per_tok": ["+1"], "moe_k": ["+1"], "moe_topk": ["+1"], "top_k_experts": ["+1"],
    "n_shared_experts": ["+1"], "num_shared_experts": ["+1"], "moe_num_shared_experts": ["+1"],
    "first_k_dense_replace": ["+1"], "num_dense_layers": ["+1"], "moe_layer_start_index": ["+1"],
    "moe_layer_interval": [2], "decoder_sparse_step": [2], "mlp_only_layers": [[0, 2]], "interleave_moe_layer_step": [2],
    "moe_layer_freq": [2], "q_lora_rank": ["*2", None], "kv_lora_rank": ["*2"], "qk_rope_head_dim": ["*2"],
    "qk_nope_head_dim": ["*2"], "index_n_heads": ["*2"], "index_head_dim": ["*2"], "o_lora_rank": ["*2"],
    "sliding_window": [None, 512], "sliding_window_pattern": [3], "hidden_size_per_layer_input": ["*2", 0],
    "num_kv_shared_layers": [4], "laurel_rank": ["*2"], "altup_num_inputs": [2], "vocab_size": ["+64"],
    "word_embed_proj_dim": ["/2"], "hc_lowrank": ["*2"], "hc_count": [2], "heads_per_ngram": [4], "ngram_size": [2],
    "indexer_n_heads": ["*2"], "norm_bias": ["flip"], "decoder_bias": ["flip"], "classifier_bias": ["flip"], "mamba_d_state": ["*2"], "mamba_expand": [3], "mamba_n_groups": [2],
    "mamba_d_conv": [3], "mamba_n_heads": ["/2"], "mamba_num_heads": ["*2"], "ssm_state_size": ["*2"], "n_groups": [4],
    "conv_kernel": [3], "state_size": ["*2"], "expand": [4], "attn_layer_period": [4], "attn_layer_offset": [1],
    "expert_layer_period": [4], "expert_layer_offset": [0], "linear_num_value_heads": ["*2"],
    "linear_num_key_heads": ["*2"], "linear_key_head_dim": ["*2"], "linear_value_head_dim": ["*2"],
    "linear_conv_kernel_dim": [3], "conv_L_cache": [4], "moe_latent_size": [512], "hc_mult": [2],
    "zero_expert_num": ["*2"], "ffn_hidden_size": ["*2"], "expert_ffn_hidden_size": ["*2"], "d_rel": ["*2"],
    "rel_extent": ["*2"], "conv_kernel_size": [3], "gated_norm_rank": ["*2"], "moe_hidden_size": ["*2"],
    "router_hidden_size": ["*2"], "cca_time1": [3], "index_kpool": [8], "linear_num_heads": ["*2"],
    "linear_head_dim": ["*2"], "num_mem_blocks": [2], "adapter_rank": ["*2"], "use_shared_attention_adapter": ["flip"],
    "n_recurrent_loops": [3], "loop_num_passes": [2], "additional_vocab_size": ["*2"],
    "hidden_size": ["*2"], "num_attention_heads": ["/2"], "q_rank": ["*2"], "lru_width": ["*2"], "n_embd": ["*2"],
    "d_model": ["*2"], "attn_layer_indices": [[1, 3]], "full_attn_idxs": [[0, 4]], "index_topk": [512],
    "attention_types": [[[["global"], 24]]], "max_position_embeddings": [1024], "n_positions": [512],
}
# What the class leaves open and no model can do without.
ALSO = {"deepseek_v2": {"num_experts_per_tok": 6}, "deepseek_ocr2_text": {"num_experts_per_tok": 6},
        "qwen4_exp_text": {"head_dim": 128, "eos_token_id": 1, "indexer_n_heads": 8, "indexer_kv_heads": 1, "indexer_head_dim": 128, "indexer_budget": 2048,
                           "indexer_compress_ratio": 16, "ngram_vocab_size_base": 100000, "ple_layer_ids": [2, 5]},
        "dots1": {"n_routed_experts": 16, "num_experts_per_tok": 4, "first_k_dense_replace": 1}}
# What the class's own number of layers goes with and fewer do not.
WITH_FEWER = {"dory": {"n_input_layers": 2, "n_output_layers": 2},
              "inkling2_loop_text": {"loop_layer_index_start": 6, "loop_layer_index_end": 12},
              "gemma3n_text": {"num_kv_shared_layers": 4}}
# Keys of older files that a class takes in without having them among its own.
OLDER = {
    "axk1": [{"first_k_dense_replace": 3, "moe_layer_freq": 2}], "axk2": [{"first_k_dense_replace": 3, "moe_layer_freq": 2}],
    "bloom": [{"n_embed": 1024, "n_head": 16}], "falcon": [{"n_embed": 4544}],
    "cohere2_moe": [{"first_k_dense_replace": 2}],
    "deepseek_v32": [{"num_experts": 32}],
    "deepseek_v4": [{"compress_ratios": [0, 0, 4, 128, 4, 128, 4, 128, 4, 128, 4, 0]}, {"num_hash_layers": 5}],
    "dots3_note_text": [{"swa_num_attention_heads": 32, "swa_num_key_value_heads": 32, "swa_kv_lora_rank": 256},
                        {"swa_qk_nope_head_dim": 64, "swa_v_head_dim": 64}, {"swa_head_dim": 320}, {"use_dsa": False},
                        {"use_sliding_window": False}, {"first_k_dense_replace": 2, "moe_layer_freq": 2}],
    "glm5_next_text": [{"index_topk_freq": 2}, {"index_topk_pattern": "FSSSFSSSFSSS"},
                       {"linear_attn_config": {"head_dim": 64, "num_heads": 32, "short_conv_kernel_size": 3}}],
    "glm_moe_dsa": [{"index_topk_freq": 4, "index_skip_topk_offset": 3}, {"index_topk_freq": 2},
                    {"index_topk_pattern": "FSSSFSSSFSSS"}, {"num_experts": 32}],
    "inkling_text": [{"dense_intermediate_size": 4096, "dense_mlp_idx": 2}, {"local_layer_ids": [0, 1, 4]}],
    "inkling2_loop_text": [{"loop_config": {"core_start": 6, "core_end": 12, "num_passes": 2, "gate_rank": 32}}],
    "kimi_linear": [{"first_k_dense_replace": 2}, {"linear_attn_config": {
        "head_dim": 64, "num_heads": 16, "short_conv_kernel_size": 3, "full_attn_layers": [4, 8, 12],
        "kda_layers": [1, 2, 3, 5, 6, 7, 9, 10, 11]}}],
    "lfm2": [{"block_ff_dim": 4096}, {"tie_embedding": False}], "lfm2_moe": [{"tie_embedding": False}],
    "minimax_m3_vl_text": [{"moe_layer_freq": [0, 0] + [1] * 10},
                           {"sparse_attention_config": {"sparse_attention_freq": [0, 1] * 6, "sparse_index_dim": 64}}],
    "mistral_large4_text": [{"index_topk_freq": 4}, {"no_rope_layer_interval": 3}, {"num_experts": 32}],
    "nemotron_h": [{"mamba_expand": 4}, {"mamba_n_groups": 4}, {"mamba_d_conv": 3}, {"mamba_conv_bias": False}],
    "qwen4_exp_text": [{"full_attention_interval": 3}, {"ple_layer_ids": None}, {"ple_embed_dim": 1024}],
    "qwen3_next": [{"full_attention_interval": 3}], "qwen3_5_text": [{"full_attention_interval": 3}],
    "qwen3_5_moe_text": [{"full_attention_interval": 2}],
}
# A multimodal whole whose class builds its language part from defaults, whatever stands beside it.
LATER = ("vision", "audio", "_assistant", "image", "embedding")


def changed(config, key, change):
    value = config.get(key)
    if change == "flip":
        return not value if isinstance(value, bool) or value is None else None
    if change == "*2":
        return value * 2 if isinstance(value, int) and not isinstance(value, bool) else None
    if change == "/2":
        return value // 2 if isinstance(value, int) else None
    if change == "one":
        return 1
    if isinstance(change, str):
        return value + int(change) if isinstance(value, int) and value + int(change) > 0 else None
    return change


LAYERS = ("num_hidden_layers", "num_layers", "n_layer", "n_layers")


def variants(name, defaults, shallow):
    """(label, configuration) of a family: its defaults, then one key changed in a shallow model."""
    yield "", ALSO.get(name, {})
    for key, changes in CHANGES.items():
        if key not in defaults:
            continue
        for change in changes:
            value = changed(defaults, key, change)
            if (value is None) == (change is None):
                yield f"{key}={json.dumps(value)}", {**shallow, key: value}


    for older in OLDER.get(name, []):
        yield f"older {json.dumps(older)}", {**shallow, **older}


def shallow_of(name, defaults, count, config_of):
    """Fewer layers, where the class takes that: the same rules, built faster."""
    for key in LAYERS:
        if key in defaults and (defaults[key] or 0) > 12:
            try:
                count(config_of({"model_type": name, key: 12, **WITH_FEWER.get(name, {})}))
                return {key: 12, **WITH_FEWER.get(name, {})}
            except Exception:
                return {}
    return {}


LISTS = ("layer_types", "layers_block_type", "mlp_layer_types", "indexer_types")


def listed(name, base, config_of):
    """The lists of layers that the class works out, written down: as they are and begun at the fourth layer."""
    config = config_of({"model_type": name, **base})
    for key in LISTS:
        try:
            layers = getattr(config, key, None)
        except AttributeError:
            continue
        if isinstance(layers, list) and layers:
            more = {"num_mem_blocks": 2} if name == "zamba2" else {}
            yield f"{key} as it is", {**base, key: layers, **more}
            yield f"{key} turned", {**base, key: layers[3:] + layers[:3], **more}


def rows(count, config_of, names, defaults_of):
    for name in names:
        defaults = defaults_of(name)
        if defaults is None or any(word in name for word in LATER) or "is_decoder" in defaults or \
                defaults.get("is_encoder_decoder"):
            continue
        shallow = {**shallow_of(name, defaults, count, config_of), **ALSO.get(name, {})}
        changes = list(variants(name, defaults, shallow))
        try:
            changes += listed(name, shallow, config_of)
        except Exception:  # the class's own defaults make no model
            pass
        for label, change in changes:
            data = {"model_type": name, **change}
            try:
                total, active, corrections = count(config_of(copy.deepcopy(data)))
            except Exception as error:
                if label == "":
                    print(f"{name}: {str(error)[:150]}", file=sys.stderr)
                    break
                continue
            yield json.dumps(data), total, active, corrections


def decoder_names():
    """Language models, and the language parts of multimodal ones."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    parts = [name for name in CONFIG_MAPPING.keys() if name.endswith("_text")]
    return sorted({*MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *parts})


def write_table(path, count, config_of, names=None, defaults_of=None):
    n = 0
    with open(path, "w") as out:
        out.write("config\ttotal\tactive\tcorrections\n")
        for row in rows(count, config_of, names or decoder_names(), defaults_of):
            out.write("\t".join(map(str, row)) + "\n")
            n += 1
    print(f"{n} rows")
