#include "gigawatt/step/schedule_paths.h"

namespace gigawatt::step {
namespace {

/// Passes of one direction through an otherwise empty pipeline, as the fill sees them; the drain is the same backwards
/// in time. Micro-batches run in blocks of one chunk; completions within a block are a convex sequence (the greatest of
/// straight lines), of which the first and the last are exact.
class Fill {
 public:
  Fill(const PathInput& in, const ChunkNumbers& pass, const ChunkNumbers& other)
      : in_(in), pass_(pass), other_(other), own_(in.ranks), free_(in.ranks), start_(in.ranks) {
    std::fill_n(own_.data(), in.ranks, -1.0);
    std::fill_n(free_.data(), in.ranks, 0.0);
    const std::int32_t blocks = std::min(warm_up(0) / in.group + 1, in.chunks + 2);
    for (std::int32_t b = 0; b < blocks && block(b); ++b) {
    }
    for (std::int32_t r = in.ranks - 1; r >= 0; --r) {
      const double chain =
          r == in.ranks - 1 ? turn_ : start_[r + 1] + other[(in.chunks - 1) * in.ranks + r + 1] + in.delay;
      start_[r] = std::max(own_[r] >= 0 ? own_[r] : free_[r], chain);
    }
  }

  /// When the rank begins its first operation of the other direction.
  double start(std::int32_t rank) const { return start_[rank]; }
  /// First and last micro-batch of the first group have passed all chunks.
  double turn() const { return turn_; }
  double last_turn() const { return last_turn_; }
  /// What the rank has done of its own before `start`.
  double warm_up_work(std::int32_t rank) const {
    double sum = 0;
    std::int32_t left = warm_up(rank) + 1;
    for (std::int32_t first = 0; left > 0; first += in_.group)
      for (std::int32_t c = 0; c < in_.chunks && left > 0; ++c) {
        const std::int32_t count = std::min({left, in_.group, in_.micro_batches - first});
        sum += count * pass_[c * in_.ranks + rank];
        left -= count;
      }
    return sum;
  }

 private:
  std::int32_t warm_up(std::int32_t r) const {
    const std::int64_t all = std::int64_t{in_.micro_batches} * in_.chunks;
    return static_cast<std::int32_t>(
        std::min<std::int64_t>(2 * (in_.ranks - 1 - r) + (in_.chunks - 1) * in_.group, all - 1));
  }

  /// False when there are no micro-batches left.
  bool block(std::int32_t index) {
    const std::int32_t group = index / in_.chunks;
    const std::int32_t chunk = index % in_.chunks;
    const std::int32_t size = std::min(in_.group, in_.micro_batches - group * in_.group);
    if (size <= 0) return false;
    const std::int32_t begin = group * in_.group * in_.chunks + chunk * size;
    double first_in = chunk == 0 ? 0 : first_out_;
    double last_in = chunk == 0 ? 0 : last_out_;
    for (std::int32_t r = 0; r < in_.ranks; ++r) {
      const double t = pass_[chunk * in_.ranks + r];
      const double first = std::max(first_in, free_[r]) + t;
      const double last = std::max(first + (size - 1) * t, last_in + t);
      const std::int32_t offset = warm_up(r) - begin;
      if (offset >= 0 && offset < size) {
        const double pace = std::max(t, size > 1 ? (last_in - first_in) / (size - 1) : 0);
        own_[r] = std::max(first + offset * t, last - (size - 1 - offset) * pace);
      }
      free_[r] = last;
      first_in = first + in_.delay;
      last_in = last + in_.delay;
    }
    first_out_ = first_in;
    last_out_ = last_in;
    if (index == in_.chunks - 1) {
      turn_ = first_in - in_.delay;
      last_turn_ = last_in - in_.delay;
    }
    return true;
  }

  const PathInput& in_;
  const ChunkNumbers& pass_;
  const ChunkNumbers& other_;
  RankNumbers own_;  // the rank's warm-up and one more are done
  RankNumbers free_;
  RankNumbers start_;
  double first_out_ = 0;
  double last_out_ = 0;
  double turn_ = 0;
  double last_turn_ = 0;
};

}  // namespace

double interleaved_seconds(const PathInput& in) {
  const std::int32_t p = in.ranks;
  const std::int32_t n = in.micro_batches;
  const std::int64_t turns = std::int64_t{n} * in.chunks;
  const Fill fill(in, in.forward, in.backward);
  const Fill drain(in, in.backward, in.forward);
  double enter = 0;
  double leave = 0;
  double best =
      n <= in.group ? std::max(fill.turn() + drain.last_turn(), fill.last_turn() + drain.turn()) : 0;
  double all_forward = 0;
  double all_backward = 0;
  double most = 0;
  for (std::int32_t r = 0; r < p; ++r) {
    double forward = 0;
    double backward = 0;
    for (std::int32_t c = 0; c < in.chunks; ++c) {
      forward += in.forward[c * p + r];
      backward += in.backward[c * p + r];
    }
    const double own = n * (forward + backward);
    best = std::max(best, enter + own + leave);
    if (turns <= 2 * (p - 1 - r) + (in.chunks - 1) * in.group + 1)
      best = std::max({best, enter + n * forward + drain.start(r), fill.start(r) + n * backward + leave});
    else
      best =
          std::max(best, fill.start(r) + own - fill.warm_up_work(r) - drain.warm_up_work(r) + drain.start(r));
    enter += in.forward[r] + in.delay;
    leave += in.backward[r] + in.delay;
    all_forward += forward;
    all_backward += backward;
    most = std::max(most, forward + backward);
  }
  // Cycles that sends make longer than the slowest rank's turn.
  const double v = in.chunks;
  const double there = (std::max(all_forward, all_backward) / v + p * in.delay) / in.group;
  const double zigzag = ((all_forward + all_backward) / v + 2 * (p - 1) * in.delay) / (2 * p - 1);
  const std::int32_t steady = turns - 2 * (p - 1) - (in.chunks - 1) * in.group - 1;
  const double turn = std::max(there, zigzag);
  if (steady > 0 && turn > most / v) best = std::max(best, fill.start(0) + drain.start(0) + steady * turn);
  return best;
}

}  // namespace gigawatt::step
