#include "gigawatt/step/schedule_order.h"

#include <algorithm>
#include <array>

#include "gigawatt/base/check.h"

namespace gigawatt::step {
namespace {

/// The k-th forward or backward of a rank.
Operation turn(const ScheduleShape& s, std::int32_t rank, std::int32_t k, bool forward, bool whole) {
  const std::int32_t group = group_size(s.ranks, s.chunks, s.micro_batches);
  const std::int32_t first = k / (group * s.chunks) * group;
  const std::int32_t size = std::min(group, s.micro_batches - first);
  const std::int32_t within = k - first * s.chunks;
  std::int32_t chunk = within / size;
  if (!forward) chunk = s.chunks - 1 - chunk;
  return {chunk * s.ranks + rank, first + within % size, forward ? Work::kForward : Work::kBackward,
          !forward && whole, false};
}

std::vector<Operation> in_turn(const ScheduleShape& s, std::int32_t rank) {
  const bool split = s.schedule == Schedule::kZeroBubble;
  const std::int32_t total = s.micro_batches * s.chunks;
  const std::int32_t warm_up = warm_up_forwards(s, rank);
  std::vector<Operation> order;
  order.reserve(static_cast<std::size_t>((split ? 3 : 2) * total));
  std::int32_t weights = 0;
  const auto weight = [&] {
    Operation op = turn(s, rank, weights++, false, false);
    op.work = Work::kWeight;
    order.push_back(op);
  };
  for (std::int32_t k = 0; k < warm_up; ++k) order.push_back(turn(s, rank, k, true, false));
  for (std::int32_t k = 0; k < total; ++k) {
    if (warm_up + k < total) order.push_back(turn(s, rank, warm_up + k, true, false));
    order.push_back(turn(s, rank, k, false, !split));
    if (split && k >= rank) weight();
  }
  while (split && weights < total) weight();
  return order;
}

/// DualPipe on one rank. Stream 0 enters at this rank's own end of the pipeline, stream 1 at the other end.
class DualPipeOrder {
 public:
  DualPipeOrder(const ScheduleShape& s, std::int32_t rank)
      : shape_(s), rank_(rank), far_half_(rank >= s.ranks / 2) {}

  std::vector<Operation> build() {
    const std::int32_t half = shape_.ranks / 2;
    const std::int32_t depth = std::min(rank_, shape_.ranks - 1 - rank_);
    const std::int32_t outer = half - depth - 1;
    for (std::int32_t i = 0; i < 2 * outer; ++i) forward(0);
    for (std::int32_t i = 0; i <= depth; ++i) {
      forward(0);
      forward(1);
    }
    for (std::int32_t i = 0; i < outer; ++i) {
      backward(1, false);
      weight();
      forward(1);
    }
    for (std::int32_t i = 0; i < shape_.micro_batches / 2 - shape_.ranks + depth + 1; ++i) {
      // The middle ranks leave their first pair apart.
      if (i == 0 && outer == 0) {
        forward(0);
        backward(1, true);
      } else {
        together(0, 1);
      }
      together(1, 0);
    }
    for (std::int32_t i = 0; i < outer; ++i) {
      backward(1, true);
      together(1, 0);
    }
    bool split = false;
    for (std::int32_t i = 0; i <= depth; ++i) {
      split = split || (i == (depth + 1) / 2 && depth % 2 == 1);
      backward(1, !split);
      split = split || (i == (depth + 1) / 2 && depth % 2 == 0);
      backward(0, !split);
    }
    for (std::int32_t i = 0; i < outer; ++i) {
      weight();
      backward(0, false);
    }
    while (weights_done_ < weights_.size()) weight();
    return std::move(order_);
  }

 private:
  /// Direction 0 of the pipeline enters at rank 0.
  Operation next(std::array<std::int32_t, 2>& count, std::size_t stream, Work work, bool whole) {
    const bool reversed = (stream == 1) != far_half_;
    const std::int32_t k = count[stream]++;
    return {reversed ? shape_.ranks - 1 - rank_ : rank_, reversed ? shape_.micro_batches / 2 + k : k, work,
            whole, false};
  }
  void forward(std::size_t stream) { order_.push_back(next(forwards_, stream, Work::kForward, false)); }
  void backward(std::size_t stream, bool whole) {
    order_.push_back(next(backwards_, stream, Work::kBackward, whole));
    if (!whole) weights_.push_back(order_.back());
  }
  void together(std::size_t forwards, std::size_t backwards) {
    forward(forwards);
    order_.back().joint = true;
    backward(backwards, true);
  }
  void weight() {
    Operation op = weights_[weights_done_++];
    op.work = Work::kWeight;
    order_.push_back(op);
  }

  ScheduleShape shape_;
  std::int32_t rank_;
  bool far_half_;
  std::array<std::int32_t, 2> forwards_{};
  std::array<std::int32_t, 2> backwards_{};
  std::vector<Operation> weights_;
  std::size_t weights_done_ = 0;
  std::vector<Operation> order_;
};

}  // namespace

std::int32_t group_size(std::int32_t ranks, std::int32_t chunks, std::int32_t micro_batches) {
  if (chunks == 1 || micro_batches <= ranks) return micro_batches;
  for (std::int32_t size = ranks;; ++size)
    if (micro_batches % size == 0 || micro_batches % size >= ranks) return size;
}

std::int32_t warm_up_forwards(const ScheduleShape& s, std::int32_t rank) {
  const std::int32_t after = s.ranks - rank - 1;
  const std::int32_t wanted =
      s.chunks == 1 ? after : 2 * after + (s.chunks - 1) * group_size(s.ranks, s.chunks, s.micro_batches);
  return static_cast<std::int32_t>(std::min<std::int64_t>(wanted, std::int64_t{s.micro_batches} * s.chunks));
}

std::vector<Operation> schedule_order(const ScheduleShape& shape, std::int32_t rank) {
  if (shape.schedule != Schedule::kDualPipe || shape.ranks == 1) return in_turn(shape, rank);
  GW_CHECK(shape.ranks % 2 == 0 && shape.micro_batches % 2 == 0 && shape.micro_batches >= 2 * shape.ranks,
           "DualPipe on {} ranks with {} micro-batches", shape.ranks, shape.micro_batches);
  return DualPipeOrder(shape, rank).build();
}

}  // namespace gigawatt::step
