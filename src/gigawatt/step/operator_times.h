#pragma once
/// Device time of the operators of one layer (or the embedding, or the head) on one rank for one micro-batch, and the
/// kernels that the host issues for them: what layers cost before recompute and communication.

#include <array>
#include <cstdint>

#include "gigawatt/catalog/model.h"
#include "gigawatt/kernels/model.h"
#include "gigawatt/network/collective_model.h"
#include "gigawatt/step/calibration.h"
#include "gigawatt/step/plan.h"
#include "gigawatt/step/software.h"
#include "gigawatt/workload/operators.h"

namespace gigawatt::step {

inline constexpr double kActivationBytes = 2.0;  ///< per element, in 16 bits

/// Everything a layer's cost depends on, fixed for one evaluation.
struct CostContext {
  const catalog::Model* model = nullptr;
  const SoftwareProfile* software = nullptr;
  const SharedCalibration* shared = nullptr;
  const network::Fabric* fabric = nullptr;  ///< places groups
  const network::CollectiveModel* collectives = nullptr;
  kernels::ChipModel low;       ///< clock of the linear layers' precision
  kernels::ChipModel low_cast;  ///< the same for operands that are cast already
  kernels::ChipModel high;      ///< 16-bit clock: attention, head, memory-bound kernels
  const MixerTimes* mixers = nullptr;
  double attention_scale = 1;  ///< time of the software's attention kernel over the chip's best
  double host_kernel_s = 0;    ///< host time to issue one kernel from eager code
  network::Placements placements;
  workload::Sharding sharding;
  ParallelPlan plan;
  double full_recompute_share = 1;  ///< of the layers, under full recompute
  bool frozen_weights = false;      ///< LoRA
  std::int64_t packed_tokens = 0;   ///< see StepRequest
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
  std::array<Forward, 56> operators{};  ///< all but the attention core
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

/// Share of the time to issue a module's kernels that CUDA graphs leave to the host; 1 without them.
double issued_share(const CostContext& context, workload::Module module);

}  // namespace gigawatt::step
