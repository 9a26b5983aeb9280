#include "gigawatt/step/schedule_input.h"

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
  in.chunks = schedule_chunks(plan);
  in.micro_batches = micro_batches(r, plan);
  const PipelineSend send = pipeline_send(frame, mesh_groups(frame, plan), plan);
  in.send_s = send.delay();
  const CostContext context = cost_context(frame, plan);
  const LayerSet layers(context, LayerTimes(context, frame.present), frame.present);
  const StageLayout layout = layout_of(*r.model, plan);
  StageTable table;
  table.runs = stage_runs(layout);
  if (in.chunks > 1) table.chunks = chunk_runs(layout);
  table.time(layers);
  in.stages = table.seconds;
  for (StageSeconds& s : in.stages) {
    s.forward += send.busy();
    s.backward += send.busy();
  }
  return in;
}

}  // namespace gigawatt::step
