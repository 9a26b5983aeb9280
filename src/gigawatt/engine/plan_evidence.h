#pragma once
/// What stands behind the plans that a search found: the nearest measured run, the band that widens with the distance
/// to it, and what the framework would need to run a plan.
///
/// Ranking by the band's upper end keeps the best of many from being the luckiest error of the model: of two plans with
/// the same middle the one that is nearer to something measured comes first.

#include <vector>

#include "gigawatt/analysis/evidence.h"
#include "gigawatt/search/search.h"

namespace gigawatt::engine {

struct PlanEvidence {
  analysis::Nearest nearest;
  double low_s = 0;  ///< 80% band of the step's time
  double high_s = 0;
  std::string needs;  ///< what the framework does not run; empty: it runs
};

/// One per plan of `list`, in its order. `framework`: what a plan is held against.
std::vector<PlanEvidence> plan_evidence(const analysis::Evidence& evidence, const step::StepRequest& request,
                                        const step::Calibration& calibration,
                                        const step::Capabilities& framework,
                                        const std::vector<search::Candidate>& list);

/// Plans that are ordered by the upper ends of their bands together: the first so many by score, then the next. A list is
/// the beginning of any longer one, and its first plan the same.
inline constexpr std::size_t kRankedTogether = 40;

/// Plans to keep by score for `top` ordered ones.
constexpr std::size_t ranked_for(std::size_t top) {
  const std::size_t quarter = kRankedTogether / 4;
  return (top + quarter - 1) / quarter * kRankedTogether;
}

/// Orders plans by score times the band's upper end over its middle, as above, and keeps `top`.
void most_certain_first(std::vector<search::Candidate>& list, std::vector<PlanEvidence>& evidence,
                        std::size_t top);

}  // namespace gigawatt::engine
