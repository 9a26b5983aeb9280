#pragma once
/// What a pipeline's schedule adds to the micro-batches of the slowest stage, in closed form: the bubble and the sends
/// that nothing hides. The event-driven reference is `timeline.h`. Private to this module and to `search`.

#include "gigawatt/step/stage_table.h"

namespace gigawatt::step {

/// One activation (or its gradient) on its way to the next stage.
struct PipelineSend {
  double seconds = 0;
  double overlap = 0;  ///< share that runs beside compute
};

/// Zero without a pipeline. `plan`: tp, cp, pp, vpp, micro-batch and sequence parallelism count.
PipelineSend pipeline_send(const StepFrame& frame, const MeshGroups& groups, const ParallelPlan& plan);

struct ScheduleTerms {
  double bubble_s = 0;  ///< idle time of the slowest stage while the pipeline fills and drains
  double sends_s =
      0;  ///< exposed: every chunk and micro-batch, and the hops of the first through an empty pipeline
};

/// `plan`: pp, vpp and schedule count.
ScheduleTerms schedule_terms(const ParallelPlan& plan, const StageTable& stages, std::int32_t micro_batches,
                             const PipelineSend& send);

}  // namespace gigawatt::step
