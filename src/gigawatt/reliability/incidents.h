#pragma once
/// Lines of a fault log -> incidents of nodes in service.
///
/// A node that is out of service cannot fail, and one incident may leave many lines. In the order of their starts:
///  - a line of the same node and cause that begins within the window after the line before is a repeat of it;
///  - a line that begins while its node is out of service (after the start and before the end of an incident) lies
///    within that incident: it makes it longer where it ends later, and is counted apart.
/// An incident without an end is an open repair, which holds its node until the log ends; where a later incident of the
/// node shows that it came back, or where a log has no ends at all, its length is not known, and it is no repair.

#include <cstdint>
#include <vector>

#include "gigawatt/reliability/failure_fit.h"

namespace gigawatt::reliability {

struct Incidents {
  std::vector<FaultRecord> faults;  ///< by start
  std::uint64_t repeats = 0;        ///< lines that are a repeat of the one before
  std::uint64_t within = 0;         ///< lines that began while their node was out of service
  std::uint64_t open = 0;           ///< repairs that were not over
  std::uint64_t unknown = 0;        ///< incidents of unknown length
};

/// `faults` by start. `knows_ends`: an empty end is a repair that was not over. Without `merge` each line is an
/// incident of its own.
Incidents find_incidents(const std::vector<FaultRecord>& faults, bool knows_ends, bool merge,
                         double window_s);

}  // namespace gigawatt::reliability
