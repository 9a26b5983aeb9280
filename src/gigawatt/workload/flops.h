#pragma once
/// Three FLOP counts of one training step of one sequence set, so that every utilization figure can say which it is.
///   model, full attention   3 x forward of every trained product; the attention core counts all s^2 pairs
///                           (PaLM appendix B, arXiv 2204.02311; NeMo, llm-foundry, Megatron papers)
///   model, causal           the same with only the pairs under the causal mask (Megatron-Bridge 25.x)
///   hardware                what is executed: causal pairs, recompute, flash attention's extra product backward
/// Router, head and (for MTP) the extra modules are included; norms and other memory-bound work are not.
/// Frozen weights (LoRA) have no weight gradient: 2 x forward for their products.

#include <cstdint>

#include "gigawatt/catalog/model.h"

namespace gigawatt::workload {

struct FlopCount {
  double products_forward = 0;        ///< one token: layers, head
  double attention_full_forward = 0;  ///< one token, averaged over the sequence
  double attention_causal_forward = 0;
  double model_full = 0;  ///< one token, forward and backward
  double model_causal = 0;
};

/// Per token at sequence length `seq_len`. `frozen`: base weights get no gradient (LoRA; adapters neglected).
FlopCount flops_per_token(const catalog::Model& model, std::int64_t seq_len, bool frozen = false);

}  // namespace gigawatt::workload
