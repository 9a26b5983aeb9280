#pragma once
/// Megatron-LM's command line, or a whole launch script, -> a plan and a model.
///
/// The text is read as a shell would read it (shell_words.h), the options by its parser's table (megatron_options.h).
/// Each option decides the model, the plan, time or memory, or none of these; those of the last kind are `ignored`,
/// those that decide something and are not read here are `unread`, and an unknown one is an error with the nearest name,
/// as is one that contradicts another. What Megatron-LM itself refuses is refused. All mistakes are reported at once.
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
#include "gigawatt/step/step.h"

namespace gigawatt::interop {

struct MegatronImport {
  step::ParallelPlan plan;
  std::int64_t gpus = 0;
  std::int64_t seq_len = 0;
  std::int64_t global_batch = 0;
  catalog::Model sizes;  ///< what the arguments describe, defaults included; vocab 0: not said
  std::vector<std::string> not_sayable;  ///< why no model can be made of them; empty: it can
  std::vector<std::string> ignored;      ///< options that change neither time nor memory
  std::vector<std::string> unread;       ///< options that change something, which is not modeled here
  std::vector<std::string> notes;
  std::string model_name;  ///< of the catalogue's model that a configuration names; empty: it names none
  step::TrainingKind kind = step::TrainingKind::kPretrain;
  std::string software;  ///< profile that fits the framework; empty: the usual one
};

/// `arguments` as a shell splits them, or whole texts. `gpus` 0: from the launcher's arguments. `known`: the model
/// where the arguments do not say its layers; null: none is known.
tl::expected<MegatronImport, base::Diagnostics> import_megatron(std::span<const std::string> arguments,
                                                                std::int64_t gpus,
                                                                const catalog::Model* known = nullptr);

struct ModelMatch {
  const catalog::Model* model = nullptr;  ///< of the catalogue, with all of these sizes; null: none has them
  std::vector<std::string> differs;       ///< what is no size and yet not the same: norms, biases, positions
  const catalog::Model* nearest = nullptr;
  std::vector<std::string> why_not;  ///< sizes of the nearest that differ
};

/// The newest catalogued model of which every size agrees; where the vocabulary is not said, of all but that.
ModelMatch match_model(std::span<const catalog::Model> models, const catalog::Model& sizes);

/// The same, without its reasons.
const catalog::Model* matching_model(std::span<const catalog::Model> models, const catalog::Model& sizes);

}  // namespace gigawatt::interop
