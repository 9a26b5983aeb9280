#pragma once
/// The sequence and the batch with which a model is usually trained, for questions that leave them open: those of most
/// published runs of the model, else what pre-training of its size takes today.

#include <cstdint>
#include <string>

#include "gigawatt/analysis/runs.h"
#include "gigawatt/catalog/model.h"

namespace gigawatt::engine {

struct UsualStep {
  std::int64_t seq = 0;           ///< tokens
  std::int64_t global_batch = 0;  ///< sequences
  std::string basis;              ///< where they come from, in words
  bool of_runs = false;           ///< from published runs of the model
};

/// `seq` 0: open, too; otherwise the batch is the usual one of that sequence. The batch is rounded to a power of two where
/// it does not come from a run, so that it divides over most plans.
UsualStep usual_step(const analysis::RunTable& runs, const catalog::Model& model, std::int64_t seq);

}  // namespace gigawatt::engine
