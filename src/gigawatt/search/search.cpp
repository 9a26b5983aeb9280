#include "gigawatt/search/search.h"

#include <algorithm>

#include "gigawatt/base/parallel.h"
#include "gigawatt/search/refusal.h"
#include "gigawatt/search/walk.h"

namespace gigawatt::search {
namespace {

/// Tasks between two exchanges of what was found. Always the same, whatever the number of threads: which plans a bound
/// leaves out depends on who met what before.
constexpr std::size_t kRound = 64;

struct Found {
  Shortlist shortlist;
  Counts counts;
};

Found walk_all(const step::StepFrame& frame, const Space& space, const SearchOptions& options,
               const Shortlist& known) {
  const auto& tasks = space.tasks();
  Found total{known, {}};
  std::vector<Found> parts(std::min(kRound, tasks.size()), Found{Shortlist(options.top, options.pareto), {}});
  // Neighbors are much alike: a round takes its tasks from all over the space. Where nothing is left out there is
  // nothing to exchange.
  const std::size_t rounds = options.exhaustive ? 1 : (tasks.size() + kRound - 1) / kRound;
  for (std::size_t round = 0; round < rounds; ++round) {
    base::parallel_for(parts.size(), [&](std::size_t w) {
      Walk walk(frame, space, options);
      walk.start_from(total.shortlist);
      for (std::size_t i = round + w * rounds; i < tasks.size(); i += kRound * rounds)
        if (!options.stop.stop_requested()) walk.task(tasks[i]);
      parts[w] = {walk.shortlist(), walk.counts()};
    });
    for (const Found& part : parts) {
      total.shortlist.merge(part.shortlist);
      total.counts += part.counts;
    }
  }
  return total;
}

/// The kept plans as the step model itself values them.
std::vector<Candidate> valued(const step::StepRequest& request, const step::Calibration& calibration,
                              std::vector<Candidate> list) {
  for (Candidate& c : list) {
    step::StepRequest r = request;
    r.plan = c.plan;
    if (const auto result = step::evaluate(r, calibration)) c.mfu = result->mfu;
  }
  return list;
}

}  // namespace

SearchResult search(const step::StepRequest& request, const step::Calibration& calibration,
                    const SearchOptions& options) {
  SearchResult out;
  if (const auto bad = bad_arguments(request)) {
    out.last_refusal = *bad;
    return out;
  }
  const auto* chip = calibration.find(*request.accelerator);
  if (chip == nullptr) {
    out.last_refusal = {step::PlanErrorCode::kBadArgument, "the calibration holds no chip",
                        "load data/calibration"};
    return out;
  }
  const Space space(request, options.constraints);
  if (space.tasks().empty()) {
    out.last_refusal = why_nothing_is_legal(request, options.constraints);
    return out;
  }
  const step::StepFrame frame(request, *chip, calibration.shared);
  Shortlist known(options.top, options.pareto);
  if (!options.exhaustive) {
    // What the plainest plans of each task reach lets the walk leave out most of the others.
    const Space plain(request, options.constraints, true);
    known = walk_all(frame, plain, options, known).shortlist;
  }
  const Found found = walk_all(frame, space, options, known);
  out.evaluated = found.counts.evaluated;
  out.fit = found.counts.fit;
  out.pruned = found.counts.pruned;
  out.legal = out.evaluated + out.pruned;
  out.best = valued(request, calibration, found.shortlist.best());
  out.pareto = valued(request, calibration, found.shortlist.front());
  out.nearest_misfit = found.shortlist.misfit();
  if (out.legal == 0) out.last_refusal = why_nothing_is_legal(request, options.constraints);
  return out;
}

}  // namespace gigawatt::search
