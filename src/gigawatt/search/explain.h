#pragma once
/// Why a plan is the best, and what would be better: what each alternative costs or what stops it, and which change
/// outside of the plan would help most.

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/search/search.h"

namespace gigawatt::search {

/// A plan that differs in one decision (the data-parallel size follows).
struct Alternative {
  std::string change;  ///< "tp 8 -> 4"
  step::ParallelPlan plan;
  std::optional<step::StepResult> result;  ///< empty: illegal
  bool fits = false;                       ///< legal and within the limit
  std::string
      stops;  ///< why not: the rule it breaks, the memory it lacks, the terms that grow; empty: it is better
};

/// Alternatives of `request.plan`, which must be legal. `limit_bytes`: 0 for the accelerator's own.
std::vector<Alternative> alternatives(const step::StepRequest& request, const step::Calibration& calibration,
                                      double limit_bytes);

/// A change of the system, the software or the question, the plan kept (or, with more memory, the best then).
struct Lever {
  std::string change;
  double step_time_s = 0;  ///< per as many tokens as before
  double saved_share = 0;  ///< of the step time
  step::ParallelPlan plan;
};

/// The changes that would help `request.plan` most, at most `count`, best first; none that helps by under 0.1%.
std::vector<Lever> levers(const step::StepRequest& request, const step::Calibration& calibration,
                          const SearchOptions& options, std::size_t count);

/// "tp_comm +0.30 s, pp_bubble +0.12 s": the terms that grow most from `from` to `to`, at most three.
std::string growing_terms(const step::TimeBreakdown& from, const step::TimeBreakdown& to);

}  // namespace gigawatt::search
