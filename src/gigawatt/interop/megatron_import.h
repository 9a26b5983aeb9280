#pragma once
/// Megatron-LM's command line -> a plan. Reads what decides time and memory; other known arguments (data, checkpoints,
/// learning rate, logging) are listed as ignored; an unknown one is an error with the nearest name, and so is one that
/// contradicts another. All mistakes are reported at once.
///
/// The number of accelerators is no argument of Megatron-LM: it comes from `torchrun`'s `--nnodes` and
/// `--nproc-per-node` if they are given, else from the caller.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/step/plan.h"

namespace gigawatt::interop {

struct MegatronImport {
  step::ParallelPlan plan;
  std::int64_t gpus = 0;
  std::int64_t seq_len = 0;
  std::int64_t global_batch = 0;
  catalog::Model sizes;  ///< as far as the arguments give them; no name
  std::vector<std::string> ignored;
};

/// `arguments` as a shell splits them, or whole lines with their backslashes. `gpus` 0: from the launcher's arguments.
tl::expected<MegatronImport, base::Diagnostics> import_megatron(std::span<const std::string> arguments,
                                                                std::int64_t gpus);

/// The catalogued model of these sizes, the newest of several; or null.
const catalog::Model* matching_model(std::span<const catalog::Model> models, const catalog::Model& sizes);

}  // namespace gigawatt::interop
