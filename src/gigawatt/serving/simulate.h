#pragma once
/// A replica of a serving engine, iteration by iteration, with continuous batching.
///
/// Requests wait in one line. Before each iteration the engine admits them while slots and cache blocks last; their
/// prompts share the iteration's token budget in order of arrival, beside the sequences that decode. A sequence takes one
/// block of cache for `block` tokens; when blocks run out, the youngest sequence is preempted: it returns to the head of
/// the line and its tokens are computed again. In a closed loop a finished request is followed by the next.
///
/// Nothing is done per token: iterations without prompts, arrivals, ends and preemptions in between are one jump, whose
/// length follows from the counter of iterations at which the next sequence ends (a heap), the free cache, and the next
/// arrival; its time is that of the mean context. A request costs a handful of events, about 5 us.
///
/// Deterministic: the same seed gives the same result. Units: seconds, tokens.

#include <cstdint>
#include <vector>

#include "gigawatt/serving/closed_form.h"

namespace gigawatt::serving {

struct ServingRequest {
  double arrival_s = 0;
  double input = 0;
  double output = 0;
};

struct SimulationOptions {
  std::int64_t requests = 2000;  ///< to complete
  std::uint64_t seed = 1;
  double spread = 0;        ///< lengths are uniform within this share of their means
  double warm_share = 0.3;  ///< of the requests, left out of the statistics
  double block = 16;        ///< tokens of a cache block
};

struct Simulated {
  std::int64_t requests = 0;  ///< completed
  std::int64_t events = 0;
  std::int64_t preemptions = 0;
  double seconds = 0;  ///< simulated, after the warm-up
  double output_tokens_per_s = 0;
  double batch = 0;  ///< mean number of decoding sequences over time
  Percentiles ttft;
  Percentiles tpot;
};

/// A closed loop of `load.concurrency` requests, or Poisson arrivals at `load.rate`. The load is one that `estimate` does
/// not refuse for its size.
Simulated simulate(const IterationModel& model, const ServingLoad& load, const SimulationOptions& options);

/// Requests as a trace gives them, ascending by arrival.
Simulated simulate(const IterationModel& model, const std::vector<ServingRequest>& trace,
                   const SimulationOptions& options);

}  // namespace gigawatt::serving
