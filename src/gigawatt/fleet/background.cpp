// Failures of nodes that are in no gang, and repairs.
#include <algorithm>
#include <cmath>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {
namespace {

// A drawn failure stays valid while its population only shrinks (it is thinned when it fires); below this share
// of it, drawing anew saves empty events.
constexpr double kRedrawBelow = 0.9;

}  // namespace

reliability::FailureModel::Failure Simulation::next_failure(std::uint32_t pool, double nodes, double jobs,
                                                            random::Stream& stream) const {
  const PoolState& p = state_.pools[pool];
  const auto& failures = model_.kinds[model_.pools[pool].kind].failures;
  if (p.batches.empty()) {
    const reliability::Cohort all{nodes, 0};
    return failures.next({&all, 1}, jobs, stream);
  }
  // Any node of the pool may be among them: the ages mix as in the whole pool.
  std::vector<reliability::Cohort> mix;
  const double share = nodes / static_cast<double>(p.owned.value());
  for (const Batch& batch : p.batches)
    mix.push_back({static_cast<double>(batch.nodes) * share, (now() - batch.installed).to_seconds()});
  return failures.next(mix, jobs, stream);
}

void Simulation::redraw_background(std::uint32_t pool) {
  PoolState& p = state_.pools[pool];
  const auto population = static_cast<double>(p.idle.value() + p.elastic_nodes);
  const auto bound = static_cast<double>(p.owned.value() - p.gang_nodes);
  if (state_.queue.pending(p.background) && population <= p.background_bound &&
      bound >= kRedrawBelow * p.background_bound)
    return;
  state_.queue.cancel(p.background);
  p.background_bound = bound;
  if (bound <= 0) return;
  const auto failure = next_failure(pool, bound, 0, p.failure_stream);
  const double left_s = (model_.end - now()).to_seconds();
  if (failure.delay_s > left_s) return;
  p.background_cause = failure.cause;
  p.background = schedule(now() + base::Duration::seconds(failure.delay_s), EventKind::kBackground, pool);
}

void Simulation::on_background(std::uint32_t pool) {
  PoolState& p = state_.pools[pool];
  const std::int64_t population = p.idle.value() + p.elastic_nodes;
  const bool hits = p.failure_stream.uniform() * p.background_bound < static_cast<double>(population);
  if (hits) {
    ++p.failures_by_cause[p.background_cause];
    ++state_.month_failures;
    if (p.idle.value() > 0) {
      // Where the victim served a pool of jobs, an idle node takes its place.
      change_idle(pool, -1);
    } else {
      std::int64_t mark =
          static_cast<std::int64_t>(p.failure_stream.below(static_cast<std::uint64_t>(p.elastic_nodes)));
      for (const std::uint32_t j : state_.serving) {
        if (mark < 0) break;
        for (std::size_t o = 0; o < model_.jobs[j].elastic.size(); ++o) {
          const ElasticOption& option = model_.jobs[j].elastic[o];
          if (option.pool != pool || mark < 0) continue;
          mark -= state_.elastic[j].nodes[o].value();
          if (mark >= 0) continue;
          state_.elastic[j].nodes[o].add(-1, now());
          state_.elastic[j].held -= unit_value(j, o);
          --p.elastic_nodes;
          set_load(model_.pools[pool].site, -option.it_milliw);
        }
      }
    }
    send_to_repair(pool, p.background_cause, base::Duration{0}, p.repair_stream);
  }
  redraw_background(pool);
}

void Simulation::send_to_repair(std::uint32_t pool, std::uint32_t cause, base::Duration after,
                                random::Stream& stream) {
  change_down(pool, 1);
  const double repair_s = model_.kinds[model_.pools[pool].kind].failures.repair_s(cause, stream);
  const double left_s = (model_.end - now()).to_seconds();
  if (after.to_seconds() + repair_s > left_s) return;  // not within the run
  schedule(now() + after + base::Duration::seconds(repair_s), EventKind::kRepair, pool);
}

void Simulation::on_repair(std::uint32_t pool) {
  change_down(pool, -1);
  node_free(pool, 1);
  feed_elastic(pool);
  redraw_background(pool);
}

}  // namespace gigawatt::fleet
