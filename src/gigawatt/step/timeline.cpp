#include "gigawatt/step/timeline.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gigawatt/base/check.h"
#include "gigawatt/base/stop.h"

namespace gigawatt::step {
namespace {

/// Ranks run ahead until they wait for an input; whoever sends that input wakes them.
class Simulation {
 public:
  explicit Simulation(const ScheduleInput& in)
      : in_(in),
        last_stage_(in.ranks * in.chunks - 1),
        arrival_(static_cast<std::size_t>(2 * (last_stage_ + 1) * in.micro_batches), kNever),
        ranks_(static_cast<std::size_t>(in.ranks)) {
    for (std::int32_t r = 0; r < in.ranks; ++r)
      rank(r).order = schedule_order({in.schedule, in.ranks, in.chunks, in.micro_batches}, r);
    for (std::int32_t m = 0; m < in.micro_batches; ++m) arrival(0, m, Work::kForward) = 0;
  }

  Timeline run() {
    for (std::int32_t r = in_.ranks - 1; r >= 0; --r) woken_.push_back(r);
    while (!woken_.empty()) {
      const std::int32_t r = woken_.back();
      woken_.pop_back();
      while (step(r)) base::heed_stop();
    }
    return finish();
  }

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  struct Rank {
    std::vector<Operation> order;
    std::size_t next = 0;
    double free_at = 0;
    std::int32_t in_flight = 0;
    std::int32_t peak = 0;
    double busy = 0;
  };

  Rank& rank(std::int32_t r) { return ranks_[static_cast<std::size_t>(r)]; }

  std::int32_t rank_of(std::int32_t stage, std::int32_t micro_batch) const {
    const bool reversed =
        in_.schedule == Schedule::kDualPipe && in_.ranks > 1 && micro_batch >= in_.micro_batches / 2;
    return reversed ? in_.ranks - 1 - stage : stage % in_.ranks;
  }

  double& arrival(std::int32_t stage, std::int32_t micro_batch, Work work) {
    const auto half = static_cast<std::size_t>(work == Work::kForward ? 0 : 1);
    return arrival_[(half * static_cast<std::size_t>(last_stage_ + 1) + static_cast<std::size_t>(stage)) *
                        static_cast<std::size_t>(in_.micro_batches) +
                    static_cast<std::size_t>(micro_batch)];
  }

  /// The next operation of a rank, or the next two that run together; false if there is none or an input is missing.
  bool step(std::int32_t r) {
    Rank& state = rank(r);
    if (state.next == state.order.size()) return false;
    const Operation* op = &state.order[state.next];
    const std::size_t count = op->joint ? 2 : 1;
    double begin = state.free_at;
    for (std::size_t i = 0; i < count; ++i) begin = std::max(begin, ready(op[i]));
    if (begin == kNever) return false;
    state.next += count;
    double end = begin;
    for (std::size_t i = 0; i < count; ++i) {
      const double from = end;
      end += seconds(op[i]);
      state.busy += end - from;
      slots_.push_back({r, op[i].stage, op[i].micro_batch, op[i].work, from, end});
      if (op[i].work == Work::kForward) state.peak = std::max(state.peak, ++state.in_flight);
      if (op[i].work == Work::kWeight || op[i].whole) --state.in_flight;
    }
    for (std::size_t i = 0; i < count; ++i) send_output(op[i], end);
    state.free_at = end;
    return true;
  }

  double ready(const Operation& op) {
    return op.work == Work::kWeight ? 0 : arrival(op.stage, op.micro_batch, op.work);
  }

  double seconds(const Operation& op) const {
    const StageSeconds& s = in_.stages[static_cast<std::size_t>(op.stage)];
    if (op.work == Work::kForward) return s.forward;
    if (op.work == Work::kWeight) return s.weight;
    return s.backward + (op.whole ? s.weight : 0);
  }

  void send_output(const Operation& op, double end) {
    const bool last = op.stage == last_stage_;
    if (op.work == Work::kForward)
      send(op, last ? op.stage : op.stage + 1, last ? Work::kBackward : Work::kForward, end);
    else if (op.work == Work::kBackward && op.stage > 0)
      send(op, op.stage - 1, Work::kBackward, end);
  }

  void send(const Operation& from, std::int32_t stage, Work work, double end) {
    const std::int32_t to = rank_of(stage, from.micro_batch);
    const bool same = to == rank_of(from.stage, from.micro_batch);
    arrival(stage, from.micro_batch, work) = end + (same ? 0 : in_.send_s);
    if (!same) woken_.push_back(to);
  }

  Timeline finish() {
    Timeline out;
    std::stable_sort(slots_.begin(), slots_.end(),
                     [](const Slot& a, const Slot& b) { return a.begin_s < b.begin_s; });
    out.slots = std::move(slots_);
    for (const Rank& state : ranks_) {
      GW_CHECK(state.next == state.order.size(), "the schedule stalled after {} of {} operations of a rank",
               state.next, state.order.size());
      out.makespan_s = std::max(out.makespan_s, state.free_at);
      out.busy_s.push_back(state.busy);
      out.peak_in_flight.push_back(state.peak);
    }
    return out;
  }

  const ScheduleInput& in_;
  std::int32_t last_stage_;
  std::vector<double> arrival_;  // of each forward's and backward's input
  std::vector<Rank> ranks_;
  std::vector<Slot> slots_;
  std::vector<std::int32_t> woken_;
};

}  // namespace

Timeline simulate_schedule(const ScheduleInput& input) {
  GW_CHECK(input.ranks > 0 && input.chunks > 0 && input.micro_batches > 0);
  GW_CHECK(input.stages.size() ==
           static_cast<std::size_t>(input.ranks) * static_cast<std::size_t>(input.chunks));
  GW_CHECK(input.schedule != Schedule::kDualPipe || input.chunks == 1);
  for (const auto& s : input.stages)
    GW_CHECK(std::isfinite(s.forward + s.backward + s.weight) && s.forward >= 0 && s.backward >= 0 &&
             s.weight >= 0);
  return Simulation(input).run();
}

}  // namespace gigawatt::step
