// What fails as a whole, with all nodes in it.
#include <algorithm>

#include "gigawatt/fleet/simulation.h"

namespace gigawatt::fleet {

void Pools::redraw_domain(std::uint32_t pool) {
  PoolState& p = state_.pools.each[pool];
  const auto& failures = model_.kinds[model_.pools[pool].kind].failures;
  if (!failures.domains()) return;
  if (parts_.clock.pending(p.domain) && p.owned.value() == p.domain_bound) return;
  parts_.clock.cancel(p.domain);
  p.domain_bound = p.owned.value();
  double delay_s = 0;
  if (model_.law != nullptr) {
    const auto drawn = drawn_by_law(pool, reliability::Population::Kind::kDomains,
                                    static_cast<double>(p.domain_bound), p.victim_stream);
    delay_s = drawn.delay_s;
    p.domain_cause = drawn.cause;
  } else {
    const double rate = failures.domain_rate(static_cast<double>(p.domain_bound));
    if (!(rate > 0)) return;
    delay_s = p.victim_stream.exponential(1 / rate);
  }
  if (delay_s > (model_.end - now()).to_seconds()) return;
  p.domain = parts_.clock.schedule(now() + base::Duration::seconds(delay_s), EventKind::kDomain, pool);
}

void Pools::on_domain(std::uint32_t pool) {
  PoolState& p = state_.pools.each[pool];
  const auto& failures = model_.kinds[model_.pools[pool].kind].failures;
  const std::uint32_t cause =
      model_.law != nullptr ? p.domain_cause
                            : failures.pick_domain(static_cast<double>(p.domain_bound), p.victim_stream);
  const reliability::FailureClass& c = failures.classes()[cause];
  ++p.failures_by_cause[cause];
  ++state_.books.month_failures;
  // Nodes of a gang stand together: who has a node in the domain has as many as fit. Nodes in repair are hit in vain.
  std::int64_t left = std::min(c.domain_nodes, p.owned.value());
  std::int64_t broken = p.down.value();
  std::int64_t taken = 0;
  std::int64_t lemons = 0;
  while (left > 0) {
    const std::int64_t free = p.idle.value() + p.elastic_nodes;
    const std::int64_t all = p.gangs.total() + free + broken;
    if (all <= 0) break;
    std::int64_t mark = static_cast<std::int64_t>(p.victim_stream.below(static_cast<std::uint64_t>(all)));
    if (mark < p.gangs.total()) {
      const std::uint32_t job = p.gangs.at(mark);
      const std::int64_t before = state_.gangs.each[job].lemons;
      const std::int64_t nodes = std::min(left, state_.gangs.each[job].nodes);
      parts_.gangs.hit_gang(job, cause, nodes);
      lemons += before - state_.gangs.each[job].lemons;
      taken += nodes;
      left -= nodes;
    } else if (mark < p.gangs.total() + free) {
      const std::int64_t nodes = std::min(left, free);
      const std::int64_t among = draw_lemons(nodes, free, p.free_lemons, p.victim_stream);
      p.free_lemons -= among;
      lemons += among;
      const std::int64_t idle = std::min(nodes, p.idle.value());
      change_idle(pool, -idle);
      take_from_serving(pool, nodes - idle, p.victim_stream);
      taken += nodes;
      left -= nodes;
    } else {
      const std::int64_t nodes = std::min(left, broken);
      broken -= nodes;
      left -= nodes;
    }
  }
  if (taken > 0) {
    change_down(pool, taken);
    parts_.board.tell(Fate{Fate::Kind::kNodesFail, pool, taken}, now());
    const double repair_s = failures.repair_s(cause, p.victim_stream);
    if (repair_s <= (model_.end - now()).to_seconds())
      parts_.clock.schedule(now() + base::Duration::seconds(c.detection_s + repair_s), EventKind::kRepair,
                            pool, repair_data(taken, lemons));
  }
  redraw_background(pool);
  redraw_domain(pool);
}

}  // namespace gigawatt::fleet
