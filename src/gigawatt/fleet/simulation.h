#pragma once
/// The events of a fleet and what they do. Split over several files by subject:
///   simulation.cpp  the loop          capacity.cpp    build-out, deliveries, power
///   training.cpp    life of a gang    scheduling.cpp  who runs where
///   background.cpp  failures outside of gangs, repairs       accounting.cpp  month ends and bills
///
/// A training alternates between productive phases, in which checkpoints are closed forms (no event per step or
/// checkpoint), and what a failure brings: a hang until it is noticed, the wait for a node where no spare is free,
/// the restart. Its next failure is one draw from the superposed process of its nodes. All other nodes of a pool
/// have one pending failure together; whom it hits is decided when it fires.

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "gigawatt/fleet/model.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/fleet/state.h"

namespace gigawatt::fleet {

enum class EventKind : std::uint16_t {
  kMonthEnd,
  kPlan,
  kRepair,
  kGang,
  kBackground,
  kReady,
  kDemand,
  kDispatch
};

class Simulation {
 public:
  Simulation(const FleetModel& model, std::optional<base::SimTime> until);

  /// Runs to the end, or until the token asks to stop; false when stopped.
  bool run(const std::stop_token& stop, const std::function<void(base::SimTime, double)>& progress);

  /// Runs the events up to and including `time`, without closing the run.
  void run_to(base::SimTime time);

  /// After run(): balances are checked (base::InternalError when one is broken).
  FleetResult result() const;

  const State& state() const { return state_; }
  /// Continues from a snapshot of the same model.
  void restore(State state) { state_ = std::move(state); }

 private:
  // simulation.cpp
  void schedule_start();
  void handle(const events::Event& event);
  events::Handle schedule(base::SimTime time, EventKind kind, std::uint32_t entity, std::int64_t data = 0);
  base::SimTime now() const { return state_.queue.now(); }

  // capacity.cpp
  void on_plan(const PlanItem& item);
  void install(std::uint32_t site);
  void retire(std::uint32_t pool, std::int64_t nodes);
  void shed(std::uint32_t site);
  double it_limit_w(std::uint32_t site) const;
  double energised_facility_w(std::uint32_t site) const;
  void take_out(std::uint32_t pool, std::int64_t nodes);  ///< idle nodes leave the pool
  void settle(std::uint32_t site);                        ///< facility energy up to now
  void set_load(std::uint32_t site, std::int64_t delta_milliw);
  void change_idle(std::uint32_t pool, std::int64_t delta);
  void change_down(std::uint32_t pool, std::int64_t delta);

  // scheduling.cpp
  void request_dispatch();
  void dispatch();
  void dispatch_gangs();
  bool goes_before(std::uint32_t a, std::uint32_t b) const;
  std::int64_t reserve(std::uint32_t pool) const;
  std::int64_t available(std::uint32_t pool, const JobModel& job) const;
  bool yields_to(std::uint32_t elastic, const JobModel& gang) const;
  const GangOption* best_option(std::uint32_t job, const std::vector<char>& closed) const;
  void yield_nodes(std::uint32_t pool, std::int64_t wanted, const JobModel& gang);
  bool backfills(const GangOption& option) const;
  void reserve_for(std::uint32_t job, std::vector<char>& closed);
  void make_ready(std::uint32_t job);
  void prerequisite_met(std::uint32_t job, base::SimTime when);
  void on_ready(std::uint32_t job);
  void on_demand(std::uint32_t job);
  void adjust_elastic(std::uint32_t job);
  void change_elastic(std::uint32_t job, std::size_t option, std::int64_t delta);
  double unit_value(std::uint32_t job,
                    std::size_t option) const;  ///< what one node adds, as demand is measured
  double demand_now(std::uint32_t job) const;
  void feed_elastic(std::uint32_t pool);  ///< one idle node to a pool of jobs that is short
  void node_free(std::uint32_t pool, std::int64_t nodes);

  // training.cpp
  void start_gang(std::uint32_t job, const GangOption& option);
  void on_gang(std::uint32_t job);
  void enter(std::uint32_t job, GangPhase phase);
  void begin_restart(std::uint32_t job);
  void begin_productive(std::uint32_t job);
  void interrupt(std::uint32_t job);
  void noticed(std::uint32_t job);
  void complete(std::uint32_t job);
  void give_up(std::uint32_t job);
  void release_gang(std::uint32_t job);
  void schedule_gang(std::uint32_t job, std::int64_t phase_us);
  void account_gang(std::uint32_t job);
  std::int64_t gang_power(std::uint32_t job) const;
  void place_in_pods(std::uint32_t job);
  const GangOption& option_of(std::uint32_t job) const {
    return model_.jobs[job].gangs[state_.gangs[job].option];
  }

  // background.cpp
  reliability::FailureModel::Failure next_failure(std::uint32_t pool, double nodes, double jobs,
                                                  random::Stream& stream) const;
  void redraw_background(std::uint32_t pool);
  void on_background(std::uint32_t pool);
  void on_repair(std::uint32_t pool);
  void send_to_repair(std::uint32_t pool, std::uint32_t cause, base::Duration after, random::Stream& stream);

  // result.cpp
  void fill_job(std::uint32_t job, JobResult& result) const;
  std::string waiting_reason(std::uint32_t job) const;
  void fill_fleet(FleetResult& result) const;
  void check_balances(FleetResult& result) const;

  // accounting.cpp
  void close_month();
  void account_all();
  void account_elastic(std::uint32_t job);
  void bill_jobs();
  void record_month();
  double month_seconds() const;

  /// EASY backfill, during one dispatch: by when the blocked head of a pool's line gets its nodes, and how many
  /// nodes are left over then.
  struct Shadow {
    base::SimTime time = base::SimTime::max();
    std::int64_t extra = 0;
    bool active = false;
  };

  const FleetModel& model_;
  State state_;
  std::vector<Shadow> shadows_;
  std::vector<std::vector<std::uint32_t>>
      dependants_;                                     ///< by job: those that wait for its end, once per wait
  std::vector<std::vector<std::uint32_t>> followers_;  ///< by job: those that wait for its start
  base::SimTime end_;
  bool stopped_early_ = false;
};

}  // namespace gigawatt::fleet
