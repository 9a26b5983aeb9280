#pragma once
/// Plans before it is known how long building takes.
///
/// Cases differ in their lead times. Orders before a date are made now, the same in all cases; later ones are made
/// knowing the case. The program is one problem for each case, joined in the columns of the early orders:
///
///     maximize  sum_w probability_w goal(now, later_w)
///
/// Three values say what waiting and knowing are worth: `now` (all phases and orders fixed before the case is known, only
/// installation follows it) <= `two_stage` <= `knowing` (each case planned for itself).

#include <string>
#include <vector>

#include "gigawatt/planner/plan.h"

namespace gigawatt::planner {

struct Case {
  std::string name;
  double probability = 0;
  Problem problem;  ///< same options, in the same order, as the other cases'
};

struct RobustAnswer {
  solver::Status status = solver::Status::kNoSolution;
  double two_stage = 0, bound = 0, gap = 0;
  double now = 0, knowing = 0;
  bool all_solved = false;  ///< the other two values are known, too
  std::vector<Plan> plans;  ///< by case
  std::vector<double> values;

  double value_of_waiting() const { return two_stage - now; }
  double value_of_knowing() const { return knowing - two_stage; }
};

/// Orders in periods before `decide` are made now. For a cost the signs of the values turn.
tl::expected<RobustAnswer, base::Diagnostic> robust_plan(const std::vector<Case>& cases, int decide,
                                                         const Options& options);

}  // namespace gigawatt::planner
