#pragma once
/// The line: which gangs wait, what a scheduling policy is shown, and what becomes of its decision.
///
/// A policy is asked once in an instant, after everything else in it. It sees the line, who runs, what is free and what
/// would yield, the power that is committed and the usage of accounts; it says who starts where, who has to stop, and
/// when to ask again (scheduling/policy.h).

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "gigawatt/fleet/arrivals.h"
#include "gigawatt/fleet/by_job.h"
#include "gigawatt/fleet/component.h"
#include "gigawatt/fleet/messages.h"
#include "gigawatt/scheduling/policies.h"

namespace gigawatt::fleet {

/// Gangs that waited longer than the scenario warns of while others that came later ran where they could have.
struct Overtaken {
  std::int64_t jobs = 0;
  std::uint32_t longest = kNoIndex;
  std::int64_t longest_us = 0;
};

struct LineState {
  std::size_t arrived = 0;                  ///< of the batches' jobs, in the order of their arrival
  ByJob<Member> members;                    ///< jobs of batches, from their arrival until they have left
  std::vector<std::uint32_t> claims;        ///< gangs that get their nodes once those who must go have saved
  std::vector<double> usage;                ///< node-seconds by account, decayed
  std::vector<std::int64_t> account_nodes;  ///< that each account's gangs hold now, with fair share
  base::SimTime usage_at;
  base::SimTime wake = base::SimTime::max();  ///< when the policy asked to be asked again
  Overtaken overtaken;
  bool dispatch_pending = false;
};

/// A policy with what it keeps in mind, and who left while it looked on.
struct PolicyInUse {
  std::unique_ptr<scheduling::Policy> policy;
  scheduling::RunningSet::Departures departed;
};

class Line : public Component {
 public:
  using Component::Component;
  /// `stop`: asked while arrivals are drawn. `most_bytes`: of memory that jobs of batches may take.
  void begin(std::stop_token stop, double most_bytes);
  void restore();  ///< what the policy is shown, from the state; a fresh policy
  /// The policy with what it keeps in mind.
  PolicyInUse take_policy() { return {std::move(policy_), running_.departed()}; }
  void adopt(PolicyInUse used) {
    policy_ = std::move(used.policy);
    running_.continue_from(std::move(used.departed));
  }

  void request_dispatch();
  void dispatch();
  void woken();  ///< the policy asked for it
  void on_ready(std::uint32_t job);
  void heed(const Fate& fate);  ///< who waits for a job's start or end is told
  void enqueue(std::uint32_t job);
  void running_begins(std::uint32_t job);
  void running_ends(std::uint32_t job);
  void hold(std::uint32_t job, std::int64_t nodes);  ///< its account holds so many more, from now on
  void note_start(std::uint32_t job);                ///< whether it was overtaken

  std::int64_t useful_us(std::uint32_t job, const GangOption& option) const;    ///< its work
  std::int64_t estimate_us(std::uint32_t job, const GangOption& option) const;  ///< of what is left
  std::int64_t claimed(std::uint32_t pool) const;  ///< idle nodes that are kept for claims
  bool has_power_cap() const { return model_.it_power_cap_w < std::numeric_limits<double>::infinity(); }
  double committed_it_w() const;  ///< with every gang at work
  std::string job_name(std::uint32_t job) const;
  Overtaken overtaken() const;  ///< with those who still wait

 private:
  void post_dispatch();
  void next_arrival();  ///< of a batch's job
  void make_ready(std::uint32_t job);
  void prerequisite_met(std::uint32_t job, base::SimTime when);
  void dispatch_gangs();
  std::uint32_t option_index(std::uint32_t job, std::uint32_t shown) const;  ///< of the policy's option
  bool started(std::uint32_t job) const;
  base::SimTime queued_at(std::uint32_t job) const;
  void check_memory(std::uint32_t job) const;                    ///< throws TooMuch
  bool shows(std::uint32_t job, std::uint32_t option) const;     ///< to the policy
  std::int64_t added_it_milliw(const GangOption& option) const;  ///< its nodes at work, over idle
  void show_capacity();
  void add_yielding(const scheduling::Yielding& one);
  void fade_usage();
  std::span<const double> show_usage();
  bool try_start(std::uint32_t job, const GangOption& option);
  void note_wait(std::uint32_t job, Overtaken& overtaken) const;
  void serve_claims();

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
  std::vector<std::uint32_t> by_priority_;  ///< pools of jobs
  std::optional<Arrivals> arrivals_;        ///< those still to come
  std::stop_token stop_;
  double most_bytes_ = 0;
  std::vector<std::vector<std::uint32_t>>
      dependants_;                                     ///< by job: those that wait for its end, once per wait
  std::vector<std::vector<std::uint32_t>> followers_;  ///< by job: those that wait for its start
};

}  // namespace gigawatt::fleet
