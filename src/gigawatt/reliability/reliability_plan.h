#pragma once
/// Closed forms for the plan of one job: where its checkpoint interval is best, and how many spare nodes it needs.

#include <cstdint>

#include "gigawatt/reliability/goodput.h"

namespace gigawatt::reliability {

/// The interval between `shortest_s` and `longest_s` with the highest ettr_renewal() for this stall and lag; golden
/// section on its logarithm (the ratio has one maximum: more checkpoints cost stalls, fewer cost repeated work).
double best_interval_s(double rate_per_s, double stall_s, double lag_s, const RecoveryCosts& recovery,
                       double shortest_s, double longest_s);

/// Chance that more than `spares` nodes are out of service at one time. Nodes fail at `node_rate_per_s` together and
/// come back after `repair_mean_s` in the mean; while repairs do not wait for each other, the number in repair is
/// Poisson whatever the law of the repair time (the queue M/G/infinity; Palm 1943).
double shortage(double node_rate_per_s, double repair_mean_s, std::int64_t spares);

/// The least number of spares with a shortage() of at most `accepted`.
std::int64_t spares_needed(double node_rate_per_s, double repair_mean_s, double accepted);

}  // namespace gigawatt::reliability
