#pragma once
/// The events of a fleet and what they do. Split over several files by subject:
///   simulation.cpp  the loop          capacity.cpp    build-out, deliveries, power
///   training.cpp    life of a gang    dispatch.cpp    which gangs run where, as the policy says
///   preemption.cpp  gangs that have to stop for others        elastic.cpp     pools of jobs and their demand
///   interruption.cpp  what stops a gang    gang_ledger.cpp  its hours, progress and checkpoints
///   background.cpp  failures outside of gangs, repairs       domains.cpp     what fails as a whole, grid calls
///   accounting.cpp  month ends and bills
///
/// A training alternates between productive phases, in which checkpoints are closed forms (no event per step or
/// checkpoint), and what a failure brings: a hang until it is noticed, the wait for a node where no spare is free,
/// the restart. Its next failure is one draw from the superposed process of its nodes. All other nodes of a pool
/// have one pending failure together; whom it hits is decided when it fires.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "gigawatt/fleet/model.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/fleet/state.h"
#include "gigawatt/scheduling/policies.h"

namespace gigawatt::fleet {

enum class EventKind : std::uint16_t {
  kMonthEnd,
  kPlan,
  kRepair,
  kGang,
  kBackground,
  kReady,
  kDemand,
  kDispatch,
  kDomain  ///< a whole domain fails
};

class Simulation {
 public:
  Simulation(const FleetModel& model, std::optional<base::SimTime> until);

  /// Runs to the end, or until the token asks to stop; false when stopped.
  bool run(const std::stop_token& stop,
           const std::function<void(base::SimTime, double, std::uint64_t)>& progress);

  /// Runs the events up to and including `time`, without closing the run.
  void run_to(base::SimTime time);

  /// After run(): balances are checked (base::InternalError when one is broken).
  FleetResult result() const;

  const State& state() const { return state_; }
  /// Continues from a snapshot of the same model.
  void restore(State state);
  /// The policy with what it keeps in mind; restore() begins with a fresh one.
  std::unique_ptr<scheduling::Policy> take_policy() { return std::move(policy_); }
  void adopt(std::unique_ptr<scheduling::Policy> policy) { policy_ = std::move(policy); }

 private:
  // simulation.cpp
  void schedule_start();
  void add_job(std::uint32_t job);
  void next_arrival();             ///< of a batch's job
  void depart(std::uint32_t job);  ///< a batch's job is over and its months are closed
  void handle(const events::Event& event);
  events::Handle schedule(base::SimTime time, EventKind kind, std::uint32_t entity, std::int64_t data = 0);
  base::SimTime now() const { return state_.queue.now(); }

  // capacity.cpp
  void on_plan(const PlanItem& item);
  void install(std::uint32_t site);
  void retire(std::uint32_t pool, std::int64_t nodes);
  void shed(std::uint32_t site);
  double it_limit_w(std::uint32_t site) const;
  double energized_facility_w(std::uint32_t site) const;
  void take_out(std::uint32_t pool, std::int64_t nodes);  ///< idle nodes leave the pool
  void join(std::uint32_t pool, std::int64_t nodes);      ///< lemons and ages of nodes that come
  void leave(std::uint32_t pool, std::int64_t nodes);     ///< and of nodes that go
  void settle(std::uint32_t site);                        ///< facility energy up to now
  void set_load(std::uint32_t site, std::int64_t delta_milliw);
  void change_idle(std::uint32_t pool, std::int64_t delta);
  void change_down(std::uint32_t pool, std::int64_t delta);

  // dispatch.cpp
  void request_dispatch();
  void dispatch();
  void dispatch_gangs();
  void make_ready(std::uint32_t job);
  void prerequisite_met(std::uint32_t job, base::SimTime when);
  void on_ready(std::uint32_t job);
  void enqueue(std::uint32_t job);
  std::uint32_t option_index(std::uint32_t job, std::uint32_t shown) const;  ///< of the policy's option
  bool shows(std::uint32_t job, std::uint32_t option) const;                 ///< to the policy
  std::int64_t added_it_milliw(const GangOption& option) const;              ///< its nodes at work, over idle
  std::int64_t estimate_us(std::uint32_t job, const GangOption& option) const;  ///< of what is left
  void show_capacity();
  void add_yielding(const scheduling::Yielding& one);
  std::int64_t claimed(std::uint32_t pool) const;  ///< idle nodes that are kept for claims
  void fade_usage();
  std::span<const double> show_usage();
  bool has_power_cap() const { return model_.it_power_cap_w < std::numeric_limits<double>::infinity(); }
  double committed_it_w() const;  ///< with every gang at work
  bool try_start(std::uint32_t job, const GangOption& option);
  void note_wait(std::uint32_t job, Overtaken& overtaken) const;
  void running_begins(std::uint32_t job);
  void running_ends(std::uint32_t job);
  std::int64_t reserve(std::uint32_t pool) const;
  std::int64_t available(std::uint32_t pool, const JobModel& job) const;
  bool yields_to(std::uint32_t elastic, const JobModel& gang) const;
  void yield_nodes(std::uint32_t pool, std::int64_t wanted, const JobModel& gang);
  std::string job_name(std::uint32_t job) const;

  // preemption.cpp
  void preempt(std::uint32_t job);
  void saved(std::uint32_t job);
  void back_into_line(std::uint32_t job);
  void serve_claims();

  // elastic.cpp
  void on_demand(std::uint32_t job);
  void adjust_elastic(std::uint32_t job);
  std::int64_t power_room(const ElasticOption& option) const;  ///< nodes that the cap lets it take
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
  void complete(std::uint32_t job);
  void give_nodes_back(std::uint32_t job);
  void give_up(std::uint32_t job);
  void release_gang(std::uint32_t job);
  void schedule_gang(std::uint32_t job, std::int64_t phase_us);
  void place_in_pods(std::uint32_t job);

  // interruption.cpp
  void interrupt(std::uint32_t job, std::uint32_t cause);
  void noticed(std::uint32_t job);
  void lose_nodes(std::uint32_t job, std::int64_t nodes, std::int64_t lemons);
  bool take_idle_nodes(std::uint32_t job);  ///< true: the gang is whole
  bool gives_up(std::uint32_t job) const;
  void slow_down(std::uint32_t job, std::uint32_t cause);
  void pause(std::uint32_t job, base::SimTime until);
  void resume(std::uint32_t job);
  bool can_shrink(std::uint32_t job) const;
  void regrow(std::uint32_t pool);  ///< gives idle nodes to elastic gangs that miss some
  const reliability::FailureClass& class_of(std::uint32_t job, std::uint32_t cause) const;
  const reliability::FailureClass& cause_of(std::uint32_t job) const {
    return class_of(job, state_.gangs[job].cause);
  }

  // gang_ledger.cpp
  void account_gang(std::uint32_t job);
  std::int64_t gang_power(std::uint32_t job) const;
  std::int64_t productive_elapsed(std::uint32_t job) const;
  std::int64_t done_us(std::uint32_t job) const;  ///< useful work so far, saved or not
  void settle_checkpoints(std::uint32_t job);     ///< what each tier holds when the productive phase ends now
  void roll_back(std::uint32_t job, Tier tier, std::int64_t done);
  Tier best_tier(std::uint32_t job) const;  ///< to restore from
  /// Speed of a student that reads its teacher's own passes, of its full one: no faster than they come.
  double teacher_pace(std::uint32_t job) const;
  void teacher_done(std::uint32_t student);  ///< goes on at its own pace
  void size_up(std::uint32_t job);           ///< replicas, active nodes and speed for the nodes present

  // domains.cpp
  void redraw_domain(std::uint32_t pool);
  void on_domain(std::uint32_t pool);
  void hit_gang(std::uint32_t job, std::uint32_t cause, std::int64_t nodes);
  void grid_call(const PlanItem& item);
  const GangOption& option_of(std::uint32_t job) const {
    return model_.jobs[job].options()[state_.gangs[job].option];
  }

  // background.cpp
  /// `effective`: ordinary nodes that fail as often as the `nodes` do. Never, where later than the horizon.
  reliability::FailureModel::Failure next_failure(std::uint32_t pool, double nodes, double effective,
                                                  double jobs, random::Stream& stream,
                                                  double horizon_s) const;
  void redraw_background(std::uint32_t pool);
  void on_background(std::uint32_t pool);
  void take_from_serving(std::uint32_t pool, std::int64_t nodes, random::Stream& stream);
  // Nodes and lemons among them that come back together, in an event's number.
  static constexpr int kRepairBits = 31;
  static constexpr std::int64_t kRepairMask = (std::int64_t{1} << kRepairBits) - 1;
  static constexpr std::int64_t repair_data(std::int64_t nodes, std::int64_t lemons) {
    return lemons << kRepairBits | nodes;
  }
  void on_repair(std::uint32_t pool, std::int64_t data);
  void send_to_repair(std::uint32_t pool, std::uint32_t cause, bool lemon, base::Duration after,
                      random::Stream& stream);
  const Frailty& frailty(std::uint32_t pool) const { return model_.kinds[model_.pools[pool].kind].frailty; }

  // result.cpp
  void fill_job(std::uint32_t job, JobResult& result) const;
  void fill_batches(FleetResult& result) const;  ///< adds the jobs of batches up
  std::string waiting_reason(std::uint32_t job) const;
  void fill_fleet(FleetResult& result) const;
  void warn(FleetResult& result) const;
  void check_balances(FleetResult& result) const;

  // accounting.cpp
  void close_month();
  void account_all();
  void account_elastic(std::uint32_t job);
  void bill_jobs();
  void record_month();
  double month_seconds() const;

  const FleetModel& model_;
  State state_;
  scheduling::PolicySpec spec_;
  std::unique_ptr<scheduling::Policy> policy_;
  // What the policy is shown; follows from the state.
  scheduling::Queue line_;
  scheduling::RunningSet running_;
  scheduling::Capacity capacity_;
  std::vector<scheduling::Yielding> yielding_;
  std::vector<double> usage_shown_;
  std::vector<scheduling::Option> options_shown_;
  scheduling::Decision decision_;
  std::vector<std::pair<std::uint32_t, const GangOption*>> starting_;
  std::vector<std::uint32_t> by_priority_;                         ///< pools of jobs
  std::vector<std::pair<base::SimTime, std::uint32_t>> arrivals_;  ///< jobs of batches by their arrival
  std::vector<std::vector<std::uint32_t>>
      dependants_;                                     ///< by job: those that wait for its end, once per wait
  std::vector<std::vector<std::uint32_t>> followers_;  ///< by job: those that wait for its start
  std::vector<reliability::BurstPath> bursts_;         ///< by pool
  base::SimTime end_;
  bool stopped_early_ = false;
};

}  // namespace gigawatt::fleet
