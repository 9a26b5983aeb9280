#pragma once
/// The last steps of an evaluation, a few dozen operations each: time and memory of a plan from the parts that many
/// plans share. `evaluate` and a search both end here, so that they agree to the last bit.
///
///   evaluate      frame -> layers -> stages -> schedule part -> gradient traffic -> whole step
///   a search      each arrow once for all plans that share what is on its left
///
/// Private to this module and to `search`.

#include "gigawatt/step/data_parallel.h"
#include "gigawatt/step/schedule_terms.h"
#include "gigawatt/step/stage_table.h"
#include "gigawatt/step/step.h"

namespace gigawatt::step {

/// The micro-batches of the rank that works most, and the host.
TimeBreakdown busy_part(const StepFrame& frame, const LayerCost& slowest_rank, std::int32_t micro_batches);

/// The terms that sharding and offload do not touch: micro-batches of the slowest stage, bubble, sends, host. Those
/// still to come are not negative, so that `floor_seconds` of it is a lower bound of every plan that shares it.
TimeBreakdown schedule_part(const StepFrame& frame, const ParallelPlan& plan, const StageTable& stages,
                            std::int32_t micro_batches, const PipelineSend& send);

/// Adds gradients, optimizer, offloaded activations and jitter.
TimeBreakdown whole_step(const StepFrame& frame, const ParallelPlan& plan, TimeBreakdown part,
                         const StageCost& slowest, const GradientTraffic& traffic,
                         std::int32_t micro_batches);

/// Seconds that no plan which shares `part` can beat: the same sum in the same order without the terms to come, so
/// that rounding cannot lift it above the plan's own.
double floor_seconds(const StepFrame& frame, TimeBreakdown part);

}  // namespace gigawatt::step
