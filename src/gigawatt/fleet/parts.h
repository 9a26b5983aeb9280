#pragma once
/// The components of one simulation, by which they reach each other.

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

}  // namespace gigawatt::fleet
