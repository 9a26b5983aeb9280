#include "gigawatt/step/stage_layout.h"

#include <algorithm>

#include "gigawatt/workload/parameters.h"

namespace gigawatt::step {

StageLayout::StageLayout(const catalog::Model& model, std::int32_t pp, std::int32_t vpp, std::int32_t first,
                         std::int32_t last, const PipelineCut& cut)
    : model_(&model), pp_(pp), vpp_(vpp), layers_(model.layers), first_(first), last_(last), cut_(cut) {
  const std::int64_t n = chunks();
  if (n > 1 && (layers_ + 2) % n == 0 && layers_ % n != 0) {
    per_chunk_ = (layers_ + 2) / n;
    first_less_ = 1;
  } else {
    per_chunk_ = (layers_ + n - 1) / n;
    even_ = per_chunk_ * (n - 1) >= layers_ && layers_ % n != 0;
  }
}

std::int64_t StageLayout::chunk_begin(std::int32_t chunk) const {
  const std::int64_t n = chunks();
  if (chunk <= 0) return 0;
  if (chunk >= n) return layers_;
  if (!cut_.empty()) return std::min(layers_, cut_.layers_before(chunk));
  if (first_ > 0 || last_ > 0) {
    const std::int64_t others = n - (first_ > 0 ? 1 : 0) - (last_ > 0 ? 1 : 0);
    if (others == 0) return first_;
    const std::int64_t rest = layers_ - first_ - last_;
    const std::int64_t before = chunk - (first_ > 0 ? 1 : 0);
    return first_ + before * (rest / others) + std::min(before, rest % others);
  }
  if (even_) {
    const std::int64_t base = layers_ / n;
    return chunk * base + std::min<std::int64_t>(chunk, layers_ % n);
  }
  return std::min(layers_, chunk * per_chunk_ - first_less_);
}

workload::LayerKind kind_of(const catalog::Model& model, int index) {
  if (model.shapes.empty()) return {index >= 2, index % 2 == 1};
  const auto& shape = model.shapes[static_cast<std::size_t>(index)];
  return {shape.moe.experts > 0, shape.window == 0, index};
}

StageLayout layout_of(const catalog::Model& model, const ParallelPlan& plan) {
  return {model, plan.pp, plan.vpp, plan.first_layers, plan.last_layers, plan.cut};
}

KindCounts StageLayout::count(std::int64_t begin, std::int64_t end) const {
  KindCounts counts{};
  for (std::int64_t i = begin; i < end; ++i)
    ++counts[static_cast<std::size_t>(kind_index(workload::kind_of_layer(*model_, i)))];
  return counts;
}

KindCounts StageLayout::chunk(std::int32_t index) const {
  KindCounts counts = count(chunk_begin(index), chunk_begin(index + 1));
  if (index == chunks() - 1 - cut_.behind_mtp && model_->mtp_layers > 0)
    counts[static_cast<std::size_t>(kind_index(workload::mtp_kind(*model_)))] +=
        static_cast<std::int32_t>(model_->mtp_layers);
  return counts;
}

KindCounts StageLayout::stage(std::int32_t index) const {
  KindCounts counts{};
  for (std::int32_t v = 0; v < vpp_; ++v) {
    const KindCounts part = chunk(index + v * pp_);
    for (std::size_t k = 0; k < counts.size(); ++k) counts[k] += part[k];
  }
  return counts;
}

}  // namespace gigawatt::step
