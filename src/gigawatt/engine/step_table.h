#pragma once
/// A step question a row: many predictions in one call.
///
/// The columns are the keys of StepQuery (step_query.h) but for documents: models, systems and software by their catalogue
/// names, plans in words or by their parts. What a table lacks, or misses in a row, has the question's default. Equal rows
/// are answered once; the others are sorted so that neighbors share what step::StepBatch keeps, and dealt to all cores in
/// pieces of a fixed size. Every value is that of `step::evaluate`, to the last bit, whatever the threads.

#include <functional>
#include <stop_token>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/results/columns.h"

namespace gigawatt::engine {

struct StepTableOptions {
  bool times = false;   ///< a column for each term of the step's time
  bool memory = false;  ///< a column for each part of the peak memory
  std::stop_token stop{};
};

/// Columns step_time_s, low_s, high_s, tokens_per_s_per_gpu, mfu, hfu, memory_gb, fits, reason, in the order of the rows. A
/// plan that means nothing has no numbers, and a reason. Mistakes of the table are named at once: unknown columns and names,
/// wrong kinds, values out of bounds, missing required ones.
tl::expected<results::Columns, base::Diagnostics> step_table(const Knowledge& knowledge,
                                                             const results::Columns& table,
                                                             const StepTableOptions& options = {});

}  // namespace gigawatt::engine
