#include "gigawatt/step/schedule_input.h"

#include <fmt/format.h>

#include <algorithm>

#include "gigawatt/step/schedule_terms.h"

namespace gigawatt::step {

tl::expected<ScheduleInput, PlanError> schedule_input(const StepRequest& r, const Calibration& calibration) {
  const auto chip = legal_chip(r, calibration);
  if (!chip) return tl::unexpected(chip.error());
  const StepFrame frame(r, **chip, calibration.shared);
  const ParallelPlan& plan = r.plan;
  ScheduleInput in;
  in.schedule = plan.schedule;
  in.ranks = plan.pp;
  in.chunks = plan.schedule == Schedule::kDualPipe ? 1 : plan.vpp;
  in.micro_batches = micro_batches(r, plan);
  if (in.chunks > 1 && in.micro_batches % in.ranks != 0) {
    const std::int64_t per_round = std::int64_t{plan.dp} * plan.micro_batch * plan.pp;
    return tl::unexpected(PlanError{PlanErrorCode::kBatchDoesNotDivide,
                                    fmt::format("virtual stages run in rounds of PP {} micro-batches, and a step has {}", in.ranks, in.micro_batches),
                                    fmt::format("a global batch of {}", std::max<std::int64_t>(1, r.global_batch / per_round) * per_round)});
  }
  const PipelineSend send = pipeline_send(frame, mesh_groups(frame, plan), plan);
  const double busy = send.seconds * (1 - send.overlap);
  in.send_s = send.seconds * send.overlap;
  const LayerSet layers(cost_context(frame, plan), frame.present);
  const StageLayout layout = layout_of(*r.model, plan);
  const std::int32_t stages = in.ranks * in.chunks;
  in.stages.reserve(static_cast<std::size_t>(stages));
  for (std::int32_t v = 0; v < stages; ++v) {
    const KindCounts counts = in.chunks == plan.vpp ? layout.chunk(v) : layout.stage(v);
    const LayerCost cost = layers.of(counts, v == 0, v == stages - 1);
    in.stages.push_back({cost.forward() + busy, cost.backward() - cost.weight_gradient + busy, cost.weight_gradient});
  }
  return in;
}

}  // namespace gigawatt::step
