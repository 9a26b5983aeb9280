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
/// What a request takes on the host before it reaches the engine is uniform around its mean, from half of it to one and a
/// half: without, requests of equal length that start together would stay together for ever. With drafted tokens the number
/// of iterations of an answer is normal with the variance that independent acceptances give.
///
/// An endless closed loop begins as one that has run for long: the first answers have a uniform share of their tokens left.
/// A run that drains (a benchmark's) starts with all of its requests at once, which keep together where lengths are equal.
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
  double cached = 0;  ///< share of the prompt that the prefix cache holds
};

struct SimulationOptions {
  std::int64_t requests = 2000;  ///< to complete
  std::uint64_t seed = 1;
  double spread = 0;  ///< lengths are uniform within this share of their means
  bool drains =
      false;  ///< a closed loop sends no more than `requests` and ends empty, as a benchmark's client does
  double host_spread = 0.5;  ///< of a request's time on the host around its mean
  double poll = 1;           ///< iterations between looks at the line (SGLang's scheduler-recv-interval)
  double gather = 0;  ///< iterations that prompts wait for one in each group of data-parallel attention
  double wait = 0;    ///< iterations that prompts wait for more of them while others decode (TensorRT-LLM)
  double wait_share = 0;        ///< of an iteration's budget, at which they wait no longer
  double sequences = 0;         ///< in one iteration of a group at most; 0: the engine's
  double iteration_tokens = 0;  ///< prompt tokens of one iteration of a group; 0: the engine's
  double warm_share = 0.3;      ///< of the requests, left out of the statistics
  double block = 16;            ///< tokens of a cache block
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

/// Median, 99th percentile and mean; reorders the values.
Percentiles percentiles(std::vector<double>& values);

/// A closed loop of `load.concurrency` requests, or Poisson arrivals at `load.rate`. The load is one that `estimate` does
/// not refuse for its size.
Simulated simulate(const IterationModel& model, const ServingLoad& load, const SimulationOptions& options);

/// Requests as a trace gives them, ascending by arrival.
Simulated simulate(const IterationModel& model, const std::vector<ServingRequest>& trace,
                   const SimulationOptions& options);

}  // namespace gigawatt::serving
