#pragma once
/// One training step's pipeline as an event-driven schedule: who computes which micro-batch when.
///
/// Each rank of a pipeline executes forwards (F), backwards (B: data gradient, and weight gradient unless the
/// schedule splits it off) and weight gradients (W) in the order of schedule_order.h; an operation starts when its
/// input has arrived and the rank is free. This is the reference for the closed form of schedule_time.h and the
/// source of traces and of the power waveform.

#include <cstdint>
#include <vector>

#include "gigawatt/step/schedule_time.h"

namespace gigawatt::step {

struct ScheduleInput {
  Schedule schedule = Schedule::k1f1b;
  std::int32_t ranks = 1;   ///< pipeline-parallel size
  std::int32_t chunks = 1;  ///< virtual stages per rank
  std::int32_t micro_batches = 1;
  std::vector<StageSeconds> stages;  ///< ranks * chunks; virtual stage v runs on rank v % ranks
  double send_s = 0;  ///< from the end of an operation to the arrival of its output on the next rank
};

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
  std::vector<Slot> slots;     ///< in order of their start
  std::vector<double> busy_s;  ///< per rank
  std::vector<std::int32_t>
      peak_in_flight;  ///< per rank: forwards whose gradients are not complete, at the most
};

/// Runs the schedule. The stages' count must be ranks * chunks, all times finite and non-negative. DualPipe needs one
/// chunk and what `schedule_order` asks for.
Timeline simulate_schedule(const ScheduleInput& input);

}  // namespace gigawatt::step
