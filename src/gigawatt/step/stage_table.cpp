#include "gigawatt/step/stage_table.h"

#include <algorithm>

#include "gigawatt/base/real.h"

namespace gigawatt::step {
namespace {

using base::real;

template <typename Layers>
std::vector<StageRun> runs_of(std::int32_t count, const Layers& layers) {
  std::vector<StageRun> runs;
  for (std::int32_t s = 0; s < count; ++s) {
    const StageRun run{s, 1, layers(s), s == 0, s == count - 1};
    const bool same = !runs.empty() && !runs.back().first && !run.last && runs.back().layers == run.layers;
    if (same)
      ++runs.back().count;
    else
      runs.push_back(run);
  }
  return runs;
}

}  // namespace

std::vector<StageRun> stage_runs(const StageLayout& layout) {
  return runs_of(layout.stages(), [&](std::int32_t s) { return layout.stage(s); });
}

std::vector<StageRun> chunk_runs(const StageLayout& layout) {
  return runs_of(layout.chunks(), [&](std::int32_t s) { return layout.chunk(s); });
}

void StageTable::weigh(const StepFrame& frame, const ParallelPlan& plan) {
  const auto& count = frame.parameters;
  const auto& model = *frame.request.model;
  const double tp = plan.tp;
  std::array<double, kLayerKinds> dense{};
  std::array<double, kLayerKinds> expert{};
  for (std::size_t k = 0; k < dense.size(); ++k) {
    if (!frame.present[k]) continue;
    const workload::LayerParameters& layer = frame.layers[k];
    dense[k] = real(layer.attention + layer.state + layer.dense_ffn + layer.shared_expert) / tp +
               real(layer.norms + layer.router);
    expert[k] = real(layer.expert * layer.experts) / (real(plan.ep) * plan.etp);
  }
  const bool pipeline = runs.size() > 1;
  double largest = 0;
  weights.assign(runs.size(), {});
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const StageRun& run = runs[i];
    StageWeights& w = weights[i];
    for (std::size_t k = 0; k < run.layers.size(); ++k) {
      if (run.layers[k] == 0) continue;
      w.dense += run.layers[k] * dense[k];
      w.expert += run.layers[k] * expert[k];
      largest = std::max(largest, dense[k] + expert[k]);
    }
    w.largest_layer = largest;
    if (run.first) w.outer += real(count.embedding) / tp;
    if (run.last)
      w.outer += real(model.tied_embeddings && pipeline ? count.embedding : count.head) / tp +
                 real(count.final_norm);
    w.dense += w.outer;
  }
}

void StageTable::time(const LayerSet& layers) {
  costs.resize(runs.size());
  seconds.clear();
  slowest = 0;
  slowest_s = 0;
  double largest = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const StageRun& run = runs[i];
    StageCost& c = costs[i];
    c.layers = layers.of(run.layers, run.first, run.last);
    c.forward = c.layers.forward();
    c.backward = c.layers.backward();
    c.activations = 0;
    for (std::size_t k = 0; k < run.layers.size(); ++k) {
      if (run.layers[k] == 0) continue;
      c.activations += run.layers[k] * layers.kept[k];
      largest = std::max(largest, layers.whole[k]);
    }
    c.largest_whole = largest;
    const double t = c.forward + c.backward;
    if (t > slowest_s) {
      slowest_s = t;
      slowest = i;
    }
  }
}

void StageTable::spread(const LayerSet& layers) {
  const auto& parts = chunks.empty() ? runs : chunks;
  seconds.resize(static_cast<std::size_t>(parts.back().begin + parts.back().count));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const StageRun& run = parts[i];
    const LayerCost c = chunks.empty() ? costs[i].layers : layers.of(run.layers, run.first, run.last);
    const double weight = c.weight_gradient;
    std::fill_n(seconds.begin() + run.begin, run.count,
                StageSeconds{c.forward(), c.backward() - weight, weight});
  }
}

}  // namespace gigawatt::step
