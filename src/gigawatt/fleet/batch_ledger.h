#pragma once
/// What the jobs of one batch did, added up as they leave, so that neither memory nor the cost of a result follows
/// their number.

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

/// Times from arrival to start. Of up to kExact all are kept and quantiles are exact; beyond, they are counted in classes
/// 1/64 of a factor two wide, so that a quantile is right within 0.6%.
class Waits {
 public:
  static constexpr std::size_t kExact = std::size_t{1} << 20;

  explicit Waits(std::size_t exact = kExact) : most_exact_(exact) {}
  void add(double seconds);
  std::int64_t count() const { return count_; }
  double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  /// The value at rank floor(share x (count - 1)) in ascending order; 0 where there is none.
  double quantile(double share);

 private:
  void count_in_class(double seconds);

  std::size_t most_exact_;
  std::int64_t count_ = 0;
  double sum_ = 0;
  std::vector<double> exact_;
  std::vector<std::int64_t> classes_;
};

struct BatchLedger {
  std::int64_t running = 0;
  std::int64_t completed = 0;
  std::int64_t stopped = 0;
  base::SimTime start = base::SimTime::max();  ///< of the first
  base::SimTime end;                           ///< of the last; running ones: now
  std::int64_t span_us = 0;                    ///< sum over its jobs from start to end
  Waits waits;
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
  void add(const FleetModel& model, const Member& job, const GangOption& option, const JobState& state,
           base::SimTime now);
};

}  // namespace gigawatt::fleet
