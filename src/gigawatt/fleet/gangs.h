#pragma once
/// Gangs: trainings that hold whole nodes.
///
/// A training alternates between productive phases, in which checkpoints are closed forms (no event per step or
/// checkpoint), and what a failure brings: a hang until it is noticed, the wait for a node where no spare is free, the
/// restart. Its next failure is one draw from the superposed process of its nodes.
///   training.cpp  life of a gang        interruption.cpp  what stops it and how it gets its nodes back
///   preemption.cpp  stops for others    withdrawal.cpp    loses power, or is retired
///   gang_ledger.cpp  its hours, progress and checkpoints

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/base/random.h"
#include "gigawatt/fleet/by_job.h"
#include "gigawatt/fleet/component.h"

namespace gigawatt::fleet {

enum class GangPhase : std::uint8_t {
  kNotReady,
  kQueued,
  kRestarting,
  kProductive,
  kHung,      ///< a failure, not noticed yet; or a planned stop
  kStarving,  ///< waits for a node
  kSlowed,    ///< the time that a slowdown costs, taken at once
  kPaused,    ///< a grid call; the state is kept
  kSaving,    ///< has to give its nodes away, and saves before
  kDone
};

/// What a training's time was spent on besides steps and checkpoints: these, then the failure classes.
enum class Blame : std::uint8_t { kStart, kStraggler, kGridCall, kTeacher, kPreemption };
inline constexpr std::size_t kBlames = 5;
inline constexpr std::array<std::string_view, kBlames> kBlameNames = {"start", "stragglers", "grid-call",
                                                                      "teacher", "preemption"};

/// A training: queued, then held nodes in one of six phases.
struct GangState {
  GangState(random::Stream failures, random::Stream repairs)
      : failure_stream(failures), repair_stream(repairs) {}

  GangPhase phase = GangPhase::kNotReady;
  std::uint32_t option = 0;
  base::SimTime queued_at;
  std::int64_t nodes = 0;      ///< present now
  base::SimTime held_from;     ///< its nodes, this time
  base::SimTime expected_end;  ///< as the scheduler is told
  base::SimTime phase_start;
  base::SimTime accounted;               ///< its ledger is complete up to here
  std::int64_t accounted_useful_us = 0;  ///< of the productive phase, by month ends
  std::int64_t accounted_checkpoint_us = 0;
  std::int64_t base_us = 0;                     ///< useful work done when the productive phase began
  std::array<std::int64_t, kTiers> saved_us{};  ///< useful work that each tier holds
  base::SimTime phase_end;                      ///< unless something fails before
  std::int64_t paused_us = 0;                   ///< of the productive phase that a pause interrupts
  std::int64_t left_us = 0;                     ///< of that phase
  Tier restored_from = Tier::kRemote;
  base::SimTime noticed_at;               ///< hung: when somebody notices
  std::uint32_t blame = 0;                ///< Blame, or kBlames + class
  bool whole_nodes = true;                ///< all its nodes' memories survived the failure
  std::int64_t replicas = 0;              ///< elastic: that run; 0: all
  std::int64_t active_nodes = 0;          ///< that compute, of `nodes`
  std::int64_t progress_ppm = 1'000'000;  ///< useful work per time in steps, of the whole gang's
  std::int64_t share_ppm = 1'000'000;     ///< of the active nodes' time in steps that is of use
  bool paced = false;                     ///< by its teacher's passes: the rest of the time it waits
  std::int64_t lemons = 0;
  std::uint32_t slot = kNoIndex;  ///< in the pool's WeightedPick
  bool failing = false;           ///< what the pending event is: a failure, or the end of the phase
  std::uint32_t next_cause = 0;   ///< of the pending failure
  std::uint32_t cause = 0;        ///< of the last one
  events::Handle event;
  std::int64_t barren = 0;  ///< interruptions since something was saved
  std::int64_t best_saved_us = 0;
  std::vector<std::pair<std::uint32_t, std::int64_t>> pods;  ///< island, nodes
  random::Stream failure_stream;
  random::Stream repair_stream;
};

struct GangsState {
  ByJob<GangState> each;  ///< not of pools of jobs; that of a batch's job from its start until it has left
};

class Gangs : public Component {
 public:
  using Component::Component;
  void start_gang(std::uint32_t job, const GangOption& option);
  void on_gang(std::uint32_t job);
  void preempt(std::uint32_t job, std::string_view why);  ///< it saves, and goes back into the line
  /// Running gangs stop, or shrink where they are elastic, until the nodes that they give up are worth `owed`; `worth`:
  /// of a node, by pool.
  void withdraw(std::span<const double> worth, double owed, std::string_view why);
  void noticed(std::uint32_t job);  ///< a failure is noticed, or a node came free: takes what is missing
  void regrow(std::uint32_t pool);  ///< gives idle nodes to elastic gangs that miss some
  void hit_gang(std::uint32_t job, std::uint32_t cause, std::int64_t nodes);
  void call(std::uint32_t site);             ///< of the grid: gangs at the site pause until it is over
  void teacher_done(std::uint32_t student);  ///< goes on at its own pace

  void account_gang(std::uint32_t job);
  std::int64_t gang_power(std::uint32_t job) const;
  std::int64_t done_us(std::uint32_t job) const;  ///< useful work so far, saved or not
  const GangOption& option_of(std::uint32_t job) const;

 private:
  const GangState& state_of(std::uint32_t job) const;
  void enter(std::uint32_t job, GangPhase phase);
  void begin_restart(std::uint32_t job);
  void begin_productive(std::uint32_t job);
  void complete(std::uint32_t job);
  void give_nodes_back(std::uint32_t job);
  void give_up(std::uint32_t job);
  void release_gang(std::uint32_t job);
  void schedule_gang(std::uint32_t job, std::int64_t phase_us);
  void place_in_pods(std::uint32_t job);
  void saved(std::uint32_t job);
  void back_into_line(std::uint32_t job);

  void interrupt(std::uint32_t job, std::uint32_t cause);
  void lose_nodes(std::uint32_t job, std::int64_t nodes, std::int64_t lemons);
  bool take_idle_nodes(std::uint32_t job);  ///< true: the gang is whole
  bool gives_up(std::uint32_t job) const;
  void slow_down(std::uint32_t job, std::uint32_t cause);
  void pause(std::uint32_t job, base::SimTime until);
  void resume(std::uint32_t job);
  bool can_shrink_to(std::uint32_t job, std::int64_t nodes) const;
  void shrink(std::uint32_t job,
              std::int64_t nodes);        ///< gives so many nodes back and goes on with the others
  void save_in_place(std::uint32_t job);  ///< of a productive phase, before a planned restart
  const reliability::FailureClass& class_of(std::uint32_t job, std::uint32_t cause) const;
  const reliability::FailureClass& cause_of(std::uint32_t job) const {
    return class_of(job, state_of(job).cause);
  }

  std::int64_t productive_elapsed(std::uint32_t job) const;
  void settle_checkpoints(std::uint32_t job);  ///< what each tier holds when the productive phase ends now
  void roll_back(std::uint32_t job, Tier tier, std::int64_t done);
  Tier best_tier(std::uint32_t job) const;  ///< to restore from
  /// Speed of a student that reads its teacher's own passes, of its full one: no faster than they come.
  double teacher_pace(std::uint32_t job) const;
  void size_up(std::uint32_t job);  ///< replicas, active nodes and speed for the nodes present
};

}  // namespace gigawatt::fleet
