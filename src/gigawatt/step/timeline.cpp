#include "gigawatt/step/timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <queue>
#include <tuple>

#include "gigawatt/base/check.h"

namespace gigawatt::step {
namespace {

struct Operation {
  std::int32_t stage = 0;  // position in the micro-batch's own direction
  std::int32_t micro_batch = 0;
  Work work = Work::kForward;
};

/// The fixed order of forwards and backwards on one rank under (interleaved) 1F1B, as Megatron-LM runs it:
/// warm-up forwards, then one forward and one backward in turn, then the remaining backwards.
std::vector<Operation> one_forward_one_backward(const ScheduleInput& in, std::int32_t rank) {
  const std::int32_t total = in.micro_batches * in.chunks;
  // The k-th forward of a rank goes through groups of `ranks` micro-batches, chunk after chunk.
  const auto at = [&](std::int32_t k, bool forward) {
    if (in.chunks == 1) return Operation{rank, k, forward ? Work::kForward : Work::kBackward};
    const std::int32_t group = in.ranks * in.chunks;
    std::int32_t chunk = k % group / in.ranks;
    if (!forward) chunk = in.chunks - 1 - chunk;
    const std::int32_t micro = k / group * in.ranks + k % in.ranks;
    return Operation{chunk * in.ranks + rank, micro, forward ? Work::kForward : Work::kBackward};
  };
  const std::int32_t wanted =
      in.chunks == 1 ? in.ranks - rank - 1 : (in.ranks - rank - 1) * 2 + (in.chunks - 1) * in.ranks;
  const std::int32_t warm_up = std::min(wanted, total);
  std::vector<Operation> order;
  order.reserve(static_cast<std::size_t>(2 * total));
  for (std::int32_t k = 0; k < warm_up; ++k) order.push_back(at(k, true));
  for (std::int32_t k = warm_up; k < total; ++k) {
    order.push_back(at(k, true));
    order.push_back(at(k - warm_up, false));
  }
  for (std::int32_t k = total - warm_up; k < total; ++k) order.push_back(at(k, false));
  return order;
}

class Simulation {
 public:
  explicit Simulation(const ScheduleInput& in)
      : in_(in),
        last_stage_(in.ranks * in.chunks - 1),
        ready_(static_cast<std::size_t>(2 * (last_stage_ + 1) * in.micro_batches), kNever),
        ranks_(static_cast<std::size_t>(in.ranks)) {
    for (std::int32_t r = 0; r < in.ranks; ++r)
      if (!greedy()) rank(r).order = one_forward_one_backward(in, r);
    for (std::int32_t m = 0; m < in.micro_batches; ++m) make_ready({0, m, Work::kForward}, 0);
  }

  Timeline run() {
    for (std::int32_t r = 0; r < in_.ranks; ++r) wake(r, 0);
    while (!events_.empty()) {
      const auto [time, rank_index] = events_.top();
      events_.pop();
      start_next(rank_index, time);
    }
    return finish();
  }

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  using Event = std::pair<double, std::int32_t>;

  struct Rank {
    std::vector<Operation> order;       // fixed schedules
    std::size_t next = 0;
    std::vector<Operation> waiting;     // greedy schedule: known operations, not yet started
    std::vector<Operation> weights;     // pending weight gradients, oldest first
    std::size_t weights_done = 0;
    double free_at = 0;
    std::int32_t in_flight = 0;
    std::array<std::int32_t, 2> in_flight_of{};  // by direction
    std::int32_t peak = 0;
    double busy = 0;
  };

  bool greedy() const { return in_.schedule == Schedule::kDualPipe; }
  bool splits_weight() const { return in_.schedule == Schedule::kZeroBubble || greedy(); }
  Rank& rank(std::int32_t r) { return ranks_[static_cast<std::size_t>(r)]; }
  bool reversed(std::int32_t micro_batch) const { return greedy() && micro_batch >= (in_.micro_batches + 1) / 2; }

  std::int32_t rank_of(const Operation& op) const {
    const std::int32_t r = op.stage % in_.ranks;
    return reversed(op.micro_batch) ? in_.ranks - 1 - r : r;
  }

  double& ready(const Operation& op) {
    const auto half = static_cast<std::size_t>(op.work == Work::kForward ? 0 : 1);
    return ready_[(half * static_cast<std::size_t>(last_stage_ + 1) + static_cast<std::size_t>(op.stage)) *
                      static_cast<std::size_t>(in_.micro_batches) +
                  static_cast<std::size_t>(op.micro_batch)];
  }

  void wake(std::int32_t r, double time) { events_.push({time, r}); }

  void make_ready(const Operation& op, double time) {
    ready(op) = time;
    const std::int32_t r = rank_of(op);
    if (greedy()) rank(r).waiting.push_back(op);
    wake(r, time);
  }

  // DualPipe: a backward first (it frees memory), else a forward. Each direction may hold at a stage as many
  // forwards as 1F1B would there, ranks - stage: over both directions ranks + 1, and no direction starves the other.
  bool pick_greedy(Rank& state, double now, Operation& out) {
    const auto key = [&](const Operation& op) {
      return std::tuple(op.work == Work::kForward ? 1 : 0, op.micro_batch % ((in_.micro_batches + 1) / 2), op.micro_batch);
    };
    std::size_t best = state.waiting.size();
    for (std::size_t i = 0; i < state.waiting.size(); ++i) {
      const Operation& op = state.waiting[i];
      const bool allowed = op.work == Work::kBackward || state.in_flight_of[reversed(op.micro_batch) ? 1 : 0] < in_.ranks - op.stage;
      if (!allowed || ready(op) > now) continue;
      if (best == state.waiting.size() || key(op) < key(state.waiting[best])) best = i;
    }
    if (best == state.waiting.size()) return false;
    out = state.waiting[best];
    state.waiting.erase(state.waiting.begin() + static_cast<std::ptrdiff_t>(best));
    return true;
  }

  bool pick(Rank& state, double now, Operation& out) {
    if (greedy()) return pick_greedy(state, now, out);
    if (state.next == state.order.size() || ready(state.order[state.next]) > now) return false;
    out = state.order[state.next++];
    return true;
  }

  void start_next(std::int32_t r, double now) {
    Rank& state = rank(r);
    if (state.free_at > now) return;  // busy: its own completion wakes it
    Operation op;
    if (!pick(state, now, op)) {
      if (state.weights_done == state.weights.size()) return;
      op = state.weights[state.weights_done++];
    }
    execute(r, op, now);
  }

  double seconds(const Operation& op) const {
    const StageSeconds& s = in_.stages[static_cast<std::size_t>(op.stage)];
    if (op.work == Work::kForward) return s.forward;
    if (op.work == Work::kWeight) return s.weight;
    return s.backward + (splits_weight() ? 0 : s.weight);
  }

  void execute(std::int32_t r, const Operation& op, double now) {
    Rank& state = rank(r);
    const double end = now + seconds(op);
    state.free_at = end;
    state.busy += end - now;
    slots_.push_back({r, op.stage, op.micro_batch, op.work, now, end});
    makespan_ = std::max(makespan_, end);
    if (op.work == Work::kForward) {
      state.peak = std::max(state.peak, ++state.in_flight);
      ++state.in_flight_of[reversed(op.micro_batch) ? 1 : 0];
      if (op.stage < last_stage_) make_ready({op.stage + 1, op.micro_batch, Work::kForward}, end + hop(op, +1));
      else make_ready({op.stage, op.micro_batch, Work::kBackward}, end);
    } else if (op.work == Work::kBackward) {
      --state.in_flight;
      --state.in_flight_of[reversed(op.micro_batch) ? 1 : 0];
      if (op.stage > 0) make_ready({op.stage - 1, op.micro_batch, Work::kBackward}, end + hop(op, -1));
      if (splits_weight()) state.weights.push_back({op.stage, op.micro_batch, Work::kWeight});
    }
    wake(r, end);
  }

  double hop(const Operation& op, std::int32_t direction) const {
    const Operation neighbour{op.stage + direction, op.micro_batch, op.work};
    return rank_of(neighbour) == rank_of(op) ? 0 : in_.send_s;
  }

  Timeline finish() {
    Timeline out;
    out.makespan_s = makespan_;
    std::stable_sort(slots_.begin(), slots_.end(), [](const Slot& a, const Slot& b) { return a.begin_s < b.begin_s; });
    out.slots = std::move(slots_);
    const std::size_t per_micro_batch = static_cast<std::size_t>(last_stage_ + 1) * (splits_weight() ? 3 : 2);
    GW_CHECK(out.slots.size() == per_micro_batch * static_cast<std::size_t>(in_.micro_batches),
             "the schedule stalled after {} of {} operations", out.slots.size(),
             per_micro_batch * static_cast<std::size_t>(in_.micro_batches));
    for (const Rank& state : ranks_) {
      out.busy_s.push_back(state.busy);
      out.peak_in_flight.push_back(state.peak);
    }
    return out;
  }

  const ScheduleInput& in_;
  std::int32_t last_stage_;
  std::vector<double> ready_;  // arrival of each forward's and backward's input
  std::vector<Rank> ranks_;
  std::vector<Slot> slots_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  double makespan_ = 0;
};

}  // namespace

Timeline simulate_schedule(const ScheduleInput& input) {
  GW_CHECK(input.ranks > 0 && input.chunks > 0 && input.micro_batches > 0);
  GW_CHECK(input.stages.size() == static_cast<std::size_t>(input.ranks) * static_cast<std::size_t>(input.chunks));
  GW_CHECK(input.chunks == 1 || input.micro_batches % input.ranks == 0, "{} micro-batches over {} ranks",
           input.micro_batches, input.ranks);
  GW_CHECK(input.schedule != Schedule::kDualPipe || input.chunks == 1);
  for (const auto& s : input.stages)
    GW_CHECK(std::isfinite(s.forward + s.backward + s.weight) && s.forward >= 0 && s.backward >= 0 && s.weight >= 0);
  return Simulation(input).run();
}

}  // namespace gigawatt::step
