#pragma once
/// Which fitted laws answer for an operation in an engine. Private to this module.

#include <span>
#include <string_view>
#include <vector>

#include "gigawatt/kernels/law_book.h"

namespace gigawatt::serving {

/// Laws of `operation` whose names hold one of `formats` (empty: any) and the engine's word; where there is none, those
/// of any engine, then of any format. Never empty if the operation was measured on the chip at all.
std::vector<const kernels::Law*> choose_laws(const kernels::ChipLaws& laws, std::string_view operation,
                                             std::span<const std::string_view> formats,
                                             std::string_view engine);

/// The fastest law on these terms; 0 without laws.
double fastest(std::span<const kernels::Law* const> laws, const kernels::Terms& terms);

}  // namespace gigawatt::serving
