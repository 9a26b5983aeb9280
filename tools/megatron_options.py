#!/usr/bin/env python3
"""The options of Megatron-LM's parser as a table of `src/gigawatt/interop/megatron_table.cpp`.

    tools/megatron_options.py CHECKOUT [--git] > src/gigawatt/interop/megatron_table.cpp

CHECKOUT is a checkout of Megatron-LM, or with --git a bare repository of it. Read are, without importing anything:
every `add_argument` call of megatron/, tools/, examples/ and the pretraining scripts, and the dataclasses from which
the parser builds groups of options (ArgumentGroupFactory: a field is --its-name, a flag that is on by default is
--no-its-name and --disable-its-name). Of each option its name, how many values it takes and its class are kept: what
it decides, by the rules below. Names that are only in OLDER come from releases before this one.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

PARSER = "megatron/training/arguments.py"

# What an option decides; the first rule that matches its name. Everything else is neutral: data, checkpoints, logging,
# learning rate, random numbers, checks.
RULES = [
    ("launch", r"gpus|nnodes|nproc-per-node|node-rank|master-addr|master-port|rdzv-.*|max-restarts"),
    ("neutral", r"(?!data-parallel-sharding)(no-|disable-)?(log|wandb|tensorboard|timing|ckpt|dist-ckpt|save|load|eval|inference|exit|profile|lr|"
                r"rl|straggler|rerun|retro|vision|dino|swin|mask|adlr|data|train|valid|test|tokenizer|tiktoken|sft|"
                r"prompt|mlflow|one-logger|fault|simulated|ft|grpo|mlp-chunks|init-method|decoupled|muon|adam|sgd|lion|"
                r"moe-router-(bias|force|load|score|dtype|fusion|pre|group|num-groups|topk-(scaling|limited)|enable|"
                r"padding)|moe-(aux|z-loss|token-drop|per-layer|input-jitter|apply-probs|enable-routing|pad-experts)|"
                r"mtp-loss|fim|reset|eod|calculate|record|non-persistent|use-persistent|use-checkpoint|"
                r"use-mcore-models|use-dist-ckpt|use-cpu-init|override|manual-gc|empty-unused|nccl|distributed-timeout|"
                r"distributed-backend|high-priority|check|seed|weight-decay|clip|start|end|loss-scale|hysteresis|"
                r"accumulate|hidden-dropout|attention-dropout|norm-epsilon|layernorm-epsilon|apply-layernorm-1p|"
                r"rotary|rope-(type|scaling)|mrope|use-rope-scaling|no-rope-freq|yarn|mscale|beta|"
                r"max-position|make-vocab)(-.*)?|no-bias-gelu-fusion|.*-(path|file|dir|interval|iters|samples|seed|url|port|host|ip)"),
    ("model", r"(encoder-|decoder-)?num-layers|hidden-size|ffn-hidden-size|num-attention-heads|kv-channels|"
              r"group-query-attention|num-query-groups|num-experts|moe-(ffn-hidden-size|router-topk|layer-freq|"
              r"shared-expert-(intermediate-size|gate)|latent-size|extended-tp|use-legacy.*)|mtp-num-layers|"
              r"mtp-use-repeated-layer|vocab-size|padded-vocab-size|vocab-extra-ids|multi-latent-attention|"
              r"(q|kv)-lora-rank|qk-(head|pos-emb-head)-dim|v-head-dim|swiglu|squared-relu|quick-geglu|openai-gelu|"
              r"geglu|onnx-safe|disable-bias-linear|add-bias-linear|no-add-bias-linear|add-qkv-bias|"
              r"qk-layernorm|qk-l2-norm|normalization|position-embedding-type|no-position-embedding|"
              r"use-rotary-position-embeddings|untie-embeddings-and-output-weights|window-(size|attn-skip-freq)|"
              r"is-hybrid-model|hybrid-.*|mamba-.*|spec|heterogeneous-.*|linear-.*|experimental-attention-variant|"
              r"dsa-.*|attention-output-gate|softmax-type|glu-linear-offset|activation-func-clamp-value|"
              r"apply-residual-connection-post-layernorm|sandwich-norm|attn-.*-sink|max-position-embeddings|"
              r"chunk-attention.*|attention-pattern|enable-hyper-connections|num-residual-streams|mhc-.*|csa-.*|"
              r"gated-.*|engram-.*|block-.*residual.*|cross-layer.*|mla-.*|fallback-to-eager-attn|seq-length|"
              r"decoder-seq-length|encoder-seq-length"),
    ("plan", r"micro-batch-size|global-batch-size|rampup-batch-size|step-batch-size-schedule|decrease-batch-size.*|"
             r"(encoder-)?tensor-model-parallel-size|(encoder-)?pipeline-model-parallel-(size|layout)|"
             r"pipeline-model-parallel-split-rank|pipeline-model-parallel-comm-backend|"
             r"(hierarchical-)?context-parallel-sizes?|hybrid-context-parallel|max-seqlen-per-.*|expert-model-parallel-size|"
             r"expert-tensor-parallel-size|sequence-parallel|num-layers-per-virtual-pipeline-stage|"
             r"num-virtual-stages-per-pipeline-rank|microbatch-group-size-per-.*|decoder-(first|last)-pipeline-.*|"
             r"account-for-(embedding|loss)-in-pipeline-split|use-distributed-optimizer|"
             r"num-distributed-optimizer-instances|use-megatron-fsdp|use-custom-fsdp|use-torch-fsdp2|"
             r"data-parallel-sharding-strategy|outer-dp-sharding-strategy|num-weight-shards|.*-num-weight-shards|"
             r"use-tp-pp-dp-mapping|recompute-.*|checkpoint-(activations|num-layers)|distribute-saved-activations|"
             r"standalone-embedding-stage|deepspeed|deepspeed-(config|activation-checkpointing)|zero-stage|cp-comm-type|dynamic-context-parallel|.*context-parallel.*"),
    ("memory", r"bf16|fp16|fp8-.*|fp4-.*|.*-fp8|.*-mxfp8.*|fp32-residual-connection|first-last-layers-bf16|"
               r"num-layers-at-(start|end)-in-bf16|(main|exp)-.*-dtype|params-dtype|grad-reduce-in-(bf16|fp32)|"
               r"use-precision-aware-optimizer|optimizer|optimizer-(cpu-)?offload.*|.*offload.*|cpu-offloading.*|"
               r"attention-backend|attention-softmax-in-fp32|use-flash-attn|transformer-impl|.*cuda-graph.*|"
               r"(no-|disable-)?(overlap|align|defer|delay|gradient-accumulation-fusion|masked-softmax-fusion|bias-.*-fusion|"
               r"rope-fusion|persist-layer-norm|cross-entropy|tp-comm|ddp|barrier|batch-p2p|fsdp|async-tensor|"
               r"moe-(grouped|permute|token-dispatcher|flex|enable-deepep|deepep|hybridep|shared-expert-overlap|"
               r"expert-capacity|pad-expert|use-upcycling|upcycling|router-padding|mlp-glu|single-grouped|act)|"
               r"wgrad-deferral|reuse-grad-buf|use-nccl-ub|use-sharp|use-ring|nccl-ub|high-priority|fine-grained|"
               r"combined-1f1b|te-|use-te|use-fused|fused|apply-rope|deallocate|use-transformer-engine-op-fuser|"
               r"activation|moe-apply|init-model-with-meta|keep-fp8|no-scatter|use-dp-all|use-ub)(-.*)?"),
]

# Of releases before this one, as scripts still carry them: name, arity.
OLDER = {
    "use-custom-fsdp": 0, "enable-cuda-graph": 0, "external-cuda-graph": 0, "rampup-batch-size": "*",
    "use-checkpoint-opt-param-scheduler": 0, "override-opt-param-scheduler": 0, "enable-experimental": 0,
    "no-async-tensor-model-parallel-allreduce": 0, "no-query-key-layer-scaling": 0, "use-flash-attn": 0,
    "cuda-graph-scope": "*", "dist-ckpt-format": 1, "checkpoint-activations": 0, "checkpoint-num-layers": 1, "num-layers-per-stage": 1,
    "distribute-checkpointed-activations": 0, "fp8-hybrid": 0, "fp8-e4m3": 0, "loss-scale-window": 1,
    "use-mcore-models": 0, "use-legacy-models": 0, "data-impl": 1, "no-bias-gelu-fusion": 0, "lr-warmup-init": 1,
    "top_k": 1, "tensor-parallel": 1, "moe-token-dispatcher-type": 1, "apply-query-key-layer-scaling": 0,
    "mtp-num-layers": 1, "use-rotary-position-embeddings": 0, "no-position-embedding": 0, "deepspeed": 0,
    "deepspeed-config": 1, "zero-stage": 1, "deepspeed-activation-checkpointing": 0, "no-pipeline-parallel": 0,
}
# The launchers' own: torchrun; our own number of accelerators, where it stands among them.
LAUNCH = {"gpus": 1, "nnodes": 1, "nproc-per-node": 1, "node-rank": 1, "master-addr": 1, "master-port": 1, "rdzv-backend": 1,
          "rdzv-endpoint": 1, "rdzv-id": 1, "rdzv-conf": 1, "max-restarts": 1, "local-ranks-filter": 1, "tee": 1,
          "redirects": 1, "standalone": 0, "no-python": 0, "module": 0, "monitor-interval": 1, "start-method": 1,
          "role": 1, "log-dir": 1, "local-addr": 1}


class Source:
    def __init__(self, root, git):
        self.root, self.git = root, git

    def run(self, *words):
        return subprocess.run(["git", "-C", self.root, *words], capture_output=True, text=True, check=True).stdout

    def files(self):
        if self.git:
            return self.run("ls-tree", "-r", "--name-only", "HEAD").split()
        return [str(p.relative_to(self.root)) for p in Path(self.root).rglob("*.py")]

    def text(self, name):
        return self.run("show", f"HEAD:{name}") if self.git else (Path(self.root) / name).read_text()

    def version(self):
        text = self.text("megatron/core/package_info.py")
        part = lambda key: re.search(rf"^{key} = (\d+)", text, re.M).group(1)
        commit, date = self.run("log", "-1", "--format=%h %cs").split()
        return f"{part('MAJOR')}.{part('MINOR')}.{part('PATCH')}", commit, date


def constant(node):
    try:
        return ast.literal_eval(node)
    except (ValueError, SyntaxError):
        return None


def arity_of(keywords):
    action = constant(keywords["action"]) if "action" in keywords else None
    if action in ("store_true", "store_false", "store_const", "count", "help"):
        return 0
    if "action" in keywords and "BooleanOptionalAction" in ast.unparse(keywords["action"]):
        return 0
    nargs = constant(keywords["nargs"]) if "nargs" in keywords else None
    if nargs in ("+", "*") or (isinstance(nargs, int) and nargs > 1):
        return "*"
    return "?" if nargs == "?" else 1


def arguments(tree, options):
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "add_argument":
            continue
        keywords = {k.arg: k.value for k in node.keywords if k.arg}
        for word in node.args:
            name = constant(word)
            if isinstance(name, str) and name.startswith("--"):
                options.setdefault(name[2:], arity_of(keywords))
                if "action" in keywords and "BooleanOptionalAction" in ast.unparse(keywords["action"]):
                    options.setdefault("no-" + name[2:], 0)


def dataclasses_of(trees):
    classes = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, node)
    return classes


def meta_of(value):
    """The argparse_meta of `field(metadata={"argparse_meta": {...}})`, as far as it is literal."""
    if not isinstance(value, ast.Call):
        return {}
    for keyword in value.keywords:
        if keyword.arg != "metadata" or not isinstance(keyword.value, ast.Dict):
            continue
        for key, entry in zip(keyword.value.keys, keyword.value.values):
            if constant(key) == "argparse_meta" and isinstance(entry, ast.Dict):
                return {constant(k): v for k, v in zip(entry.keys, entry.values)}
    return {}


def default_of(value):
    if isinstance(value, ast.Call):
        for keyword in value.keywords:
            if keyword.arg == "default":
                return constant(keyword.value)
        return None
    return constant(value) if value is not None else None


def fields(classes, name, excluded, options):
    node = classes.get(name)
    if node is None:
        return
    for base in node.bases:
        fields(classes, getattr(base, "id", getattr(base, "attr", "")), excluded, options)
    for item in node.body:
        if not isinstance(item, ast.AnnAssign) or not isinstance(item.target, ast.Name) or item.target.id in excluded:
            continue
        meta = meta_of(item.value)
        kind = ast.unparse(item.annotation)
        arity = "*" if re.search(r"\b[Ll]ist\[", kind) else 1
        names = [item.target.id.replace("_", "-")]
        if re.fullmatch(r"(Optional\[)?bool\]?( \| None)?", kind):
            arity = 0
            if default_of(item.value) not in (False, None):
                names = ["no-" + names[0], "disable-" + names[0]]
        if "arg_names" in meta:
            names = [n[2:] for n in constant(meta["arg_names"]) or []]
        if "action" in meta or "nargs" in meta:
            arity = arity_of(meta)
        for option in names:
            options.setdefault(option, arity)


def factories(tree, classes, options):
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "ArgumentGroupFactory":
            continue
        excluded = []
        for keyword in node.keywords:
            if keyword.arg == "exclude":
                found = constant(keyword.value)
                if found is None:  # a name: the list assigned to it
                    for other in ast.walk(tree):
                        if isinstance(other, ast.Assign) and getattr(other.targets[0], "id", "") == keyword.value.id:
                            found = constant(other.value)
                excluded = found or []
        fields(classes, node.args[0].id, set(excluded), options)


def class_of(name):
    for kind, pattern in RULES:
        if re.fullmatch(pattern, name):
            return kind
    return "neutral"


def main():
    source = Source(sys.argv[1], "--git" in sys.argv)
    wanted = [f for f in source.files() if f.endswith(".py") and
              (f.startswith(("megatron/", "tools/", "examples/")) or "/" not in f)]
    trees = {}
    for name in wanted:
        try:
            trees[name] = ast.parse(source.text(name))
        except SyntaxError:
            continue
    parser = {}
    arguments(trees[PARSER], parser)
    factories(trees[PARSER], dataclasses_of(trees.values()), parser)
    scripts = {}
    for tree in trees.values():
        arguments(tree, scripts)
    options = {}
    for names in (LAUNCH, parser, OLDER, scripts):
        for name, arity in names.items():
            options.setdefault(name.replace("_", "-"), arity)
    version, commit, date = source.version()
    words = {0: "0", 1: "1", "*": "+", "?": "?"}
    letters = {"launch": "L", "model": "M", "plan": "P", "memory": "T", "neutral": "N"}
    print(f"""// Generated by tools/megatron_options.py from Megatron-LM {version} ({commit}, {date}): not to be edited.
#include "gigawatt/interop/megatron_options.h"

namespace gigawatt::interop {{

const char* const kMegatronVersion = "{version} ({date})";

// Name, values (0, 1, ?: none or one, +: several), what it decides (Model, Plan, Time and memory, Launch, Neutral).
// clang-format off
const char* const kMegatronTable =""")
    line = ""
    for name in sorted(options):
        entry = f"{name} {words[options[name]]}{letters[class_of(name)]}\\n"
        if len(line) + len(entry) > 100:
            print(f'    "{line}"')
            line = ""
        line += entry
    print(f'    "{line}";\n// clang-format on\n\n}}  // namespace gigawatt::interop')


if __name__ == "__main__":
    main()
