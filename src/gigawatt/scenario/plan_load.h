#pragma once
/// Text -> a plan's options. Candidates are resolved exactly as phases of a scenario are: each is put into its site as a
/// phase that begins on its first possible day, and the scenario is resolved with all of them.

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/config/node.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/scenario/plan_table.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::scenario {

/// Where a candidate stands among the phases of the resolved scenario.
struct Candidate {
  SiteId site;
  std::size_t phase = 0;
};

struct PlanInput {
  PlanTable table;
  config::Node root;  ///< the file with its overrides
  ResolvedScenario with_candidates;
  ResolvedScenario without;           ///< what a run of the file builds, without jobs
  std::vector<Candidate> candidates;  ///< in the order of `table.phases`
};

/// Every mistake at once; a file without options is one, too. `known`: rows that were not known on that day, or were
/// outdated by then, are left out; without a day what is known last.
tl::expected<PlanInput, base::Diagnostics> load_plan(std::string text, std::string name,
                                                     const catalog::Catalog& catalog,
                                                     const std::vector<std::string>& overrides = {},
                                                     std::optional<base::SimTime> known = {});

}  // namespace gigawatt::scenario
