#pragma once
/// Megatron-LM's text for which layers sit on which virtual stage: "E" embedding, "t" a layer, "m" a
/// multi-token-prediction module, "L" the loss, "|" between stages, "x*3" and "(...)*3" for repeats.
/// Private to this module.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/step/stage_layout.h"

namespace gigawatt::interop {

/// Layers of every virtual stage.
std::vector<std::int64_t> layers_of(const step::StageLayout& layout);

std::string layout_text(const std::vector<std::int64_t>& layers, std::int64_t mtp_layers);

/// The layers of every stage, or why the text cannot be read.
tl::expected<std::vector<std::int64_t>, std::string> parse_layout(std::string_view text);

}  // namespace gigawatt::interop
