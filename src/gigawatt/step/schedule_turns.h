#pragma once
/// An interleaved schedule followed turn by turn. Private to this module.
///
/// Let rank r take turn k = step - r: its k-th forward, then its (k - w_r)-th backward, w_r = 2 (p - r - 1) + (v - 1) N
/// (and, zero-bubble, a weight gradient). Then the inputs of all ranks are outputs of the step before:
///   forward   F_r(k) needs F_{r-1}(k):                        step r - 1 + k
///   backward  B_r(k - w_r) is turn k - 2 of rank r + 1:       step r + 1 + k - 2
///   next chunk of the same micro-batch: N turns earlier on the last (first) rank, N >= p
/// so that one step is a few operations on vectors over the ranks.

#include "gigawatt/step/schedule_paths.h"

namespace gigawatt::step {

/// Makespan with at least as many micro-batches as ranks: exact up to `kTurnGroups` whole groups, continued at the
/// period of the last of them beyond.
double turns_seconds(const PathInput& in, bool split_weight);

inline constexpr std::int32_t kTurnGroups = 3;

}  // namespace gigawatt::step
