#pragma once
/// What people try, in this order, when activations do not fit.

#include <vector>

#include "gigawatt/catalog/model.h"
#include "gigawatt/step/plan.h"

namespace gigawatt::step {

/// From nothing to whole layers: the attention core, the modules of this model that are cheap to compute again (each,
/// then all of them), the large ones, both, everything.
std::vector<RecomputePolicy> recompute_ladder(const catalog::Model& model);

}  // namespace gigawatt::step
