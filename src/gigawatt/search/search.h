#pragma once
/// The best plans out of all legal ones.
///
/// Exact over `space.h`: every plan is evaluated with the step model's own functions, or left out by a bound that proves
/// that it could not have been kept (`walk.h`). The values returned are those of step::evaluate to the last bit. Work
/// is dealt to a fixed number of workers whose lists are merged in a total order, so that the answer and the counts are
/// the same on any number of threads; of equal plans the first by `before` (shortlist.h) wins. Theory:
/// docs/models/search.md.

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/search/shortlist.h"
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
  bool pareto = true;       ///< keep the front of step time against memory; without it more can be left out
  bool exhaustive = false;  ///< evaluate what a bound would leave out
  std::stop_token stop;     ///< asked between tasks; what was found so far is returned, and is not the best
};

struct SearchResult {
  std::uint64_t legal = 0;        ///< plans of the space: evaluated + pruned
  std::uint64_t evaluated = 0;    ///< whose time and memory were computed
  std::uint64_t fit = 0;          ///< of the evaluated: within the memory limit
  std::uint64_t pruned = 0;       ///< which a bound left out; not known whether they fit
  std::vector<Candidate> best;    ///< by score, at most `top`
  std::vector<Candidate> pareto;  ///< step time against peak memory, fastest first
  Candidate nearest_misfit;       ///< least memory of those that do not fit (untimed)
  step::PlanError last_refusal;   ///< why nothing is legal
};

/// What is compared between plans: seconds, USD per million tokens or joules per token.
double score_of(const step::StepRequest& request, const SearchOptions& options,
                const step::TimeBreakdown& time, double seconds);

/// `request.plan` carries what is not searched (flash attention).
SearchResult search(const step::StepRequest& request, const step::Calibration& calibration,
                    const SearchOptions& options);

}  // namespace gigawatt::search
