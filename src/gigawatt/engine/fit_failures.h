#pragma once
/// A fault log -> the laws behind it -> a failures file of the catalogue's format.

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/logs/fault_list.h"
#include "gigawatt/reliability/failure_fit.h"
#include "gigawatt/reliability/incidents.h"

namespace gigawatt::engine {

struct FitFailuresQuery {
  std::int64_t nodes = 0;  ///< of the fleet; 0: those that the log names
  std::int64_t accelerators_per_node = 8;
  double observed_s = 0;       ///< 0: from the log's first to its last instant
  bool count_all = false;      ///< every line is a fault, whatever it repeats
  double merge_within_s = 60;  ///< a line of the same node and cause this soon after another repeats it
  std::uint64_t seed = 1;
  std::string name = "fitted";  ///< of the profile
};

struct FitFailuresAnswer {
  reliability::FailureFit fit;
  std::int64_t accelerators_per_node = 8;
  reliability::Incidents incidents;  ///< how lines became faults; its list of them is empty
  std::vector<std::string> notes;    ///< what had to be taken from the log itself
};

tl::expected<FitFailuresAnswer, base::Diagnostics> fit_failure_log(const logs::FaultList& list,
                                                                   const FitFailuresQuery& query);

/// As data/failures/*.toml, which a catalogue reads: rates per accelerator-hour with 90% intervals.
std::string failures_toml(const FitFailuresAnswer& answer, const FitFailuresQuery& query,
                          const std::string& log, const std::string& program);

}  // namespace gigawatt::engine
