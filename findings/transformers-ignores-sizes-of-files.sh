#!/usr/bin/env bash
# transformers 5.24.0: sizes that a model's own class documents, and that files carry, are without effect on the model.
#
# Input: two configurations of the library's own classes, nothing unusual in them.
#   MPT: expansion_ratio = 8, "the ratio of the up/down scale in the MLP" (MptConfig).
#   MiMo-V2-Flash: swa_num_key_value_heads = 16 (the published file says 8), the key/value heads of window layers.
# Expected by a good engineer: twice the FFN's weights; twice the key/value weights of window layers; or an error.
# Seen: the FFN is 4 x hidden whatever the ratio, and window layers have 2 x num_key_value_heads whatever the file says:
# the model has the weights of another one, without a word. Who plans memory by such a model plans for the wrong one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check "transformers==5.24.0" "torch==2.15.0" >/dev/null
"$work/venv/bin/python" - <<'PYTHON'
import warnings

import torch
from transformers import AutoModelForCausalLM, CONFIG_MAPPING

warnings.simplefilter("ignore")


def weights(model_type, **sizes):
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[model_type](**sizes))
    return sum(p.numel() for p in model.parameters())


mpt = dict(d_model=512, n_heads=8, n_layers=2, vocab_size=1000)
four, eight = weights("mpt", expansion_ratio=4, **mpt), weights("mpt", expansion_ratio=8, **mpt)
print(f"MPT, 2 layers of 512: {four:,} weights with expansion_ratio 4, {eight:,} with 8; by the documentation "
      f"{four + 2 * 2 * 4 * 512 * 512:,}")
mimo = dict(num_hidden_layers=6, hidden_size=256, num_attention_heads=16, num_key_value_heads=4, head_dim=32,
            v_head_dim=32, intermediate_size=512, moe_intermediate_size=64, n_routed_experts=4, num_experts_per_tok=2,
            vocab_size=1000)
usual, twice = weights("mimo_v2_flash", swa_num_key_value_heads=8, **mimo), weights(
    "mimo_v2_flash", swa_num_key_value_heads=16, **mimo)
print(f"MiMo-V2-Flash, 6 layers: {usual:,} weights with swa_num_key_value_heads 8, {twice:,} with 16")
assert four == eight and usual == twice, "the library has changed"
PYTHON
echo "as described: sizes of the files are without effect"
