#include "gigawatt/step/step.h"

#include <algorithm>

#include "gigawatt/base/real.h"
#include "gigawatt/step/step_batch.h"

namespace gigawatt::step {
namespace {

using base::real;

}  // namespace

double TimeBreakdown::total() const {
  double sum = 0;
  for (const double s : seconds) sum += s;
  return sum;
}

std::string_view regime_of(const StepRequest& r) {
  if (r.model->is_moe()) return "mixture-of-experts";
  if (r.gpus <= static_cast<std::int64_t>(r.system->accelerators_per_node.value)) return "dense-node";
  return r.gpus <= 512 ? "dense-cluster" : "dense-large";
}

double tokens_of_rank(const StepRequest& r) {
  return real(std::int64_t{r.plan.micro_batch} * r.seq_len) / (real(r.plan.cp) * real(r.plan.tp));
}

double widening_of(const StepRequest& r, const Calibration& calibration) {
  const IntervalWidening& w = calibration.widening;
  double factor = 1;
  const bool several = r.gpus > static_cast<std::int64_t>(r.system->scaleup_domain.value);
  if (several && fabric_index(r.system->fabric) == kFabricNames.size() - 1) factor *= w.unknown_fabric;
  const ChipCalibration* chip = calibration.find(*r.accelerator);
  if (chip != nullptr && chip->training_rows == 0) factor *= w.new_chip;
  if (tokens_of_rank(r) < w.few_tokens_below) factor *= w.few_tokens;
  return factor;
}

tl::expected<MemoryBreakdown, PlanError> evaluate_memory(const StepRequest& r,
                                                         const Calibration& calibration) {
  return StepBatch(calibration).evaluate_memory(r);
}

tl::expected<StepResult, PlanError> evaluate(const StepRequest& r, const Calibration& calibration) {
  return StepBatch(calibration).evaluate(r);
}

}  // namespace gigawatt::step
