#pragma once
/// Fills the table of step times that the fleet reads: every training, by phase, system and size of gang.
///
/// A fixed plan is evaluated as it is; "best" is searched exhaustively. A job with a number of accelerators has one
/// size; a job that takes what is free has a ladder of powers of two from its least to what the largest site could
/// ever hold. A number that no legal plan uses fully (100,000 has few divisors) is rounded down, keeping ever fewer
/// of its leading binary digits, until a plan fits: the job then holds accelerators that its plan leaves idle.
///
/// A student that waits for fresh outputs of a teacher holds accelerators for it besides: forward passes of the
/// teacher over the student's tokens at the student's own FLOP rate per accelerator,
///
///     teacher accelerators = accelerators * forward FLOP per token (teacher) / FLOP per token (student)
///
/// Inference pools whose demand is in users or tokens get the rate of the best pool on each system (serving/pool.h, as
/// `gigawatt serving --search` ranks them) within one scale-up domain and the job's latency limits.
///
/// A checkpoint holds 16-bit weights, 32-bit main weights and two 32-bit moments: 14 bytes a parameter.

#include <functional>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/fleet/step_table.h"

namespace gigawatt::engine {

/// `progress` hears the job that is being timed; `stopped` is asked between jobs, which then stay without steps.
fleet::StepTable time_steps(const Inputs& inputs, const std::function<void(const std::string& job)>& progress,
                            const std::function<bool()>& stopped);

}  // namespace gigawatt::engine
