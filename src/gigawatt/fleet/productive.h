#pragma once
/// What a productive phase of a training holds, in closed form. The phase repeats: `interval` of useful work, then
/// a `stall` for a checkpoint, which can be restored from `lag` after the stall. No checkpoint follows the last work.
/// All in integer microseconds, so that the parts add up exactly.
///
/// Slower places for checkpoints (remote storage behind the memory of peers) take every n-th checkpoint from the
/// faster one in the background: no stall of their own, a longer lag.

#include <algorithm>
#include <cstdint>

namespace gigawatt::fleet {

struct CheckpointCycle {
  std::int64_t interval_us = 1;
  std::int64_t stall_us = 0;
  std::int64_t lag_us = 0;

  constexpr std::int64_t length_us() const { return interval_us + stall_us; }
};

/// Duration of `work_us` useful microseconds: with one stall between each two intervals.
constexpr std::int64_t duration_us(const CheckpointCycle& cycle, std::int64_t work_us) {
  return work_us <= 0 ? 0 : work_us + (work_us - 1) / cycle.interval_us * cycle.stall_us;
}

/// Useful part of a phase after `elapsed_us` that can be restored from a place that takes every `every`-th
/// checkpoint and has it whole `lag_us` after its stall.
constexpr std::int64_t restorable_us(const CheckpointCycle& cycle, std::int64_t elapsed_us,
                                     std::int64_t every, std::int64_t lag_us) {
  return elapsed_us < lag_us
             ? 0
             : (elapsed_us - lag_us) / (cycle.length_us() * every) * cycle.interval_us * every;
}

/// The phase after `elapsed_us`: checkpoint + useful = elapsed; `saved_us` of the useful part can be restored.
struct ProductiveSplit {
  std::int64_t checkpoint_us = 0;
  std::int64_t useful_us = 0;
  std::int64_t saved_us = 0;
};

constexpr ProductiveSplit split(const CheckpointCycle& cycle, std::int64_t elapsed_us) {
  const std::int64_t length = cycle.length_us();
  const std::int64_t rest = elapsed_us % length;
  ProductiveSplit s;
  s.checkpoint_us =
      elapsed_us / length * cycle.stall_us + std::max<std::int64_t>(0, rest - cycle.interval_us);
  s.useful_us = elapsed_us - s.checkpoint_us;
  s.saved_us = restorable_us(cycle, elapsed_us, 1, cycle.lag_us);
  return s;
}

}  // namespace gigawatt::fleet
