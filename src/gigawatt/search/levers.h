#pragma once
/// Which change outside of a plan would help it most: of the system, the software or the question.

#include <string>
#include <vector>

#include "gigawatt/search/search.h"

namespace gigawatt::search {

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

}  // namespace gigawatt::search
