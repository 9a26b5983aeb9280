#pragma once
/// How the demand of an inference pool moves within a week, around the mean of its demand points (scenario/job.h):
///
///     factor(t) = week(t) * sum over regions of share (1 + (swing - 1) cos(2 pi (hour - peak) / 24))
///
/// Its mean over a week is 1. What a pool that does not follow the hours has to hold is the largest factor of a week.
/// Days are UTC. Units: hours; factors without unit.

#include "gigawatt/base/sim_time.h"
#include "gigawatt/scenario/job.h"

namespace gigawatt::fleet {

double demand_factor(const scenario::DemandShape& shape, base::SimTime t);

/// The largest hourly factor of a week.
double peak_demand_factor(const scenario::DemandShape& shape);

/// Output tokens (or accelerators) per day that a demand point asks of this fleet.
double demanded(const scenario::Job& job, const scenario::DemandPoint& point);

}  // namespace gigawatt::fleet
