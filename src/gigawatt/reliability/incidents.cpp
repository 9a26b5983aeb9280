#include "gigawatt/reliability/incidents.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace gigawatt::reliability {
namespace {

/// The node's current incident and the latest line of it.
struct Current {
  std::size_t incident = 0;
  double latest_s = 0;
  bool any = false;
};

bool repeats(const FaultRecord& incident, const FaultRecord& line, double latest_s, double window_s) {
  return line.cause == incident.cause && line.start_s - latest_s <= window_s;
}

}  // namespace

Incidents find_incidents(const std::vector<FaultRecord>& faults, bool knows_ends, bool merge,
                         double window_s) {
  Incidents out;
  std::unordered_map<std::uint32_t, Current> nodes;
  for (const FaultRecord& line : faults) {
    Current& current = nodes[line.node];
    if (current.any && merge) {
      FaultRecord& incident = out.faults[current.incident];
      const bool repeat = repeats(incident, line, current.latest_s, window_s);
      const bool within =
          !std::isnan(incident.end_s) && line.start_s >= incident.start_s && line.start_s < incident.end_s;
      if (repeat || within) {
        ++(within ? out.within : out.repeats);
        current.latest_s = line.start_s;
        // One that is not over keeps the node, whatever was over before.
        incident.end_s = std::isnan(line.end_s) || std::isnan(incident.end_s)
                             ? line.end_s
                             : std::max(incident.end_s, line.end_s);
        continue;
      }
    }
    current = {out.faults.size(), line.start_s, true};
    out.faults.push_back(line);
  }
  for (FaultRecord& fault : out.faults) fault.open = false;
  for (std::size_t i = 0; i < out.faults.size(); ++i) {
    FaultRecord& fault = out.faults[i];
    if (!std::isnan(fault.end_s)) continue;
    fault.open = knows_ends && nodes[fault.node].incident == i;
    ++(fault.open ? out.open : out.unknown);
  }
  return out;
}

}  // namespace gigawatt::reliability
