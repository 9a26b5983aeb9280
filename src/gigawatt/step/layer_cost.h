#pragma once
/// What one layer (or the embedding, or the head) costs one rank for one micro-batch: the part of a plan's
/// cost that depends on (tp, cp, ep, etp, micro-batch, precision, recompute) only, so that a search computes
/// it once and shares it among all pipeline and data-parallel layouts.
///
/// Device time is the sum over operators of `kernel_model.h`; with eager launches the host needs
/// `kernels * host_launch`, and the layer takes the longer of the two (the host runs ahead of the device over
/// a whole pass, so the comparison is made on forward plus backward, not kernel by kernel):
///
///   t = (device^q + host^q)^(1/q),  launch = t - device
///
/// Collectives of tensor, context and expert parallelism are listed with what remains exposed:
///   tensor, sequence parallel      forward 2 all-gather + 2 reduce-scatter of b s h, backward the same
///                                  (the second gather of the inputs runs under the data gradient)
///   tensor, otherwise              2 all-reduce forward, 2 backward; the backward ones run under weight gradients
///   context                        all-gather (or ring) of keys and values, backward also of their gradients
///   expert                         dispatch and combine all-to-all, forward and backward
/// A share `*_overlap` of a collective can be hidden, at most as much as the compute it runs beside.

#include "gigawatt/step/operator_times.h"

namespace gigawatt::step {

/// Seconds for one micro-batch on one rank.
struct LayerCost {
  double forward_products = 0;  ///< matrix products and memory-bound kernels
  double forward_attention = 0;
  double backward_products = 0;  ///< data and weight gradients
  double weight_gradient = 0;    ///< of `backward_products`: what a zero-bubble schedule may move
  double backward_attention = 0;
  double recompute = 0;
  double launch_forward = 0;  ///< device idle, waiting for the host
  double launch_backward = 0;
  double tp_forward = 0;  ///< exposed communication
  double tp_backward = 0;
  double cp_forward = 0;
  double cp_backward = 0;
  double ep_forward = 0;
  double ep_backward = 0;

  double forward() const {
    return forward_products + forward_attention + launch_forward + tp_forward + cp_forward + ep_forward;
  }
  double backward() const {
    return backward_products + backward_attention + recompute + launch_backward + tp_backward + cp_backward +
           ep_backward;
  }
  LayerCost& add(const LayerCost& other, double times);
};

/// Bytes of a micro-batch's activations on a tensor-parallel group before they are sharded.
double hidden_bytes(const CostContext& context);
/// Bytes that a rank hands to one dispatch or combine of a layer's experts.
double routed_bytes(const CostContext& context);
/// Keys and values of a layer that context parallelism gathers.
double key_value_bytes(const workload::AttentionCore& attention);

/// `times` of the same context but for the recompute policy.
LayerCost layer_cost(const CostContext& context, workload::LayerKind kind, const OperatorTimes& times);
LayerCost embedding_cost(const CostContext& context, const OperatorTimes& times);
LayerCost head_cost(const CostContext& context, const OperatorTimes& times);

}  // namespace gigawatt::step
