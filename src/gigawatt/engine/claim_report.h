#pragma once
/// Judges the claims of a scenario: value, interval, verdict, what binds, and one sentence that says why.
///
/// The interval is the 10th to 90th percentile over the simulated futures where there are several, widened by what
/// sources disagree on (`sourced_band`); the rule of the verdict is analysis::judge's.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/analysis/claims.h"
#include "gigawatt/engine/claim_value.h"

namespace gigawatt::engine {

/// Numbers are in `unit`, as the report shows them: MW, USD, s, d, GPU-h, MWh, t, months, fraction or "" for counts.
struct ClaimResult {
  std::string id;
  std::string unit;
  double claimed = 0;
  double upper = 0;  ///< of relation range
  std::optional<analysis::Estimate> estimate;
  analysis::Verdict verdict = analysis::Verdict::kUndecidable;
  analysis::Binding binding = analysis::Binding::kNone;
  std::string explanation;
};

/// One entry per claim of the scenario, in its order. `futures[k][i]` is claim i's value in future k.
std::vector<ClaimResult> judge_claims(const fleet::FleetResult& nominal,
                                      std::span<const std::vector<std::optional<double>>> futures,
                                      const ClaimInputs& inputs);

/// Values of all claims in one future.
std::vector<std::optional<double>> claim_values(const fleet::FleetResult& result, const ClaimInputs& inputs);

}  // namespace gigawatt::engine
