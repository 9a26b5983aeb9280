#pragma once
/// A question about one training step as people ask it: names and numbers, one field table for the command line's and
/// the HTTP API's spelling, bounds and defaults.

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/config/fields.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/step/step.h"

namespace gigawatt::engine {

inline constexpr std::int64_t kMostAccelerators = std::int64_t{1} << 40;
inline constexpr std::int64_t kMostWays = std::int64_t{1}
                                          << 20;  ///< of a parallel dimension; three multiply in 64 bits

struct StepQuery {
  config::NameOrText model, system;
  std::string software;
  config::NameOrText plan;  ///< the whole plan at once: in words, or as the object that answers list
  std::int64_t gpus = 0, seq = 0, global_batch = 0;
  std::int64_t micro_batch = 1, tp = 1, cp = 1, pp = 1, vpp = 1, ep = 1, etp = 1, zero = 1;
  std::int64_t shard_group = 0, first_layers = 0, last_layers = 0;
  double base_bits = 0;  ///< of a frozen weight; 0: as the model's file says
  std::string layout;    ///< layers of every chunk (step/pipeline_cut.h)
  std::string recompute = "none", precision = "bf16", schedule, kind = "pretrain";
  bool no_sequence_parallel = false, no_flash = false, cuda_graph = false, offload_optimizer = false,
       offload_activations = false;
};

void fields(config::FieldVisitor& v, StepQuery& q);

/// The data-parallel size follows from the others; schedule: interleaved with virtual stages, else 1F1B; sequence
/// parallelism wherever there is tensor parallelism. Words that mean nothing are reported at once. The subject must
/// outlive the request.
tl::expected<step::StepRequest, base::Diagnostics> step_request(const StepQuery& query,
                                                                const StepSubject& subject);

/// A plan as people write it; a data-parallel size that it leaves out follows from the accelerators.
tl::expected<step::ParallelPlan, std::string> plan_in_words(const std::string& text, std::int64_t gpus);

/// What the question is about, by its names or documents.
tl::expected<StepSubject, base::Diagnostics> subject_of(const Knowledge& knowledge, const StepQuery& query);

/// "bf16" -> the precision, or a diagnostic that names what is allowed.
tl::expected<catalog::Precision, base::Diagnostic> precision_named(const std::string& text);

}  // namespace gigawatt::engine
