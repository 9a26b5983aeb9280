#pragma once
/// The components of one simulation, by which they reach each other.
///
/// A component owns one part of the state (state.h) and is the only one to change it; others ask it through its functions,
/// or hear of changes by messages on the board (messages.h), which meters from outside may listen to. The order of the
/// members is the order of construction: whatever a constructor uses stands before it.

#include <algorithm>
#include <utility>
#include <vector>

#include "gigawatt/fleet/messages.h"
#include "gigawatt/fleet/state.h"

namespace gigawatt::fleet {

struct Parts {
  Parts(const FleetModel& model, State& state, std::vector<Meter*> meters)
      : board(std::move(meters)),
        clock(model, state, state.clock.queue, *this),
        sites(model, state, state.clock.queue, *this),
        pools(model, state, state.clock.queue, *this),
        gangs(model, state, state.clock.queue, *this),
        demand(model, state, state.clock.queue, *this),
        line(model, state, state.clock.queue, *this),
        books(model, state, state.clock.queue, *this) {}

  Board board;
  Clock clock;
  Sites sites;
  Pools pools;
  Gangs gangs;
  Demand demand;
  Line line;
  Books books;
};

// What nearly every event asks for.

inline void Sites::load(const Load& change) {
  SiteState& s = state_.sites.each[change.site];
  const base::SimTime at = now();
  s.it_milliw.add(change.delta_milliw, at);
  s.peak_it_milliw = std::max(s.peak_it_milliw, s.it_milliw.value());
  parts_.board.tell(change, at);
}

inline std::int64_t Pools::reserve(std::uint32_t pool) const {
  return state_.pools.each[pool].owned.value() * model_.pools[pool].spare_per_million / 1'000'000;
}

inline void Pools::change_idle(std::uint32_t pool, std::int64_t delta) {
  const PoolModel& m = model_.pools[pool];
  state_.pools.each[pool].idle.add(delta, now());
  parts_.sites.load({m.site, delta * model_.kinds[m.kind].idle_it_milliw, Activity::kIdle});
}

inline void Line::request_dispatch() {
  if (!state_.line.dispatch_pending) post_dispatch();
}

}  // namespace gigawatt::fleet
