#pragma once
/// One run of a scenario: step times, the nominal simulation, its futures, the claims.
///
/// The nominal run takes every lead time at its median: the run without delays. With `futures` above one, so many
/// further simulations draw lead times and failures anew; then the figures that tables print are the medians of these
/// futures with their 80% interval, and those of the nominal run stand beside them under that name. Where the scenario
/// leaves it open (`failures.by_month`), futures draw the failures of large pools of nodes by month, the nominal run
/// keeps every single one.
/// Everything but `wall_s` depends on the inputs and the seed alone, never on the number of threads.

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/engine/claim_report.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/results/frame.h"

namespace gigawatt::engine {

/// How far a run is.
struct Progress {
  std::string_view what;  ///< being done now
  double done = 0;        ///< share of that
  double overall = 0;     ///< share of the run: the nominal simulation and each future weigh the same
  std::optional<base::SimTime> date;  ///< that the nominal simulation has reached
  std::uint64_t events = 0;           ///< of the simulation so far, of all futures that are done
};

/// More futures than these move no percentile by what a table shows.
inline constexpr int kMostFutures = 100'000;

struct RunOptions {
  std::optional<std::uint64_t> seed;   ///< empty: the scenario's
  std::optional<base::SimTime> until;  ///< stop before the scenario's end
  int futures = 1;
  double most_bytes = fleet::kMostBytes;  ///< of memory that jobs of batches may take in one simulation
  const reliability::FailureLaw* law = nullptr;  ///< draws failures in place of the classes' rates
  std::stop_token stop;
  std::function<void(const Progress&)> progress;  ///< never called by two threads at once
  std::function<void(double seconds)>
      expected;  ///< what the futures will take, told once, before most of them
  /// How one future is simulated; empty: from the scenario's start (fleet::simulate).
  std::function<fleet::FleetResult(const scenario::ResolvedScenario&, const fleet::StepTable&,
                                   const fleet::Options&)>
      simulate;
};

/// A run that was to continue another changed what cannot change.
class ForkRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct RunOutput {
  std::uint64_t seed = 0;
  int futures = 1;                ///< that intervals come from; 1: none
  bool futures_by_month = false;  ///< they drew failures by month, the nominal run did not
  fleet::FleetResult nominal;
  results::Frame frame;             ///< every figure, nominal and over the futures
  std::vector<SiteHours> hours;     ///< of the nominal run: sites by the hour, year by year
  std::vector<ClaimResult> claims;  ///< in the scenario's order
  bool interrupted = false;         ///< by the stop token: figures end where it came
  double wall_s = 0;
};

RunOutput run(const Inputs& inputs, const RunOptions& options = {});

/// One simulation: what the fleet leaves behind, the hours of its sites, and every figure of both.
struct Simulated {
  fleet::FleetResult result;
  std::vector<SiteHours> hours;
  results::Frame frame;
};
Simulated simulate(const Inputs& inputs, const fleet::StepTable& steps, fleet::Options options);

}  // namespace gigawatt::engine
