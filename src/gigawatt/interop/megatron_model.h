#pragma once
/// The model that options of Megatron-LM describe, with its parser's defaults for what they leave out. Private to this
/// module.

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/catalog/model.h"
#include "gigawatt/interop/megatron_arguments.h"

namespace gigawatt::interop {

struct MegatronModel {
  catalog::Model sizes;  ///< vocab 0: the options do not say it
  /// Why no model can be made of these options; empty: it can.
  std::vector<std::string> not_sayable;
  std::vector<std::string> notes;
  std::vector<bool> expert_layers, window_layers;  ///< where no period says them; else empty
};

/// `known`: the model where the options do not say its layers; null: none is known.
MegatronModel megatron_model(MegatronArguments& arguments, const catalog::Model* known = nullptr);

/// Where a pattern of letters says the layers: the model of it, in place of the one of `out`; false: there is none.
bool hybrid_model(MegatronArguments& arguments, MegatronModel& out);

/// Which layers are of experts, in Megatron-LM's words: a number, or a list such as "([0]*3+[1]*58)". Nothing where the
/// text is neither.
std::optional<std::vector<bool>> layer_pattern(std::string_view text, std::int64_t layers);

/// Layers other than attention and a FFN, and what else --experimental-attention-variant says.
void attention_variant(MegatronArguments& a, MegatronModel& out, bool hybrid);

}  // namespace gigawatt::interop
