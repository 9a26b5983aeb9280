#pragma once
/// What trainings took in practice against the best plan that is found for them (data/practice/training.toml): interruptions,
/// restarts, evaluations, plans that nobody searched, software of their year.

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/sourced.h"

namespace gigawatt::engine {

/// A training as published.
struct TrainingTotal {
  std::string model, system, precision = "bf16";
  double tokens = 0;
  std::int64_t accelerators = 0;
  double accelerator_hours = 0;
  std::string source;
};

struct TrainingPractice {
  catalog::Sourced
      achieved_share;  ///< accelerator-hours of the best plan, uninterrupted, over those that were used
  catalog::Sourced sparse_batch;  ///< tokens of a step of a mixture of experts
  catalog::Sourced spares;        ///< nodes beside a gang, share of it
  std::vector<TrainingTotal> totals;
};

tl::expected<TrainingPractice, base::Diagnostics> load_training_practice(const std::filesystem::path& data);

}  // namespace gigawatt::engine
