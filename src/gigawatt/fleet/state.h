#pragma once
/// Everything that changes during a fleet simulation, one part for each component. A copy of it (with the same model) is
/// a snapshot: the run continues from it to the same bytes.

#include "gigawatt/fleet/books.h"
#include "gigawatt/fleet/clock.h"
#include "gigawatt/fleet/demand.h"
#include "gigawatt/fleet/gangs.h"
#include "gigawatt/fleet/line.h"
#include "gigawatt/fleet/pools.h"
#include "gigawatt/fleet/sites.h"

namespace gigawatt::fleet {

struct State {
  ClockState clock;
  SitesState sites;
  PoolsState pools;
  GangsState gangs;
  DemandState demand;
  LineState line;
  BooksState books;
};

inline const GangState& Gangs::state_of(std::uint32_t job) const { return state_.gangs.each[job]; }

}  // namespace gigawatt::fleet
