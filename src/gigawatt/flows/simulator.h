#pragma once
/// Flows on links over time, event by event.
///
/// A flow waits for its start and its latency, then moves its bytes at the fair rate of `max_min.h`, which changes
/// only when a flow starts or ends or a link changes. Between events rates are constant, so every event time is
/// exact: the least of the next start, the next change of a link and the next finish, remaining / rate. Events
/// closer than `simultaneous_s` happen together (rounding must not split what is one instant), in the order ends,
/// changes, starts, each by id.
///
/// The simulator keeps no history of a flow; `Listener` hears of every finish, and may add flows that start now or
/// later, which is how programs of flows run (a step that waits for the step before).
///
/// Cost: a finish or start is O(log n) for the heap plus what the fair rates touch. Memory is linear in the flows
/// that have not finished. Units: bytes, seconds.

#include <cstdint>
#include <span>
#include <vector>

#include "gigawatt/flows/max_min.h"

namespace gigawatt::flows {

/// Everything about a flow but its way.
struct FlowSpec {
  double bytes = 0;
  double start_s = 0;
  double delay_s = 0;  ///< latency: the flow holds no bandwidth until it has passed
  double penalty = 1;
  double cap = kUnbounded;
};

using Ticket = std::uint32_t;  ///< names an added flow: 0, 1, 2, ... in the order of adding

class Listener {
 public:
  virtual ~Listener() = default;
  /// `time_s`: when the last byte arrived.
  virtual void finished(Ticket flow, double time_s) = 0;
  /// A change announced by `Simulator::call_at`.
  virtual void called(std::uint32_t /*what*/, double /*time_s*/) {}
};

struct Outcome {
  double makespan_s = 0;       ///< of the last finish
  std::uint64_t events = 0;    ///< instants at which something happened
  std::uint64_t finished = 0;  ///< flows
  std::uint64_t stalled = 0;   ///< flows that can never finish: their rate is zero and nothing will change
  std::uint64_t filled = 0;    ///< flows re-solved, summed over events
};

class Simulator {
 public:
  explicit Simulator(double simultaneous_s = 1e-9, Compatibility compatibility = {})
      : fair_(compatibility), tolerance_(simultaneous_s) {}

  LinkId add_link(double capacity, bool fat_pipe = false) { return fair_.add_link(capacity, fat_pipe); }
  double capacity(LinkId link) const { return fair_.capacity(link); }
  double rate(Ticket flow) const;
  double now() const { return now_; }

  /// `spec.start_s` must not lie before now(). The hops are copied.
  Ticket add(const FlowSpec& spec, std::span<const Hop> hops);
  /// Hops that stay where they are as long as the simulator, so that ways in them need no copy: to be lent before the
  /// first flow. `flows`: how many will be added.
  void lend(std::span<const Hop> hops, std::size_t flows);
  /// A flow whose way is `count` of the lent hops from `first` on.
  Ticket add(const FlowSpec& spec, std::uint64_t first, std::uint32_t count);
  /// A link that goes down (0), comes back or is degraded, at an instant to come.
  void set_capacity_at(double time_s, LinkId link, double capacity);
  /// The listener's `called` at an instant to come.
  void call_at(double time_s, std::uint32_t what);
  /// Takes a flow that has not finished off its way and puts it on another, with what is left of it, after `delay_s`.
  void reroute(Ticket flow, std::span<const Hop> hops, double delay_s);
  bool running(Ticket flow) const { return pending_[flow].state != State::kDone; }

  /// Until every flow has finished or nothing more can happen.
  Outcome run(Listener& listener);

 private:
  enum class State : std::uint8_t { kWaiting, kMoving, kDone };
  struct Pending {
    double remaining = 0;
    double updated_s = 0;
    double penalty = 1;
    double cap = kUnbounded;
    std::uint64_t way = 0;  ///< first hop: of the lent ones, then of `ways_`
    std::uint32_t hops = 0;
    std::uint32_t version = 0;  ///< of its entry in the heap of finishes and starts
    FlowId active = -1;
    State state = State::kWaiting;
  };
  /// An event to come. Stale when `version` is not the flow's.
  struct Due {
    double time_s = 0;
    std::uint32_t flow = 0;
    std::uint32_t version = 0;
    friend bool operator<(const Due& a, const Due& b) {
      return a.time_s != b.time_s ? a.time_s > b.time_s : a.flow > b.flow;
    }
  };
  struct Change {
    double time_s = 0;
    std::uint64_t order = 0;
    double capacity = 0;
    std::int64_t link = 0;  ///< below zero: the call -1 - what
    friend bool operator<(const Change& a, const Change& b) {
      return a.time_s != b.time_s ? a.time_s > b.time_s : a.order > b.order;
    }
  };

  std::span<const Hop> way(const Pending& p) const;
  void push(std::vector<Due>& heap, Due due);
  void drop_stale(std::vector<Due>& heap);
  double next_time();
  void end_flows(double until, Listener& listener);
  void change_links(double until, Listener& listener);
  void start_flows(double until, Listener& listener);
  void update_rates();

  MaxMin fair_;
  double tolerance_;
  double now_ = 0;
  std::vector<Pending> pending_;
  std::span<const Hop> lent_;
  std::vector<Hop> ways_;
  std::vector<Ticket> ticket_of_;  ///< of an active flow
  std::vector<Due> ends_;
  std::vector<Due> starts_;
  std::vector<Change> changes_;
  std::vector<Due> batch_;
  std::uint64_t change_order_ = 0;
  Outcome outcome_;
};

}  // namespace gigawatt::flows
