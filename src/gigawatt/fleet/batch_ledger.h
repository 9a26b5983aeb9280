#pragma once
/// What the jobs of one batch did, added up as they leave, so that neither memory nor the cost of a result follows
/// their number (but for their waits, whose quantiles are asked for).

#include <array>
#include <cstdint>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/fleet/integral.h"
#include "gigawatt/fleet/model.h"
#include "gigawatt/fleet/result.h"
#include "gigawatt/fleet/tally.h"

namespace gigawatt::fleet {

struct JobState;

struct BatchLedger {
  std::int64_t running = 0;
  std::int64_t completed = 0;
  std::int64_t stopped = 0;
  base::SimTime start = base::SimTime::max();  ///< of the first
  base::SimTime end;                           ///< of the last; running ones: now
  std::int64_t span_us = 0;                    ///< sum over its jobs from start to end
  std::vector<double> waits_s;
  double stretch = 0;  ///< sum over the completed ones
  std::array<CountTime, kHourUses> node_time{};
  CountTime held = 0;
  MilliwattTime it_energy = 0;
  double facility_j = 0;
  double co2_kg = 0;
  double water_m3 = 0;
  double cost_usd = 0;
  std::int64_t slowdowns = 0;
  std::int64_t preemptions = 0;
  std::vector<bool> pools;                         ///< in which any of them ran
  std::vector<Tally<std::int64_t>> interruptions;  ///< by kind of node, then by cause
  std::vector<Tally<CountTime>> lost_to;           ///< by kind of node, then by Blame or cause

  /// A job that has started, as it stands `now`; its ledger is complete up to then.
  void add(const FleetModel& model, const JobModel& job, const GangOption& option, const JobState& state,
           base::SimTime now);
};

}  // namespace gigawatt::fleet
