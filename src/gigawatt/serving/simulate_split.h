#pragma once
/// A split pool: replicas that compute prompts, replicas that decode, requests that move between them.
///
/// Prompts wait in one line. A free prompt replica takes as many as its token budget holds (of data-parallel attention one
/// budget a group) and is busy for their time; a prompt longer than the budget goes through in chunks. Its cache then moves
/// at `transfer_bandwidth` and the request joins the decoding replicas if a slot is free, else it waits for one. Decoding is
/// processor sharing: with B sequences on D replicas every sequence gains one iteration per d(B/D) seconds, so that ends
/// are known on a clock that counts iterations.
///
/// The first token arrives with the first iteration after the move. Of a trace a prompt's time and its cache are in
/// proportion to its tokens to compute and its length (those of the mean prompt are modeled). Units: seconds, tokens.

#include "gigawatt/serving/simulate.h"

namespace gigawatt::serving {

/// The part of a pool that a request passes first, and the way to the second.
struct SplitPool {
  const IterationModel* prompt = nullptr;
  double prompts = 1;  ///< replicas
  const IterationModel* decode = nullptr;
  double decoders = 1;
  double transfer_bandwidth = 0;  ///< bytes per second and request
};

/// A closed loop of `load.concurrency` requests over the whole pool, or Poisson arrivals at `load.rate`. Deterministic for a
/// seed.
Simulated simulate_split(const SplitPool& pool, const ServingLoad& load, const SimulationOptions& options);

/// Requests as a trace gives them, ascending by arrival; `mean` has their mean lengths.
Simulated simulate_split(const SplitPool& pool, const std::vector<ServingRequest>& trace,
                         const ServingLoad& mean, const SimulationOptions& options);

}  // namespace gigawatt::serving
