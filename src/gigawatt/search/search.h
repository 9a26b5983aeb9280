#pragma once
/// The best plans out of all legal ones.
///
/// Exhaustive over `space.h`: every candidate is checked, its memory evaluated in closed form, and what fits timed
/// and compared; nothing is sampled. Meshes are evaluated in parallel, their results merged in mesh order, so the answer is the same on
/// any thread count; of equal plans the first in enumeration order wins.

#include <cstdint>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/search/space.h"

namespace gigawatt::search {

enum class Objective : std::uint8_t { kTime, kCost, kEnergy };

/// Rates that turn a step's time into money or energy per token. Energy counts the accelerators' share of
/// IT energy: idle draw all the time, the rest in proportion to the busy (non-communication) time.
struct Rates {
  double usd_per_gpu_hour = 0;
  double busy_w = 0;
  double idle_w = 0;
};

struct SearchOptions {
  Objective objective = Objective::kTime;
  Constraints constraints;
  Rates rates;
  std::size_t top = 5;
  /// Without the front, a plan that fits is not tried with recompute as well: that only costs time. `legal` and
  /// `fit` then leave such plans out.
  bool pareto = true;
};

struct Candidate {
  step::ParallelPlan plan;
  double step_time_s = 0;
  double mfu = 0;
  double peak_memory_bytes = 0;
  double score = 0;  ///< seconds, USD per million tokens or joules per token; smaller is better
};

struct SearchResult {
  std::uint64_t evaluated = 0;  ///< candidates whose legality was decided
  std::uint64_t legal = 0;
  std::uint64_t fit = 0;          ///< legal and within the memory limit
  std::vector<Candidate> best;    ///< by score, at most `top`
  std::vector<Candidate> pareto;  ///< step time against peak memory, fastest first
  Candidate nearest_misfit;       ///< least memory of those that do not fit (untimed), when nothing fits
  step::PlanError last_refusal;   ///< an example reason, when nothing is legal
};

/// `request.plan` carries what is not searched (flash attention, graphs, precision).
SearchResult search(const step::StepRequest& request, const step::Calibration& calibration,
                    const SearchOptions& options);

}  // namespace gigawatt::search
