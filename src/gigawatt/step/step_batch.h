#pragma once
/// Many steps one after the other. What a step has in common with the one before it is kept (plan_value.h says what depends
/// on what), so that a table whose neighbors are alike costs a few microseconds a row:
///
///   the same model, system, software, accelerators, sequence           StepFrame, model FLOPs
///   and tp, cp, ep, etp, micro-batch, precision and kernels            CostContext, LayerTimes
///   and what is recomputed                                             LayerSet
///   and pp, vpp, the cut, the schedule                                 StageTable
///   and dp, batch                                                      groups, schedule part
///
/// `evaluate` of step.h is a batch of one: a value does not depend on what was asked before, to the last bit.

#include <memory>
#include <optional>

#include "gigawatt/step/memory.h"
#include "gigawatt/step/plan_value.h"
#include "gigawatt/workload/flops.h"

namespace gigawatt::step {

class StepBatch {
 public:
  /// The calibration and what requests point at must outlive the batch: parts are kept by address.
  explicit StepBatch(const Calibration& calibration) : calibration_(calibration) {}

  tl::expected<StepResult, PlanError> evaluate(const StepRequest& request);
  tl::expected<MemoryBreakdown, PlanError> evaluate_memory(const StepRequest& request);

 private:
  /// Depth to which the parts at hand hold for the request; each level includes those before it.
  enum class Level { kNothing, kFrame, kContext, kLayers, kStages, kSchedule };

  Level shared_with_last(const StepRequest& request) const;
  /// Brings the parts up to the level of the stages.
  void prepare(const StepRequest& request, const ChipCalibration& chip);
  void cut(const StepRequest& request);
  const TimeBreakdown& schedule(const ParallelPlan& plan, std::int32_t micro_batches);
  MemoryBreakdown memory(const ParallelPlan& plan, std::int32_t micro_batches);

  const Calibration& calibration_;
  std::optional<StepRequest> last_;  ///< that the parts are of
  Level valid_ = Level::kNothing;    ///< parts of `last_` that have been worked out
  std::optional<StepFrame> frame_;
  workload::FlopCount flops_;
  CostContext context_;
  LayerTimes times_;
  LayerSet layers_;
  StageTable stages_;
  MeshGroups groups_;
  TimeBreakdown part_;
  std::vector<StateBytes> states_;
};

}  // namespace gigawatt::step
