#include "gigawatt/engine/plan_evidence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gigawatt::engine {

std::vector<PlanEvidence> plan_evidence(const analysis::Evidence& evidence, const step::StepRequest& request,
                                        const step::Calibration& calibration,
                                        const step::Capabilities& framework,
                                        const std::vector<search::Candidate>& list) {
  std::vector<PlanEvidence> out;
  for (const auto& candidate : list) {
    step::StepRequest r = request;
    r.plan = candidate.plan;
    PlanEvidence e;
    e.nearest = evidence.nearest(r);
    e.low_s = e.high_s = candidate.step_time_s;
    if (const auto result = step::evaluate(r, calibration)) {
      // A plan within a unit of distance of a measured run errs as the runs of the bands did.
      const double wider = 1 + calibration.widening.per_distance * std::max(0.0, e.nearest.distance - 1);
      e.low_s = result->step_time_s * std::pow(result->low_s / result->step_time_s, wider);
      e.high_s = result->step_time_s * std::pow(result->high_s / result->step_time_s, wider);
    }
    e.needs = step::beyond(framework, candidate.plan);
    out.push_back(std::move(e));
  }
  return out;
}

void most_certain_first(std::vector<search::Candidate>& list, std::vector<PlanEvidence>& evidence,
                        std::size_t top) {
  std::vector<std::size_t> order(list.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto worst = [&](std::size_t i) { return list[i].score * evidence[i].high_s / list[i].step_time_s; };
  for (std::size_t from = 0; from < order.size(); from += kRankedTogether) {
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end =
        order.begin() + static_cast<std::ptrdiff_t>(std::min(from + kRankedTogether, order.size()));
    std::stable_sort(begin, end, [&](auto a, auto b) { return worst(a) < worst(b); });
  }
  order.resize(std::min(top, order.size()));
  std::vector<search::Candidate> plans;
  std::vector<PlanEvidence> known;
  for (const std::size_t i : order) {
    plans.push_back(list[i]);
    known.push_back(std::move(evidence[i]));
  }
  list = std::move(plans);
  evidence = std::move(known);
}

}  // namespace gigawatt::engine
