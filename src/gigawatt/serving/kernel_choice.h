#pragma once
/// Which fitted laws answer for an operation in an engine. Private to this module.

#include <span>
#include <string_view>
#include <vector>

#include "gigawatt/kernels/law_book.h"

namespace gigawatt::serving {

/// Of an operation that consists of several kernels: those whose names begin with `word`, or all others.
struct KernelPart {
  std::string_view word;  ///< empty: all
  bool others = false;
};

/// Laws of `operation` whose names hold one of `formats` (empty: any; "fp8 bfloat16": these words in a row) and the
/// engine's word; where there is none, those of any engine, then of any format. Never empty if the operation was measured on the chip at all.
std::vector<const kernels::Law*> choose_laws(const kernels::ChipLaws& laws, std::string_view operation,
                                             std::span<const std::string_view> formats,
                                             std::string_view engine, const KernelPart& part = {});

/// The fastest law on these terms; 0 without laws. A law that claims more than the data sheet's FLOP/s was fitted to other
/// shapes and does not count; where all do, the answer is 80% of the data sheet's rate.
double fastest(std::span<const kernels::Law* const> laws, const kernels::Terms& terms);

}  // namespace gigawatt::serving
