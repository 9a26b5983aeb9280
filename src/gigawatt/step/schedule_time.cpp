#include "gigawatt/step/schedule_time.h"

#include <cmath>

#include "gigawatt/step/schedule_paths.h"
#include "gigawatt/step/schedule_turns.h"

namespace gigawatt::step {
namespace {

/// Whether all chunks but the first and the last take the same time, and none less than a send.
bool follows_paths(const PathInput& in) {
  constexpr double kSame = 0.02;
  const std::int32_t last = in.ranks * in.chunks - 1;
  const double forward = in.forward[1];
  const double backward = in.backward[1];
  for (std::int32_t i = 0; i <= last; ++i) {
    if (std::min(in.forward[i], in.backward[i]) < in.delay) return false;
    if (i == 0 || i == last) continue;
    if (std::abs(in.forward[i] - forward) > kSame * forward ||
        std::abs(in.backward[i] - backward) > kSame * backward)
      return false;
  }
  return true;
}

double path_seconds(const PathInput& in, Schedule schedule) {
  if (schedule == Schedule::kDualPipe) return dualpipe_seconds(in);
  if (in.chunks > 1) return interleaved_seconds(in);
  return schedule == Schedule::kZeroBubble ? zero_bubble_seconds(in) : one_forward_one_backward_seconds(in);
}

/// `path`: what path_seconds says.
double makespan(const PathInput& in, Schedule schedule, double path) {
  if (in.chunks == 1 || in.micro_batches < in.ranks) return path;
  if (schedule == Schedule::kZeroBubble) return turns_seconds(in, true);
  if (follows_paths(in)) return path;
  const double followed = turns_seconds(in, false);
  return in.micro_batches / in.group <= kTurnGroups ? followed : std::max(path, followed);
}

}  // namespace

ScheduleTime schedule_time(const ScheduleShape& shape, std::span<const StageSeconds> stages,
                           const PipelineSend& send) {
  ScheduleTime out;
  const std::int32_t p = shape.ranks;
  for (std::int32_t r = 0; r < p; ++r) {
    double work = 0;
    for (std::int32_t c = 0; c < shape.chunks; ++c) {
      const StageSeconds& s = stages[static_cast<std::size_t>(c * p + r)];
      work += s.forward + s.backward + s.weight;
    }
    if (shape.schedule == Schedule::kDualPipe) {
      const StageSeconds& mirror = stages[static_cast<std::size_t>(p - 1 - r)];
      work = (work + mirror.forward + mirror.backward + mirror.weight) / 2;
    }
    if (work > out.slowest_s) {
      out.slowest_s = work;
      out.slowest = r;
    }
  }
  const double busy = shape.micro_batches * out.slowest_s;
  out.makespan_s = busy;
  if (p == 1) return out;
  const PathInput in(shape, stages, send.busy(), send.delay());
  const double path = path_seconds(in, shape.schedule);
  out.makespan_s = std::max(busy, makespan(in, shape.schedule, path));
  if (send.seconds > 0)
    out.sends_s = std::max(0.0, path - path_seconds({shape, stages, 0, 0}, shape.schedule));
  out.sends_s = std::min(out.sends_s, out.makespan_s - busy);
  out.bubble_s = out.makespan_s - busy - out.sends_s;
  return out;
}

}  // namespace gigawatt::step
