#pragma once
/// Megatron-LM's text for which layers sit on which virtual stage: "E" embedding, "t" a layer, "m" a
/// multi-token-prediction module, "L" the loss, "|" between stages, "x*3" and "(...)*3" for repeats.
/// Private to this module.

#include <cstdint>
#include <string>
#include <vector>

#include "gigawatt/step/stage_layout.h"

namespace gigawatt::interop {

/// Layers of every virtual stage.
std::vector<std::int64_t> layers_of(const step::StageLayout& layout);

/// The plan's shorter words where they mean the same, else the layers of every chunk.
void say_cut(const catalog::Model& model, const step::PipelineCut& cut, step::ParallelPlan& plan);

/// `behind_mtp`: chunks behind the one with the modules.
std::string layout_text(const std::vector<std::int64_t>& layers, std::int64_t mtp_layers,
                        std::int64_t behind_mtp = 0);

}  // namespace gigawatt::interop
