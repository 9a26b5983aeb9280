#pragma once
/// Published runs (runs.h) one after the other, for files of any length.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/analysis/runs.h"

namespace gigawatt::analysis {

/// What differs between rows that ran the same.
struct Measured {
  std::string id;
  double step_time_s = 0;   ///< 0: not published
  double memory_bytes = 0;  ///< 0: not published
};

/// The same row by row, so that a file of any length takes little memory: `visit` sees each usable row in file order. Rows
/// of one source that differ in their id and in what was measured alone come with the same `run`. The answer: what was
/// skipped, and the number of rows.
struct ReadRuns {
  std::size_t rows = 0;
  std::vector<SkippedRow> skipped;
};
using RunVisitor = std::function<void(const std::shared_ptr<const RunRow>& run, const Measured& measured)>;
tl::expected<ReadRuns, base::Diagnostic> each_run(std::string_view text, const std::string& name,
                                                  const RunVisitor& visit);

}  // namespace gigawatt::analysis
