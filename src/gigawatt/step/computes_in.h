#pragma once
/// Which precisions of linear layers an accelerator can train in.

#include "gigawatt/catalog/accelerator.h"

namespace gigawatt::step {

/// Formats below 16 bits need hardware; a 16-bit format that the accelerator lacks runs at the rate of the other.
bool computes_in(const catalog::Accelerator& accelerator, catalog::Precision precision);

}  // namespace gigawatt::step
