#pragma once
/// An inference pool: a model on so many accelerators of a system under one plan or split into pools for prompts and for
/// decoding, with what it delivers, draws and costs; and the search for the best such pool.
///
/// A pool of G accelerators holds floor(G / plan) replicas, each with its share of the load. Power: an iteration of t
/// seconds is kernels for
///
///     t_k = bytes read / (reach B) + FLOPs / (reach F) <= t
///
/// at the power that the fitted law (power/accelerator.h) gives to their rates, and waiting (launches, collectives, the
/// host) for the rest; prompts draw what their own rate takes. Bytes are the weights that the batch touches (of a mixture
/// the experts that any sequence is sent to) and the cache. A law that is concave in its rates must not be asked with mean
/// rates: at eight sequences on four H100 that says 650 W where 441 are measured.
/// then the server's law; energy per output token is IT power over tokens per second. Cost: the accelerator's rental
/// price by date.
///
/// Search: all plans of powers of two (tp up to a scale-up domain, data-parallel attention and expert parallelism of
/// mixtures, also as wide as all accelerators, pp where a domain is too small), batches in a geometric ladder, and splits P:D of the replicas, under limits
/// of the time to first token and per token, of the median and of the 99th percentile. Plans that do not fit are dropped before any table is built. Ranked
/// by output tokens per second of the pool; the Pareto front is against tokens per second and user.
/// Units: SI.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/catalog/system.h"
#include "gigawatt/power/accelerator.h"
#include "gigawatt/power/node.h"
#include "gigawatt/serving/closed_form.h"
#include "gigawatt/serving/simulate.h"

namespace gigawatt::serving {

/// What every plan of one question has in common; pointers outlive it.
struct PoolSubject {
  ServedModel model;
  const catalog::System* system = nullptr;
  const catalog::Accelerator* accelerator = nullptr;
  const kernels::ChipLaws* laws = nullptr;
  kernels::Borrower borrowed;
  network::Fabric fabric;
  Engine engine;
  Formats formats;
  double heads = 1;  ///< that tp must divide
  std::int64_t accelerators = 8;
  ServingPlan asked{0, 0, 0, 0};            ///< sizes that every plan of a search must have; 0: free
  const power::PowerLaws* power = nullptr;  ///< null: no energy
  const power::PowerLaw* power_law = nullptr;
  double usd_per_accelerator_second = 0;  ///< 0: no cost
  double speculated = 0;
  double acceptance = 0;
};

/// The band of a rate: that of the engine, wider for a chip that borrows its laws.
struct RateBand {
  double low = 0, high = 0;
};
RateBand rate_band(const PoolSubject& subject, double rate);

struct PoolPlan {
  ServingPlan decode;
  std::int64_t replicas = 1;         ///< that decode (and process prompts, where the pool is not split)
  ServingPlan prompt;                ///< of a split pool
  std::int64_t prompt_replicas = 0;  ///< 0: not split
  double concurrency = 0;            ///< requests in the whole pool

  bool operator==(const PoolPlan&) const = default;

  std::int64_t accelerators() const {
    return replicas * decode.accelerators() + prompt_replicas * prompt.accelerators();
  }
};

struct PoolResult {
  PoolPlan plan;
  ServingEstimate estimate;  ///< rates and batch of the whole pool
  double tokens_per_s_per_accelerator = 0;
  double tokens_per_s_per_user = 0;
  double weight_bytes = 0;  ///< on one accelerator
  double cache_bytes = 0;   ///< in use, whole pool
  double cache_room_bytes = 0;
  double accelerator_w = 0;  ///< mean, each
  double it_w = 0;           ///< of the pool, servers and network
  double energy_j_per_token = 0;
  double usd_per_million_tokens = 0;
  double low = 0;  ///< 80% band of tokens per second and accelerator
  double high = 0;
};

/// Of the median request and of the slowest in a hundred; 0: none.
struct PoolLimits {
  double ttft_s = 0;
  double tpot_s = 0;
  double ttft_p99_s = 0;
  double tpot_p99_s = 0;
};

/// One plan under one load (of the whole pool). The refusal says why not.
tl::expected<PoolResult, ServingNo> evaluate_pool(const PoolSubject& subject, const PoolPlan& plan,
                                                  const ServingLoad& load);

/// A replica of the subject with a plan; it points into the subject.
Deployment deployment(const PoolSubject& subject, const ServingPlan& plan);

/// Bandwidth at which a prompt's cache leaves its pool: inside a domain the scale-up links, else one card an accelerator.
double transfer_bandwidth(const PoolSubject& subject, const PoolPlan& plan);

struct PoolSearch {
  std::int64_t evaluated = 0;    ///< plans and batches
  std::int64_t plans = 0;        ///< that fit
  std::vector<PoolResult> best;  ///< within the limits, most tokens per second of the pool first
  std::vector<PoolResult>
      pareto;  ///< of all that fit: tokens/s/accelerator against tokens/s/user, ascending by user
  std::optional<PoolResult> nearest;  ///< where nothing meets the limits: the least excess
};

/// At the load's rate or concurrency where one is given; else the concurrency is the search's to choose, from one request a
/// replica to as many as fit. `split`: also separate pools.
PoolSearch search_pool(const PoolSubject& subject, const ServingLoad& load, const PoolLimits& limits,
                       bool split, std::size_t keep);

/// Legal plans of the subject with the sizes that are asked for, ascending by size.
std::vector<ServingPlan> legal_plans(const PoolSubject& subject);

}  // namespace gigawatt::serving
