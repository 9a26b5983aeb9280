#pragma once
/// A run that leaves another at a date: the same past, then other rules.
///
/// The past is simulated by its own model up to and including the date; its state then continues under the model of
/// the changed scenario. With an unchanged scenario the result is the uninterrupted run's, to the bit. A state holds
/// pools, jobs and plans by number, so a fork may change how the fleet is run (scheduler, priorities, failures,
/// prices, spares), not what there is.

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/fleet/simulator.h"

namespace gigawatt::fleet {

struct Past {
  const scenario::ResolvedScenario& scenario;
  const StepTable& steps;
  base::SimTime at;
};

/// A short name of the state in which a run is after all events up to and including `at`: clock, coming events,
/// ledgers. Equal runs have equal fingerprints.
std::string state_fingerprint(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                              const StepTable& steps, const Options& options, base::SimTime at);

/// The run of `scenario` after that past; or what the change does not allow.
tl::expected<FleetResult, std::string> simulate_fork(const scenario::ResolvedScenario& scenario,
                                                     const catalog::Catalog& catalog, const StepTable& steps,
                                                     const Options& options, const Past& past);

}  // namespace gigawatt::fleet
