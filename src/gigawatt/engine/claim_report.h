#pragma once
/// Judges the claims of a scenario: value, interval, verdict, what binds, and one sentence that says why.
///
/// Where there are several simulated futures the value is their median and the interval their 10th to 90th percentile;
/// what sources disagree on (claim_band.h) is added to it in quadrature. The rule of the verdict is analysis::judge's.
/// A claim about a capacity that names no day is judged at the end of the run: falling short of it then decides nothing
/// where the scenario's later phases would reach it. What binds and by when a capacity comes is read off the nominal run.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/analysis/claims.h"
#include "gigawatt/engine/claim_turn.h"
#include "gigawatt/engine/claim_value.h"

namespace gigawatt::engine {

/// Numbers are in `unit`, as the report shows them: MW, USD, s, d, GPU-h, MWh, t, months, fraction or "" for counts.
struct ClaimResult {
  std::string id;
  std::string unit;
  double claimed = 0;
  double upper = 0;  ///< of relation range
  std::optional<analysis::Estimate> estimate;
  bool has_interval = false;      ///< futures or sources say how far the value may be off
  std::optional<double> nominal;  ///< of the run without delays
  analysis::Verdict verdict = analysis::Verdict::kUndecidable;
  analysis::Binding binding = analysis::Binding::kNone;
  std::string explanation;
  std::optional<Turn> turn;  ///< the input that would turn the verdict
};

/// One entry per claim of the scenario, in its order. `futures[k][i]` is claim i's value in future k.
std::vector<ClaimResult> judge_claims(const fleet::FleetResult& nominal, const results::Frame& frame,
                                      std::span<const std::vector<std::optional<double>>> futures,
                                      const ClaimInputs& inputs);

/// Values of all claims in one future.
std::vector<std::optional<double>> claim_values(const fleet::FleetResult& result, const results::Frame& frame,
                                                const ClaimInputs& inputs);

}  // namespace gigawatt::engine
