#!/usr/bin/env python3
"""What the Transformers library says about its own models, for the table of families in src/gigawatt/workload/families.

    hf_families.py defaults OUT.json     what the configuration classes fill in for keys left out
    hf_families.py count FILE...         weights of the models of these config.json files, total and active
    hf_families.py table OUT.csv         the same for default and changed configurations of every family (the test's table)
    hf_families.py windows TABLE OUT     of that table's configurations that have any: layers with a window, and its span

Weights are counted on the model itself, built on PyTorch's meta device, without vision and audio parts and without
multi-token prediction; active are all but those of the routed experts that a token does not visit. Optional: nothing
else in the repository runs this file. Needs `pip install transformers==5.24.0 torch` (any recent torch; no GPU).
"""

import argparse
import dataclasses
import inspect
import json
import math
import pathlib
import re
import sys
import warnings

import hf_variants

VERSION = "5.24.0"
SMALL = (bool, int, float, str)
# Keys of every configuration that name, describe or run a model.
COMMON = set("""transformers_version architectures dtype torch_dtype name_or_path _name_or_path return_dict output_hidden_states
 output_attentions use_cache pad_token_id bos_token_id eos_token_id id2label label2id problem_type chunk_size_feed_forward""".split())


def plain(value):
    """JSON of a default; what is no plain value becomes null."""
    if value is None or isinstance(value, SMALL):
        if isinstance(value, float) and not math.isfinite(value):
            return None
        return value
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict) and len(value) < 12:
        return {str(k): plain(v) for k, v in value.items()}
    return None


def raw_defaults(cls):
    """What the class's constructor takes for what is left out, before it works anything out."""
    out = {}
    if dataclasses.is_dataclass(cls):
        for field in dataclasses.fields(cls):
            if field.default is not dataclasses.MISSING:
                out[field.name] = plain(field.default)
            elif field.default_factory is not dataclasses.MISSING:
                out[field.name] = plain(field.default_factory())
    else:
        for name, p in inspect.signature(cls.__init__).parameters.items():
            if p.default is not inspect.Parameter.empty:
                out[name] = plain(p.default)
    return {k: v for k, v in out.items() if k not in COMMON}


def config_classes():
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    for name in sorted(CONFIG_MAPPING.keys()):
        try:
            yield name, CONFIG_MAPPING[name]
        except Exception as error:  # a class that needs another package
            print(f"{name}: {error}", file=sys.stderr)


def known_types():
    """Types that the table of families has rules for."""
    table = pathlib.Path(__file__).resolve().parent.parent / "src/gigawatt/workload/families/families.toml"
    return set(re.findall(r"^\[([a-z0-9_]+)\]", table.read_text(), re.M))


def whole(cls, name, families):
    """Of a multimodal class: its language part's type, and what it fills in there beside that type's own defaults."""
    text = None
    if "text_config" in cls.sub_configs:
        try:
            text = cls(text_config={}).get_text_config(decoder=True)
        except Exception:  # a class that wants to know which language part, or one that fits its other parts
            pass
    text = text or cls().get_text_config(decoder=True)
    if text.model_type == name:
        return None
    own = raw_defaults(type(text))
    if text.model_type not in families:
        families[text.model_type] = {"defaults": own}
        if type(text).attribute_map:
            families[text.model_type]["names"] = dict(sorted(type(text).attribute_map.items()))
    entry = {"text": text.model_type, "tie": bool(getattr(cls(), "tie_word_embeddings", False))}
    def filled(key):
        try:
            return getattr(text, key, own[key])
        except Exception:  # may differ between layers
            return own[key]

    other = {k: plain(filled(k)) for k, v in own.items()
             if isinstance(v, (bool, int)) and filled(k) != v and k != "tie_word_embeddings"}
    if other:
        entry["defaults"] = other
    return entry


def write_defaults(path):
    import transformers

    assert transformers.__version__ == VERSION, transformers.__version__
    families = {}
    for name, cls in config_classes():
        entry = {"defaults": raw_defaults(cls)}
        if cls.attribute_map:
            entry["names"] = {k: v for k, v in sorted(cls.attribute_map.items()) if k != v}
        if getattr(cls, "sub_configs", None):
            try:
                entry = whole(cls, name, families) or entry
            except Exception as error:
                print(f"{name}: {error}", file=sys.stderr)
        if name not in families or "text" in entry:
            families[name] = entry
    used = known_types()
    families = {n: e for n, e in families.items() if n in used or n.replace("-", "_") in used or e.get("text") in used}
    lines = [f"{json.dumps(n)}: {json.dumps(families[n], sort_keys=True)}" for n in sorted(families)]
    with open(path, "w") as out:
        out.write('{"transformers": "%s", "families": {\n%s\n}}\n' % (VERSION, ",\n".join(lines)))
    print(f"{len(families)} families")


def text_model_class(config):
    """(model, weights of a head that it lacks) for a configuration of text or of a multimodal whole."""
    from transformers import AutoModel, AutoModelForCausalLM

    if type(config) in AutoModelForCausalLM._model_mapping:
        return AutoModelForCausalLM.from_config(config), 0
    text = config.get_text_config(decoder=True)  # a language part has no head of its own: its whole's is the usual one
    head = 0 if getattr(text, "tie_word_embeddings", False) else text.vocab_size * text.hidden_size
    return AutoModel.from_config(text), head


EXPERT = re.compile(r"\.experts\.|\.experts$|\.input_linear\.|\.output_linear\.|mlp\.v1$|mlp\.w[12]$")
NOT_TEXT = re.compile(r"(^|\.)(vision|visual|audio|vpm|mtp|multi_modal_projector|image_newline|aligner|vision_tower|resampler|speech)[._a-z0-9]*")


def count(config):
    """(total, active, correction biases) of a configuration object."""
    import torch

    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, head = text_model_class(config)
        model.tie_weights()
    text = config.get_text_config(decoder=True)
    routed = idle = corrections = 0
    total = head
    number = first(text, "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
    chosen = first(text, "num_experts_per_tok", "moe_k", "moe_topk", "top_k_experts", "num_experts_per_token")
    seen = set()
    for name, p in model.named_parameters(remove_duplicate=True):
        if id(p) in seen or NOT_TEXT.search(name):
            continue
        seen.add(id(p))
        n = p.numel()
        total += n
        if EXPERT.search(name) and "shared" not in name and "norm" not in name:
            routed += n
    for name, b in model.named_buffers():
        if "correction_bias" in name or name.endswith("expert_bias"):
            corrections += b.numel()
    if empty := getattr(text, "zero_expert_num", 0):
        # Experts without weights: one of the library's tensors is as large as if they had some, which nothing reads; of
        # a token's visits they take their share.
        surplus = text.num_layers * empty * 2 * text.expert_ffn_hidden_size * text.hidden_size
        total, routed = total - surplus, routed - surplus
        assert chosen * number % (number + empty) == 0
        chosen = chosen * number // (number + empty)
    if routed and number and chosen:
        assert routed * (number - chosen) % number == 0, (routed, number, chosen)
        idle = routed * (number - chosen) // number
    return total, total - idle, corrections


def first(config, *names):
    for name in names:
        value = getattr(config, name, None)
        if isinstance(value, (int, list)) and value:
            return max(value) if isinstance(value, list) else value
    return 0


def config_of(data):
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    data = dict(data)
    data.pop("architectures", None)
    name = data.pop("model_type")
    return CONFIG_MAPPING[name](**data)


LOOPS = ("dory", "inkling2_loop_text", "deepseek_v4")  # whose layers are more, or look beyond their window otherwise


def write_windows(table, path):
    """Layers of attention with a sliding or chunked window, and the span, as the configuration works them out."""
    n = 0
    with open(path, "w") as out:
        out.write("config\twindowed\tspan\n")
        for row in list(open(table))[1:]:
            data = json.loads(row.split("\t")[0])
            try:
                config = config_of(data)
                span = getattr(config, "sliding_window", None) or getattr(config, "attention_chunk_size", None)
                types = getattr(config, "layer_types", None)
            except Exception:  # may differ between layers
                continue
            if data["model_type"] in LOOPS or not span or getattr(config, "use_sliding_window", True) is False:
                continue
            local = [t for t in types or [] if re.search("sliding|chunk|local", str(t))]
            layers = len(local) if isinstance(types, list) else config.num_hidden_layers
            if layers and type(span) is int:
                out.write(f"{json.dumps(data)}\t{layers}\t{span}\n")
                n += 1
    print(f"{n} rows")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["defaults", "count", "table", "windows"])
    parser.add_argument("files", nargs="+", help="for `table` also the families to take; all without")
    a = parser.parse_args()
    warnings.simplefilter("ignore")
    if a.what == "defaults":
        write_defaults(a.files[0])
    elif a.what == "windows":
        write_windows(*a.files)
    elif a.what == "count":
        for path in a.files:
            print(path, *count(config_of(json.load(open(path)))))
    else:
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING

        hf_variants.write_table(a.files[0], count, config_of, a.files[1:],
                                lambda name: None if getattr(CONFIG_MAPPING[name], "sub_configs", None)
                                else raw_defaults(CONFIG_MAPPING[name]))


if __name__ == "__main__":
    main()
