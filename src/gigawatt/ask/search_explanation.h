#pragma once
/// Why a plan is the best: its terms beside the second and beside one that is asked about, what stops each alternative,
/// and what would help most.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "gigawatt/search/alternatives.h"
#include "gigawatt/search/levers.h"
#include "gigawatt/search/search.h"

namespace gigawatt::ask {

/// A plan beside others, with what explains it.
struct ExplainedPlan {
  std::string name;
  step::ParallelPlan plan;
  step::StepResult result;
  std::vector<search::Alternative> alternatives;
  std::vector<search::Lever> levers;
  std::string needs;  ///< what the framework does not run; empty: it runs
};

struct SearchExplanation {
  std::vector<ExplainedPlan> plans;  ///< best, second, compared

  nlohmann::ordered_json json() const;
  std::string text(bool color) const;
};

/// `compare`: a plan in words, or empty; priced whether or not `framework` runs it. An error where that plan means
/// nothing or is illegal.
tl::expected<SearchExplanation, std::string> explain_search(const step::StepRequest& request,
                                                            const step::Calibration& calibration,
                                                            const step::Capabilities& framework,
                                                            const search::SearchOptions& options,
                                                            const search::SearchResult& found, bool explain,
                                                            const std::string& compare);

}  // namespace gigawatt::ask
