#pragma once
/// What a training framework of a given generation does: named features with a documented effect
/// on the step. Profiles are data (`data/software/*.toml`); none belongs to one measurement source.

#include <cstdint>
#include <string>

namespace gigawatt::step {

enum class AttentionKernel : std::uint8_t {
  kUnfused,       ///< softmax, mask, dropout as separate kernels over the s x s matrix
  kFusedSoftmax,  ///< scale, mask and softmax in one kernel; the matrix still goes through memory
  kFlash1,        ///< FlashAttention 1: no s x s matrix in memory
  kFlash2,        ///< FlashAttention 2
  kCudnn,         ///< vendor fused attention / FlashAttention 3 where the chip has it
};

enum class MoeDispatch : std::uint8_t {
  kAllToAll,   ///< NCCL all-to-all with separate permutation kernels
  kFused,      ///< DeepEP / HybridEP: one kernel, one copy per node or scale-up domain
};

struct SoftwareProfile {
  std::string name = "megatron-core-2024";
  std::string title;
  int year = 2024;

  AttentionKernel attention = AttentionKernel::kCudnn;  ///< used when the plan asks for flash attention
  AttentionKernel attention_without_flash = AttentionKernel::kFusedSoftmax;
  MoeDispatch moe_dispatch = MoeDispatch::kAllToAll;

  /// Number of memory passes (reads or writes of one s*b*h activation) of norm, bias, dropout, residual
  /// and rotary kernels relative to fully fused ones (1).
  double elementwise_passes = 1.0;
  /// Host time to issue one kernel from eager code, seconds (the device waits when it exceeds the kernel).
  double host_launch_s = 6e-6;
  /// Kernels issued per operator relative to one fused kernel each.
  double kernels_per_operator = 1.0;
  /// Host time per micro-batch outside layers (data loader, schedule, synchronisation), seconds.
  double host_micro_batch_s = 1e-3;
  /// Host time per step (loss logging, learning rate, gradient-norm read-back), seconds.
  double host_step_s = 10e-3;
  bool cuda_graph_default = false;

  double grad_reduce_overlap = 1.0;   ///< share of the gradient reduction that may run under the backward pass
  double param_gather_overlap = 1.0;  ///< share of the parameter all-gather that may run under the forward pass
  double tp_overlap = 0.0;            ///< share of tensor-parallel collectives hidden by chunked GEMMs
  double tp_backward_overlap = 1.0;   ///< share of the input-gradient all-reduce that may run under weight gradients
  double cp_overlap = 1.0;            ///< share of context-parallel exchange that may run under attention
  double ep_overlap = 0.0;            ///< share of expert all-to-all that may run under other compute
  double p2p_overlap = 0.0;           ///< share of pipeline sends that may run under compute
  bool overlap_needs_interleaving = true;  ///< p2p overlap only with virtual stages

  bool distributed_optimizer = true;  ///< the default ZeRO-1 when a row does not say
  bool optimizer_fused = true;        ///< one multi-tensor kernel; otherwise a kernel per pass
  bool gradients_fp32 = true;         ///< gradients accumulate and are reduced in 32 bits
  bool logits_fp32 = true;            ///< the loss keeps a 32-bit copy of the logits
  bool fused_cross_entropy = false;
  bool full_recompute_default = false;
  double memory_reserve_fraction = 0.03;  ///< fragmentation of the caching allocator
  double context_bytes = 1.5e9;           ///< device context, libraries, communicator buffers

  /// What "selective" recompute does again: share of the attention core, and of all other forward work
  /// (torchtitan keeps every second product).
  double selective_attention = 1.0;
  double selective_products = 0.0;
  double attention_time = 1.0;  ///< attention kernel's time over the chip's best kernel

  double score_bytes = 5;              ///< kept per element of an unfused attention's score matrix: softmax, mask, dropped
  bool dropout = false;                ///< dropout masks of the residual branches are kept
  double saved_input_copies = 1;       ///< 8-bit copies of a product's input that are kept
  double low_precision_weight_bytes = 2;  ///< per weight: cast copies, row- and column-wise, kept over the step
  bool fsdp_fp32_weights = true;       ///< the sharded weights are the 32-bit main weights
  double optimizer_state_scale = 1;    ///< below 1: moments or main weights in 16 bits
  double logit_bytes = 12;             ///< per logit at the peak: 16-bit, 32-bit copy, gradient
  double bucket_bytes = 200e6;         ///< gradient bucket
  bool reduce_fp32 = true;             ///< gradients travel in 32 bits
  double gathered_weight_bytes = 2;    ///< with 8-bit training: 1 when the cast weights are gathered
  bool zero1_all_reduce = false;       ///< ZeRO-1 of DeepSpeed: gradients are all-reduced, then the owner updates
  bool fsdp_reduce_every_micro_batch = true;
  bool p2p_scatter = false;            ///< pipeline sends are split over the tensor group (SC'21) without sequence parallelism
  double optimizer_passes = 1;         ///< memory traffic of the optimizer over a fused one's
  double host_link_bandwidth = 25e9;   ///< byte/s to host memory, for offload

  int default_vpp = 1;
};

}  // namespace gigawatt::step
