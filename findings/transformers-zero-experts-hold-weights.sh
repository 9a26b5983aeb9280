#!/bin/sh
# transformers 5.24.0: the "zero-computation" experts of LongCat-Flash, which hand a token through unchanged, have weights.
#
# A good engineer expects that experts that compute nothing hold nothing: the published model has 560 billion weights with
# 512 experts and 256 of these. Seen: the up and gate projections are allocated for all 768, the down projections for 512
# alone, so that the library's model has 741 billion weights, a third more than the checkpoint that it is made for; whoever
# counts a model's memory on the meta device counts 361 GB (16 bits) that no file has.
#
# Installs pinned packages in a temporary folder; needs about 3 GB. Exits 1 when something has changed.
set -e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q transformers==5.24.0 torch==2.15.0
"$dir/venv/bin/python" - <<'PY'
import sys
import warnings

warnings.simplefilter("ignore")
import torch
from transformers import LongcatFlashConfig, LongcatFlashForCausalLM

def experts(config):
    with torch.device("meta"):
        model = LongcatFlashForCausalLM(config)
    held = {name.rsplit(".", 1)[1]: p.shape[0] for name, p in model.named_parameters() if ".experts." in name}
    return held, sum(p.numel() for p in model.parameters())

config = LongcatFlashConfig()
held, total = experts(config)
config.zero_expert_num = 0
_, without = experts(config)
print(f"{config.n_routed_experts} experts and 256 that compute nothing: projections held {held}; {total / 1e9:.0f} billion weights, "
      f"{without / 1e9:.0f} without the latter")
sys.exit(0 if held == {"gate_up_proj": 768, "down_proj": 512} and total - without > 150e9 else 1)
PY
