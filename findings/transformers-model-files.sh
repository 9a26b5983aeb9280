#!/bin/sh
# transformers 5.24.0: a multimodal model whose file says nothing about `tie_word_embeddings` may come out with another
# number of weights than its language part alone.
#
# A good engineer expects that the language part of a file counts the same whether it stands alone or in a whole: 7.24
# billion weights for Mistral's defaults. Seen: Mistral3Config ties head and embedding by default, MistralConfig does not,
# so that the whole's language part has 131,072,000 weights fewer. And a flat file of type step3p7 (as tools write them)
# is accepted, but its sizes are left alone: the language part is the class's default one.
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
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

def weights(model, only=""):
    model.tie_weights()
    return sum(p.numel() for n, p in model.named_parameters() if only in n or n.startswith("lm_head"))

with torch.device("meta"):
    alone = weights(AutoModelForCausalLM.from_config(CONFIG_MAPPING["mistral"]()))
    whole = weights(AutoModelForImageTextToText.from_config(CONFIG_MAPPING["mistral3"](text_config={})), "language_model")
flat = CONFIG_MAPPING["step3p7"](vocab_size=1000, hidden_size=64).get_text_config()
print(f"Mistral's language part: {alone:,} alone, {whole:,} in mistral3; step3p7 reads a flat vocabulary of 1000 as {flat.vocab_size}")
sys.exit(0 if alone - whole == 131_072_000 and flat.vocab_size == 128_815 else 1)
PY
