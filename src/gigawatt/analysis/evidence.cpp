#include "gigawatt/analysis/evidence.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/analysis/predict.h"
#include "gigawatt/base/real.h"
#include "gigawatt/kernels/model.h"

namespace gigawatt::analysis {
namespace {

constexpr std::array<double, 6> kDoublings = {4, 2, 3, 2, 3, 3};
constexpr std::array<double, 6> kKindWeights = {2, 1, 1, 1, 0.5, 1};

double log_of(double x) { return std::log2(std::max(1.0, x)); }
using base::real;

}  // namespace

Evidence::Point Evidence::point_of(const step::StepRequest& r) {
  const auto& p = r.plan;
  Point point;
  point.sizes = {log_of(real(r.gpus)),    log_of(step::tokens_of_rank(r)),
                 log_of(real(r.seq_len)), log_of(real(r.model->hidden) / real(p.tp)),
                 log_of(real(p.ep)),      log_of(real(p.pp))};
  const double width = kernels::element_bytes(p.precision);
  point.kinds = {r.model->is_moe() ? 1 : 0,
                 0,  // the generation is compared by name
                 width >= 2    ? 2
                 : width > 0.9 ? 1
                               : 0,
                 p.zero_stage >= 3 ? 1 : 0,
                 p.recompute.kind == step::RecomputeKind::kFull ? 1 : 0,
                 r.kind == step::TrainingKind::kLora ? 1 : 0};
  point.generation = r.accelerator->generation;
  return point;
}

Evidence::Evidence(const RunTable& table, std::span<const catalog::Accelerator> accelerators) {
  for (const RunRow& row : table.rows) {
    const auto* accelerator = find_accelerator(accelerators, row.accelerator);
    if (accelerator == nullptr || row.step_time_s <= 0 || !row.fits) continue;
    step::StepRequest r;
    r.model = &row.model;
    r.accelerator = accelerator;
    r.gpus = row.gpus;
    r.seq_len = row.seq_len;
    r.global_batch = row.global_batch;
    r.kind = row.kind;
    r.plan = row.plan;
    r.plan.micro_batch = row.micro_batch.value_or(1);
    r.plan.zero_stage = row.zero_stage.value_or(1);
    Point point = point_of(r);
    point.source = row.source;
    point.run = {row.id,
                 row.model.name,
                 row.gpus,
                 row.step_time_s,
                 real(row.global_batch) * real(row.seq_len) / row.step_time_s / real(row.gpus),
                 0};
    points_.push_back(std::move(point));
  }
}

Nearest Evidence::nearest(const step::StepRequest& request, std::string_view but_source) const {
  const Point asked = point_of(request);
  const Point* best = nullptr;
  double least = 0;
  for (const Point& p : points_) {
    if (!but_source.empty() && p.source == but_source) continue;
    double sum = p.generation == asked.generation ? 0 : kKindWeights[1];
    for (std::size_t i = 0; i < asked.sizes.size(); ++i) {
      const double off = (p.sizes[i] - asked.sizes[i]) / kDoublings[i];
      sum += off * off;
    }
    for (std::size_t i = 0; i < asked.kinds.size(); ++i)
      if (p.kinds[i] != asked.kinds[i]) sum += kKindWeights[i] * kKindWeights[i];
    if (best != nullptr && sum >= least) continue;
    best = &p;
    least = sum;
  }
  if (best == nullptr) return {};
  Nearest out = best->run;
  out.distance = std::sqrt(least);
  return out;
}

}  // namespace gigawatt::analysis
