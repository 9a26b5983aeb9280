#pragma once
/// Years of operation of a fleet, one event at a time.
///
/// Build-out gives capacity, deliveries give accelerators, jobs take whole nodes; failures, repairs and month
/// ends are the only other events. Nodes are counted in pools (site x system), never simulated one by one, so the
/// cost of an event does not depend on how many there are. Theory: docs/models/fleet.md.
///
/// The result depends on the scenario, the step table and the seed alone: one thread, streams keyed by
/// (seed, domain, entity), integer time, integer node-time and milliwatt-microseconds.

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/fleet/messages.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/fleet/step_table.h"

namespace gigawatt::catalog {
class Catalog;
}
namespace gigawatt::reliability {
class FailureLaw;
}
namespace gigawatt::scenario {
struct ResolvedScenario;
}

namespace gigawatt::fleet {

inline constexpr double kMostBytes = 2e9;
/// Of one of them that waits, in the line and in its orders; measured.
inline constexpr double kWaitingJobBytes = 450;

/// What is asked for does not fit into what a run may take; the text says what fills it, and when.
class TooMuch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Options {
  std::uint64_t seed = 1;
  /// Lead times of the build-out: false takes their medians (the nominal run), true draws them from the seed.
  bool draw_lead_times = false;
  /// Where the scenario does not say (`failures.by_month`): pools of nodes that many failures are expected of draw them by
  /// month (repairs_by_month.h), as futures do of which only the figures are kept.
  bool failures_by_month = false;
  std::optional<base::SimTime> until;  ///< stop before the scenario's end
  std::stop_token stop;                ///< asked between events; what was simulated so far is returned
  /// Called at month ends with the simulated time, the share of the period that is done, and the events so far.
  std::function<void(base::SimTime now, double done, std::uint64_t events)> progress;
  /// Who hears what sites may draw, what is drawn and what becomes of nodes and jobs, and may post what feeds back
  /// (messages.h). They belong to one run.
  std::vector<Meter*> meters;
  double most_bytes = kMostBytes;  ///< of memory that jobs of batches may take; beyond, TooMuch is thrown
  /// Draws failures in place of the classes' rates; null: those rule. Outlives the run.
  const reliability::FailureLaw* law = nullptr;
};

/// Throws base::InternalError when a balance is broken (our bug); what the user got wrong was caught when the
/// scenario was resolved, and what merely turns out badly is in JobResult::status_reason and warnings.
FleetResult simulate(const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
                     const StepTable& steps, const Options& options = {});

}  // namespace gigawatt::fleet
