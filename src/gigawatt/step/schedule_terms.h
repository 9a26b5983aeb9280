#pragma once
/// What a pipeline's schedule adds to the micro-batches of the slowest rank: schedule_time.h on a plan's stages.
/// Private to this module and to `search`.

#include "gigawatt/step/schedule_time.h"
#include "gigawatt/step/stage_table.h"

namespace gigawatt::step {

/// Bytes of one micro-batch that a rank sends to the next stage.
double send_bytes(const StepFrame& frame, const ParallelPlan& plan);

/// Zero without a pipeline. `plan`: tp, cp, pp, vpp, micro-batch and sequence parallelism count.
PipelineSend pipeline_send(const StepFrame& frame, const MeshGroups& groups, const ParallelPlan& plan);

/// `plan`: pp, vpp and schedule count.
ScheduleTime schedule_terms(const ParallelPlan& plan, const StageTable& stages, std::int32_t micro_batches,
                            const PipelineSend& send);

/// One micro-batch on the rank that works most: of the slowest stage, or of DualPipe's pair, half of both.
LayerCost slowest_rank_cost(const ParallelPlan& plan, const StageTable& stages, std::int32_t rank);

/// Virtual stages per rank as the schedule runs them; DualPipe holds a whole stage in one chunk.
std::int32_t schedule_chunks(const ParallelPlan& plan);

}  // namespace gigawatt::step
