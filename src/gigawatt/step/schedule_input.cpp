#include "gigawatt/step/schedule_input.h"

#include "gigawatt/step/schedule_terms.h"

namespace gigawatt::step {

tl::expected<PricedSchedule, PlanError> priced_schedule(const StepRequest& r,
                                                        const Calibration& calibration) {
  const auto chip = legal_chip(r, calibration);
  if (!chip) return tl::unexpected(chip.error());
  const StepFrame frame(r, **chip, calibration.shared);
  const ParallelPlan& plan = r.plan;
  PricedSchedule priced;
  ScheduleInput& in = priced.input;
  in.schedule = plan.schedule;
  in.ranks = plan.pp;
  in.chunks = schedule_chunks(plan);
  in.micro_batches = micro_batches(r, plan);
  const PipelineSend send = pipeline_send(frame, mesh_groups(frame, plan), plan);
  in.send_s = send.delay();
  priced.send_busy_s = send.busy();
  const CostContext context = cost_context(frame, plan);
  const LayerSet layers(context, LayerTimes(context, frame.present), frame.present);
  const StageLayout layout = layout_of(*r.model, plan);
  StageTable table;
  table.runs = stage_runs(layout);
  if (in.chunks > 1) table.chunks = chunk_runs(layout);
  table.time(layers);
  table.spread(layers);
  in.stages = table.seconds;
  for (StageSeconds& s : in.stages) {
    s.forward += send.busy();
    s.backward += send.busy();
  }
  for (const StageRun& run : table.chunks.empty() ? table.runs : table.chunks)
    priced.stages.insert(priced.stages.end(), static_cast<std::size_t>(run.count),
                         layers.of(run.layers, run.first, run.last));
  return priced;
}

}  // namespace gigawatt::step
