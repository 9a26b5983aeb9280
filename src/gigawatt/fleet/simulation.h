#pragma once
/// A fleet as seven components that share one clock:
///
///   Clock   clock.h    the calendar                  Sites   sites.h    what may be drawn, and what is
///   Pools   pools.h    nodes, failures outside of gangs, repairs
///   Gangs   gangs.h    life of a training            Demand  demand.h   pools of jobs
///   Line    line.h     who waits and who may start   Books   books.h    ledgers, bills, the result
///
/// Each has one part of the state (state.h). They exchange capacity, load and fate (messages.h), and meters listen.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "gigawatt/fleet/parts.h"
#include "gigawatt/fleet/simulator.h"

namespace gigawatt::fleet {

class Simulation {
 public:
  /// `stop`: asked while arrivals are drawn, from the first on; `most_bytes` as in Options.
  Simulation(const FleetModel& model, std::optional<base::SimTime> until, std::vector<Meter*> meters = {},
             std::stop_token stop = {}, double most_bytes = kMostBytes);

  /// Runs to the end, or until the token asks to stop; false when stopped.
  bool run(const std::stop_token& stop,
           const std::function<void(base::SimTime, double, std::uint64_t)>& progress);

  /// Runs the events up to and including `time`, without closing the run.
  void run_to(base::SimTime time);

  /// After run(): balances are checked (base::InternalError when one is broken).
  FleetResult result() const { return parts_.books.result(stopped_early_); }

  const State& state() const { return state_; }
  /// Continues from a snapshot of the same model.
  void restore(State state);
  /// The policy with what it keeps in mind; restore() begins with a fresh one.
  PolicyInUse take_policy() { return parts_.line.take_policy(); }
  void adopt(PolicyInUse used) { parts_.line.adopt(std::move(used)); }

 private:
  void handle(const events::Event& event);
  base::SimTime now() const { return state_.clock.queue.now(); }

  const FleetModel& model_;
  State state_;
  Parts parts_;
  base::SimTime end_;
  bool stopped_early_ = false;
};

}  // namespace gigawatt::fleet
