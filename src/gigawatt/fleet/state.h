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

inline const JobModel& Component::job_model(std::uint32_t job) const {
  if (job < model_.jobs.size()) return model_.jobs[job];
  const Member& member = state_.line.members[job];
  return model_.batches[member.batch].by_size[member.size];
}

inline const GangOption& Gangs::option_of(std::uint32_t job) const {
  return job_model(job).options()[state_of(job).option];
}

inline const GangState& Gangs::state_of(std::uint32_t job) const { return state_.gangs.each[job]; }

}  // namespace gigawatt::fleet
