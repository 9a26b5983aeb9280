#pragma once
/// The event-driven schedule of a plan, from the stage costs of the closed form.
///
/// A virtual stage takes what its layers cost (embedding and head included where they sit) in the forward, the
/// data-gradient and the weight-gradient pass. A send of s seconds of which a share o runs beside compute keeps the
/// rank of every forward and every data gradient busy for (1 - o) s and delays its output by the remaining o s: the
/// closed form's sends, put where they happen.

#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/step/layer_cost.h"
#include "gigawatt/step/step.h"
#include "gigawatt/step/timeline.h"

namespace gigawatt::step {

/// A schedule, and what its pieces of work consist of.
struct PricedSchedule {
  ScheduleInput input;
  std::vector<LayerCost> stages;  ///< one micro-batch on each virtual stage, in the order of `input.stages`
  double send_busy_s = 0;         ///< of every forward and data gradient of `input`, beside its stage's cost
};

/// Pieces of work (a micro-batch's forward, backward or weight gradient on a virtual stage) of a whole step.
inline double scheduled_work(double micro_batches, const ParallelPlan& plan) {
  return 3.0 * micro_batches * plan.pp * plan.vpp;
}
/// Of more, a schedule takes gigabytes and a minute: whoever draws it asks for a smaller global batch.
inline constexpr double kMostScheduledWork = 4e6;

/// What `simulate_schedule` needs, one micro-batch of the plan at a time; the optimizer, the gradient exchange, host
/// work per step and jitter are outside of it. DualPipe holds a whole stage in one chunk. Fails where the plan is illegal.
tl::expected<PricedSchedule, PlanError> priced_schedule(const StepRequest& request,
                                                        const Calibration& calibration);

}  // namespace gigawatt::step
