#pragma once
/// Time and memory of a plan's layers: all that depends on (tp, cp, ep, etp, micro-batch, precision, recompute) and,
/// through the paired exchange of DualPipe, on the schedule. A search works it out once for all pipeline depths, data
/// parallel sizes, shardings and offloads. Private to this module and to `search`.

#include <array>

#include "gigawatt/step/layer_cost.h"
#include "gigawatt/step/stage_layout.h"

namespace gigawatt::step {

/// Device times of the kinds of layer that a model holds, whatever is recomputed.
struct LayerTimes {
  LayerTimes() = default;
  LayerTimes(const CostContext& context, const std::array<bool, kLayerKinds>& present);

  std::array<OperatorTimes, kLayerKinds> layer{};
  OperatorTimes embedding;
  OperatorTimes head;
};

struct LayerSet {
  LayerSet() = default;
  /// `times` of the same context but for the recompute policy and the schedule.
  LayerSet(const CostContext& context, const LayerTimes& times, const std::array<bool, kLayerKinds>& present);

  std::array<LayerCost, kLayerKinds> cost{};
  LayerCost embedding;
  LayerCost head;
  double heads = 1;  ///< with those of multi-token-prediction modules

  // Bytes on one rank.
  std::array<double, kLayerKinds>
      kept{};  ///< one layer's activations of one micro-batch until its backward pass
  std::array<double, kLayerKinds> whole{};  ///< the same without recompute
  double at_work = 0;                       ///< gradients of the largest tensors of the layer at work
  double stage_input = 0;                   ///< one micro-batch entering the first stage
  double logits = 0;
  double live_layers = 0;  ///< layers that full recompute makes whole at a time: one, or a group

  /// One micro-batch of these layers, with the embedding if they are the first of the model, the head if the last.
  LayerCost of(const KindCounts& counts, bool first, bool last) const;
};

}  // namespace gigawatt::step
