#pragma once
/// How long a pipeline takes for one step's micro-batches: the closed form of the schedules of schedule_order.h.
///
/// The makespan of a fixed order is the longest path through its operations. A schedule's candidates for that path are
/// few: it enters over the ranks before some rank r, follows r's own operations, and leaves over the same ranks; where
/// r would wait for the pipeline behind it (its first and its last backward), the path goes there and back instead.
/// With forward f, backward b (t = f + b; zero-bubble splits b = d + w), k = p - r - 1 and E_r the time there and back:
///
///   1F1B         sum_{i<r} t_i + (n - k) t_r + max(k f, E_r) + max(k b, E_r),  E_r = sum_{i>r} (t_i + 2 delay)
///                (equal stages: (n + p - 1) t); and with delay, cycles over ranks r..s of sum t + 2 (s - r) delay for
///                every s - r + 1 micro-batches
///   interleaved  the same with the fill and the drain followed chunk by chunk in groups of N micro-batches (a block of
///                a chunk's micro-batches is known by its first and last completion), equal chunks: n v t + (p - 1) t;
///                cycles of p (f + delay), p (b + delay), sum t + 2 (p - 1) delay in N, N, 2 p - 1 turns
///   zero-bubble  1F1B with E_r = sum_{i>r} (f_i + d_i), less the weight gradients that are left when the last backward
///                is on its way; equal stages: n t + (p - 1)(f + d - w)
///   DualPipe     on the pair of stages r, p - 1 - r: six waits (first forward and backward of each direction, last ones),
///                each there and back against the rank's own work; equal stages with f = d: n t + (p/2 - 1)(f + 2d - w)
///
/// Interleaved chunks that differ within a rank, sends longer than a chunk, and zero-bubble with chunks have no such
/// form: there the schedule is followed turn by turn for three groups and continued at its period (schedule_turns.h).
/// Agreement with timeline.h: docs/models/step.md. Nothing is allocated up to 64 ranks and 256 chunks.

#include <cstdint>
#include <span>

#include "gigawatt/step/schedule_order.h"

namespace gigawatt::step {

/// Seconds of one micro-batch on one virtual stage.
struct StageSeconds {
  double forward = 0;
  double backward = 0;  ///< data gradient, with the recomputed forward if there is one
  double weight = 0;    ///< weight gradient
};

/// One activation (or its gradient) on its way to the next rank.
struct PipelineSend {
  double seconds = 0;
  double overlap = 0;  ///< share that runs beside compute: it delays the arrival and keeps no rank busy

  double busy() const { return seconds * (1 - overlap); }
  double delay() const { return seconds * overlap; }
};

struct ScheduleTime {
  double makespan_s = 0;
  double bubble_s = 0;       ///< the slowest rank's idle time, were the sends free
  double sends_s = 0;        ///< what the sends add
  std::int32_t slowest = 0;  ///< rank with the most work
  double slowest_s = 0;  ///< its work per micro-batch: makespan = micro-batches * slowest_s + bubble + sends
};

/// `stages` holds ranks * chunks times, without sends; DualPipe has one chunk.
ScheduleTime schedule_time(const ScheduleShape& shape, std::span<const StageSeconds> stages,
                           const PipelineSend& send);

}  // namespace gigawatt::step
