#pragma once
/// One training step's pipeline as an event-driven schedule: who computes which micro-batch when.
///
/// Each rank of a pipeline executes forwards (F), backwards (B: data gradient, and weight gradient unless the
/// schedule splits it off) and weight gradients (W) in the order its schedule prescribes; an operation starts
/// when its input has arrived and the rank is free. This is the reference for the closed form of step.h (they
/// agree within 2% where docs/models/step.md says so) and the source of traces and of the power waveform.
///
/// Schedules: 1F1B (Narayanan et al., arXiv 2006.09503), interleaved 1F1B (arXiv 2104.04473), zero-bubble H1
/// (Qi et al., arXiv 2401.10241: W fills the waits), DualPipe (DeepSeek-V3, arXiv 2412.19437: two opposite
/// streams, each rank holding two stages).

#include <cstdint>
#include <vector>

#include "gigawatt/step/plan.h"

namespace gigawatt::step {

/// Seconds of one micro-batch on one virtual stage.
struct StageSeconds {
  double forward = 0;
  double backward = 0;  ///< data gradient, with the recomputed forward if there is one
  double weight = 0;    ///< weight gradient
};

struct ScheduleInput {
  Schedule schedule = Schedule::k1f1b;
  std::int32_t ranks = 1;          ///< pipeline-parallel size
  std::int32_t chunks = 1;         ///< virtual stages per rank
  std::int32_t micro_batches = 1;  ///< a multiple of `ranks` when chunks > 1
  std::vector<StageSeconds> stages;  ///< ranks * chunks; virtual stage v runs on rank v % ranks
  double send_s = 0;               ///< from the end of an operation to the arrival of its output on the next rank
};

enum class Work : std::uint8_t { kForward, kBackward, kWeight };

/// One operation as it was executed.
struct Slot {
  std::int32_t rank = 0;
  std::int32_t stage = 0;  ///< virtual stage
  std::int32_t micro_batch = 0;
  Work work = Work::kForward;
  double begin_s = 0;
  double end_s = 0;
};

struct Timeline {
  double makespan_s = 0;
  std::vector<Slot> slots;                  ///< in order of their start
  std::vector<double> busy_s;               ///< per rank
  std::vector<std::int32_t> peak_in_flight; ///< per rank: forwards done whose backward is not, at the most
};

/// Runs the schedule. The stages' count must be ranks * chunks, all times finite and non-negative.
/// For DualPipe, micro_batches is split evenly over the two directions and chunks must be 1.
Timeline simulate_schedule(const ScheduleInput& input);

}  // namespace gigawatt::step
