#pragma once
/// What the twin computes for a claim: one number out of one simulated future, in SI units (first_to_capacity: in
/// months of 30.4375 days by which the site is ahead of its first rival, negative when behind).
///
/// Capacities hold at the end of the month that contains the instant (or that ends at it); an instant beyond the
/// simulated period has no value; without an instant they hold at the end of the run. Capital expenditure of a year is
/// the company's: what the scenario builds, less what partners of its sites pay, and what it spends besides
/// (other_capex).

#include <optional>
#include <string>

#include "gigawatt/fleet/result.h"
#include "gigawatt/results/frame.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::catalog {
class Catalog;
}

namespace gigawatt::engine {

/// A month in claims that compare dates.
inline constexpr double kSecondsPerMonth = 30.4375 * 86400;

struct ClaimInputs {
  const scenario::ResolvedScenario& scenario;
  const catalog::Catalog& catalog;
};

/// `frame` holds the figures of `result`.
std::optional<double> claim_value(const scenario::Claim& claim, const fleet::FleetResult& result,
                                  const results::Frame& frame, const ClaimInputs& inputs);

/// Index of the bucket whose end stands for the instant.
std::optional<std::size_t> month_of(const fleet::FleetResult& result, base::SimTime at);

/// First day on which a site has this facility power, by its milestones within the month.
std::optional<base::SimTime> reaches(const fleet::SiteResult& site, const fleet::FleetResult& result,
                                     double facility_w);

/// First day on which a rival (a site of the scenario or of the catalogue) has this facility power.
std::optional<base::SimTime> rival_reaches(const std::string& name, double facility_w,
                                           const fleet::FleetResult& result, const catalog::Catalog& catalog);

}  // namespace gigawatt::engine
