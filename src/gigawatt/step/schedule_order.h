#pragma once
/// In which order each rank of a pipeline runs its forwards, backwards and weight gradients. Orders are fixed before
/// the step starts, as frameworks fix them; times only decide how long a rank waits between two operations.
///
/// Rank r of p, v chunks a rank, n micro-batches. The k-th forward of a rank (and, chunks reversed, its k-th backward)
/// goes through groups of N micro-batches, chunk after chunk; N = p where p divides n, otherwise the smallest N >= p
/// whose last group is empty or holds at least p (N = n below p).
///   1F1B         p - r - 1 warm-up forwards, forward and backward in turn, remaining backwards
///                (Narayanan et al., arXiv 2006.09503)
///   interleaved  2 (p - r - 1) + (v - 1) N warm-up forwards, then the same (arXiv 2104.04473, as Megatron-LM runs it)
///   zero-bubble  H1 of Qi et al., arXiv 2401.10241: the order above with data gradients for backwards; from the
///                (r + 1)-th data gradient on, each is followed by the oldest weight gradient, so that r of them are
///                left to fill the wait at the end and no rank holds more than p micro-batches
///   DualPipe     DeepSeek-V3 (arXiv 2412.19437): two streams of n / 2 micro-batches in opposite directions, rank r
///                holding stages r and p - 1 - r; the eight phases of the published implementation, in which
///                a forward of one stream and a backward of the other run together

#include <cstdint>
#include <vector>

#include "gigawatt/step/plan.h"

namespace gigawatt::step {

enum class Work : std::uint8_t { kForward, kBackward, kWeight };

struct Operation {
  std::int32_t stage = 0;  ///< virtual stage: position in the micro-batch's own direction
  std::int32_t micro_batch = 0;
  Work work = Work::kForward;
  bool whole = false;  ///< of a backward: the weight gradient is part of it
  bool joint =
      false;  ///< of a forward: runs together with the backward that follows, outputs of both at the end
};

struct ScheduleShape {
  Schedule schedule = Schedule::k1f1b;
  std::int32_t ranks = 1;
  std::int32_t chunks = 1;
  std::int32_t micro_batches = 1;
};

/// Micro-batches that go through one chunk before the next chunk's turn (N above).
std::int32_t group_size(std::int32_t ranks, std::int32_t chunks, std::int32_t micro_batches);

/// Forwards before the first backward.
std::int32_t warm_up_forwards(const ScheduleShape& shape, std::int32_t rank);

/// All operations of one rank. DualPipe needs an even number of ranks, an even number of micro-batches and at least
/// two per rank; there the second half of the micro-batches runs from the last rank to the first.
std::vector<Operation> schedule_order(const ScheduleShape& shape, std::int32_t rank);

}  // namespace gigawatt::step
