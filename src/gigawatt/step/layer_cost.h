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

#include <array>
#include <cstdint>

#include "gigawatt/catalog/model.h"
#include "gigawatt/network/collectives.h"
#include "gigawatt/step/calibration.h"
#include "gigawatt/step/kernel_model.h"
#include "gigawatt/step/plan.h"
#include "gigawatt/step/software.h"
#include "gigawatt/workload/operators.h"

namespace gigawatt::step {

/// Everything a layer's cost depends on, fixed for one evaluation.
struct CostContext {
  const catalog::Model* model = nullptr;
  const SoftwareProfile* software = nullptr;
  const SharedCalibration* shared = nullptr;
  const network::Fabric* fabric = nullptr;
  ChipModel low;               ///< clock of the linear layers' precision
  ChipModel low_cast;          ///< the same for operands that are cast already
  ChipModel high;              ///< 16-bit clock: attention, head, memory-bound kernels
  double attention_scale = 1;  ///< time of the software's attention kernel over the chip's best
  double host_kernel_s = 0;    ///< host time to issue one kernel from eager code
  network::Placements placements;
  workload::Sharding sharding;
  ParallelPlan plan;
  double full_recompute_share = 1;  ///< of the layers, under full recompute
  bool frozen_weights = false;      ///< LoRA
  std::int64_t packed_tokens = 0;   ///< see StepRequest
};

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

/// What a pass keeps device and host busy with.
struct Pass {
  double products = 0;   ///< seconds of matrix products and memory-bound kernels
  double attention = 0;  ///< seconds of the attention core
  double kernels = 0;    ///< kernels to issue, those that a CUDA graph replays at the share that it leaves
  double total() const { return products + attention; }
};

/// Device time of a layer's operators, whatever is recomputed: shared by all recompute policies.
struct OperatorTimes {
  struct Forward {
    workload::Module module = workload::Module::kNorm;
    double seconds = 0;
    double kernels = 0;
  };
  std::array<Forward, 36> operators{};  ///< all but the attention core
  std::int32_t count = 0;
  Pass forward;
  Pass backward;
  double weight_gradient = 0;    ///< part of `backward`
  double attention_kernels = 0;  ///< forward
  workload::AttentionCore attention;
};

OperatorTimes layer_times(const CostContext& context, workload::LayerKind kind);
OperatorTimes embedding_times(const CostContext& context);
OperatorTimes head_times(const CostContext& context);

/// `times` of the same context but for the recompute policy.
LayerCost layer_cost(const CostContext& context, workload::LayerKind kind, const OperatorTimes& times);
LayerCost embedding_cost(const CostContext& context, const OperatorTimes& times);
LayerCost head_cost(const CostContext& context, const OperatorTimes& times);

}  // namespace gigawatt::step
