#include "gigawatt/step/schedule_turns.h"

#include <limits>
#include <utility>

namespace gigawatt::step {
namespace {

constexpr double kClosed = -std::numeric_limits<double>::infinity();

/// One operation of every rank in each step, and the moment when it becomes the next chunk's turn.
struct Lane {
  explicit Lane(std::int32_t ranks) : seconds(ranks), gate(ranks) {
    std::fill_n(seconds.data(), ranks, 0.0);
    std::fill_n(gate.data(), ranks, kClosed);
  }
  RankNumbers seconds;  ///< of the current chunk, 0 before the first and after the last
  RankNumbers gate;     ///< added to the input's time: the send, or minus infinity where no input is needed
};

class Turns {
 public:
  Turns(const PathInput& in, bool split)
      : in_(in),
        split_(split),
        p_(in.ranks),
        whole_(std::min(in.micro_batches / in.group, kTurnGroups)),
        rest_(in.micro_batches % in.group),
        forward_(p_),
        backward_(p_),
        weight_(p_),
        ring_mask_(ring_size(in.group) - 1),
        forward_ring_(ring_mask_ + 1),
        backward_ring_(ring_mask_ + 1) {
    std::fill_n(weight_.data(), p_, 0.0);
    // A closed gate shuts out any number but not a NaN, which memory may hold by chance.
    std::fill_n(forward_ring_.data(), ring_mask_ + 1, 0.0);
    std::fill_n(backward_ring_.data(), ring_mask_ + 1, 0.0);
  }

  double run() {
    // One number of padding on either side for the wrap from the last rank to the first and back.
    RankNumbers buffers[4] = {RankNumbers(p_ + 2), RankNumbers(p_ + 2), RankNumbers(p_ + 2),
                              RankNumbers(p_ + 2)};
    for (auto& b : buffers) std::fill_n(b.data(), p_ + 2, 0.0);
    double* f_old = buffers[0].data() + 1;
    double* f_new = buffers[1].data() + 1;
    double* b_old = buffers[2].data() + 1;
    double* b_new = buffers[3].data() + 1;
    RankNumbers own(p_);
    std::fill_n(own.data(), p_, 0.0);
    const std::int32_t total = (whole_ * in_.group + rest_) * in_.chunks;
    const std::int32_t lead =
        2 * (p_ - 1) + (in_.chunks - 1) * in_.group;  // step of the last rank's first backward, + p - 1
    const std::int32_t mark = whole_ * in_.group * in_.chunks - 1;
    const std::int32_t round = in_.group * in_.chunks;
    double before = 0;
    double after = 0;
    for (std::int32_t step = 0; step < lead + total; ++step) {
      switch_forward(step, total);
      switch_backward(step - lead, total);
      if (split_) switch_weight(step - lead, total);
      f_old[-1] = forward_ring_[(step - size_at_first_) & ring_mask_];
      b_old[p_] = backward_ring_[(step - (lead - (p_ - 1)) - size_at_last_) & ring_mask_];
      turn(f_old, f_new, b_old, b_new, own.data());
      forward_ring_[(step - (p_ - 1)) & ring_mask_] = f_new[p_ - 1];
      backward_ring_[(step - lead) & ring_mask_] = b_new[0];
      if (step == mark - round) before = f_new[0];
      if (step == mark) after = f_new[0];
      std::swap(f_old, f_new);
      std::swap(b_old, b_new);
    }
    double last = 0;
    for (std::int32_t r = 0; r < p_; ++r) last = std::max(last, own[r] + (split_ ? r * in_.weight[r] : 0));
    return last + (in_.micro_batches / in_.group - whole_) * (after - before);
  }

 private:
  static std::int32_t ring_size(std::int32_t group) {
    std::int32_t size = 1;
    while (size <= group) size *= 2;
    return size;
  }

  /// Chunk and group size of the index-th forward, and whether it is the first of its block.
  struct Block {
    std::int32_t chunk;
    std::int32_t size;
    bool begins;
  };
  Block block(std::int32_t index) const {
    const std::int32_t round = in_.group * in_.chunks;
    const std::int32_t size = index < whole_ * round ? in_.group : rest_;
    const std::int32_t within = index < whole_ * round ? index % round : index - whole_ * round;
    return {within / size, size, within % size == 0};
  }

  // Blocks are at least p turns long, so that at most one rank changes its chunk in a step.
  void switch_forward(std::int32_t step, std::int32_t total) {
    if (step == next_forward_) {
      forward_begin_ = step;
      if (step < total) {
        current_forward_ = block(step);
        size_at_first_ = current_forward_.size;
        next_forward_ = step + current_forward_.size;
      } else {
        next_forward_ = -1;
      }
    }
    const std::int32_t r = step - forward_begin_;
    if (r < 0 || r >= p_) return;
    const bool on = forward_begin_ < total;
    forward_.seconds[r] = on ? in_.forward[current_forward_.chunk * p_ + r] : 0;
    forward_.gate[r] = on && (r > 0 || current_forward_.chunk > 0) ? in_.delay : kClosed;
  }

  // The last rank begins each block, p - 1 steps before the first rank does.
  void switch_backward(std::int32_t after_lead, std::int32_t total) {
    const std::int32_t index = after_lead + p_ - 1;
    if (index < 0) return;
    if (index == next_backward_) {
      backward_begin_ = index;
      if (index < total) {
        current_backward_ = block(index);
        current_backward_.chunk = in_.chunks - 1 - current_backward_.chunk;
        size_at_last_ = current_backward_.size;
        next_backward_ = index + current_backward_.size;
      } else {
        next_backward_ = -1;
      }
    }
    const std::int32_t r = p_ - 1 - (index - backward_begin_);
    if (r < 0 || r >= p_) return;
    const bool on = backward_begin_ < total;
    const std::int32_t stage = current_backward_.chunk * p_ + r;
    backward_.seconds[r] = on ? in_.backward[stage] - (split_ ? in_.weight[stage] : 0) : 0;
    backward_.gate[r] = on && (r < p_ - 1 || current_backward_.chunk < in_.chunks - 1) ? in_.delay : kClosed;
    if (split_ && !on) weight_[r] = 0;
  }

  // Rank r begins with its weight gradients r backwards late, which is the same step on all ranks.
  void switch_weight(std::int32_t index, std::int32_t total) {
    if (index < 0 || index >= total) return;
    const Block b = block(index);
    if (!b.begins) return;
    for (std::int32_t r = 0; r < p_; ++r) weight_[r] = in_.weight[(in_.chunks - 1 - b.chunk) * p_ + r];
  }

  void turn(const double* __restrict f_old, double* __restrict f_new, const double* __restrict b_old,
            double* __restrict b_new, double* __restrict own) const {
    const double* __restrict f_gate = forward_.gate.data();
    const double* __restrict f = forward_.seconds.data();
    const double* __restrict b_gate = backward_.gate.data();
    const double* __restrict b = backward_.seconds.data();
    const double* __restrict w = weight_.data();
    for (std::int32_t r = 0; r < p_; ++r) {
      const double f_input = f_old[r - 1] + f_gate[r];
      const double f_end = (own[r] > f_input ? own[r] : f_input) + f[r];
      const double b_input = b_old[r + 1] + b_gate[r];
      const double b_end = (f_end > b_input ? f_end : b_input) + b[r];
      f_new[r] = f_end;
      b_new[r] = b_end;
      own[r] = b_end + w[r];
    }
  }

  const PathInput& in_;
  bool split_;
  std::int32_t p_;
  std::int32_t whole_;
  std::int32_t rest_;
  Lane forward_;
  Lane backward_;
  RankNumbers weight_;
  std::int32_t ring_mask_;
  ChunkNumbers forward_ring_;   // of the last rank, by turn
  ChunkNumbers backward_ring_;  // of the first rank
  Block current_forward_{};
  Block current_backward_{};
  std::int32_t next_forward_ = 0;
  std::int32_t next_backward_ = 0;
  std::int32_t forward_begin_ = 0;
  std::int32_t backward_begin_ = 0;
  std::int32_t size_at_first_ = 0;
  std::int32_t size_at_last_ = 0;
};

}  // namespace

double turns_seconds(const PathInput& in, bool split_weight) { return Turns(in, split_weight).run(); }

}  // namespace gigawatt::step
