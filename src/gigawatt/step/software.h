#pragma once
/// What a training framework of a given generation does: named features with a documented effect
/// on the step. Profiles are data (`data/software/*.toml`); none belongs to one measurement source.

#include <cstdint>
#include <string>

#include "gigawatt/step/capabilities.h"

namespace gigawatt::step {

enum class AttentionKernel : std::uint8_t {
  kUnfused,       ///< softmax, mask, dropout as separate kernels over the s x s matrix
  kFusedSoftmax,  ///< scale, mask and softmax in one kernel; the matrix still goes through memory
  kFlash1,        ///< FlashAttention 1: no s x s matrix in memory
  kFlash2,        ///< FlashAttention 2
  kBest,          ///< vendor fused attention / FlashAttention 3 and later where the chip has it
};

enum class MoeDispatch : std::uint8_t {
  kAllToAll,  ///< NCCL all-to-all with separate permutation kernels
  kFused,     ///< DeepEP / HybridEP: one kernel, one copy per node or scale-up domain
};

/// Which products of a layer have adapters under LoRA.
enum class Adapted : std::uint8_t {
  kInputs,     ///< queries, keys and values
  kAttention,  ///< all projections of attention
  kAll,        ///< those of the FFN as well (not the routed experts')
};

struct SoftwareProfile {
  std::string name = "generic-2024";
  std::string title;
  std::int64_t year = 2024;
  bool is_default = false;
  Capabilities can;  ///< what it runs at all

  // Kernels.
  AttentionKernel attention = AttentionKernel::kBest;  ///< used when the plan asks for flash attention
  AttentionKernel attention_without_flash = AttentionKernel::kFusedSoftmax;
  bool flash_default = true;  ///< when a plan does not say
  MoeDispatch moe_dispatch = MoeDispatch::kAllToAll;
  bool grouped_products = false;  ///< experts' products are one kernel; otherwise one per expert
  bool sync_free_moe =
      false;  ///< the host need not read the routing back, so that graphs may hold the experts
  bool waits_for_routing = true;  ///< the device idles while the host sizes the experts' work
  double sharded_messages_per_layer =
      1;  ///< collectives per layer and pass under ZeRO-3 (one per parameter tensor in early versions)
  double sharded_bandwidth =
      1.0;  ///< bandwidth of ZeRO-3 collectives over large ones (per-parameter broadcasts reach a fraction)
  double elementwise_passes =
      1.0;  ///< memory traffic of norm, bias, dropout, residual, rotary kernels over fully fused ones
  bool fused_norm = true;  ///< norms as one kernel; otherwise several passes in 32 bits
  bool compiled = true;    ///< element-wise chains are fused by a compiler (or by hand)
  /// Queries, keys and values are one product, gate and up projections another.
  bool fused_projections = true;
  bool ragged_experts = false;  ///< experts' products are XLA's ragged kernels
  double attention_time = 1.0;  ///< attention kernel's time over the chip's best kernel
  bool fused_cross_entropy = false;
  Adapted adapted = Adapted::kAll;  ///< under LoRA
  double optimizer_passes = 1;      ///< memory traffic of the optimizer over a fused one's

  // Host.
  std::string
      host_class;  ///< class of eager code whose fitted host time it has (data/calibration/host.toml); empty: its own
  double host_launch_s = 6e-6;        ///< host time to issue one kernel from eager code, seconds
  double kernels_per_operator = 1.0;  ///< kernels issued per operator relative to one fused kernel each
  double host_micro_batch_s = 0;      ///< exposed host time per micro-batch outside layers, seconds
  double host_step_s = 10e-3;         ///< exposed host time per step (loss read-back, logging, data), seconds
  bool cuda_graph_default = false;
  double graph_coverage =
      0.95;  ///< issue time that CUDA graphs save of the modules that they capture: of a layer's
             ///< twenty to sixty kernels a replay or two are left (1: one graph of the full iteration)

  // Overlap: shares that may run beside compute.
  double grad_reduce_overlap = 1.0;   ///< gradient reduction under the backward pass
  double param_gather_overlap = 1.0;  ///< parameter all-gather under the forward pass
  double tp_overlap = 0.0;            ///< tensor-parallel collectives hidden by chunked products
  double async_tp_overlap = 0.8;      ///< the same where it is switched on
  bool async_tp = false;              ///< it is switched on
  bool adapters_overlap_tp = false;   ///< tensor-parallel traffic is hidden under LoRA as well
  /// Tensorwise scaled 8-bit training gathers the inputs of tensor-parallel products in 8 bits.
  bool low_precision_gather = true;
  double tp_backward_overlap =
      1.0;                  ///< input-gradient all-reduce under weight gradients (no sequence parallelism)
  double cp_overlap = 1.0;  ///< context-parallel exchange under attention
  double ep_overlap = 0.0;  ///< expert all-to-all under other compute
  double ep_overlap_when_asked = 0.8;      ///< the same where it is switched on
  bool ep_overlapped = false;              ///< it is switched on
  double p2p_overlap = 0.0;                ///< pipeline sends under compute
  bool overlap_needs_interleaving = true;  ///< p2p overlap only with virtual stages
  bool p2p_scatter =
      false;  ///< pipeline sends are split over the tensor group (SC'21) without sequence parallelism

  // Data parallelism.
  bool distributed_optimizer = true;  ///< ZeRO-1 when a plan does not say
  double gradient_bytes = 4;          ///< held per trained parameter: 4 in 32 bits, 2 in 16, 6 both
  bool reduce_fp32 = true;            ///< gradients travel in 32 bits
  bool fp16_reduce_fp32 = true;  ///< those of 16-bit floating point (loss scaling) too, where `reduce_fp32`
  double gathered_weight_bytes = 2;  ///< with 8-bit training: 1 when the cast weights are gathered
  /// ZeRO-1 that gives each rank whole parameters, which it sends to all others when it has updated them: one broadcast
  /// for each owner, one after the other through a ring. Time that a hop of the ring takes inside a node and between
  /// nodes; 0: parameters are gathered.
  double broadcast_hop_s = 0;
  double broadcast_hop_between_s = 0;
  bool zero1_all_reduce = false;  ///< ZeRO-1 of DeepSpeed: gradients are all-reduced, then the owner updates
  bool fsdp_reduce_every_micro_batch = true;  ///< ZeRO-3, and ZeRO-2 without a pipeline
  bool fsdp_fp32_weights = true;              ///< the sharded weights are the 32-bit main weights
  /// Traffic of copying gathered parameters out of, and gradients into, the buffers of sharded data parallelism:
  /// bytes per parameter and collective.
  double sharded_copy_bytes = 0;
  double bucket_bytes = 200e6;  ///< gradient bucket

  // Recompute: what "selective" does again.
  double selective_attention = 1.0;  ///< share of the attention core
  /// Recompute of whole layers ends with the last tensor that the backward pass needs: the last product of the FFN is
  /// not done again (PyTorch's non-reentrant checkpoints; Megatron's run the whole layer).
  bool recompute_stops_early = false;
  bool checkpoints_layers =
      false;  ///< layers are done again by PyTorch's or JAX's checkpoints, not by the framework
  /// Selective recompute gathers the inputs of tensor-parallel products again (torchtitan keeps what is scattered).
  bool selective_gathers = false;
  bool saved_on_host = false;        ///< what is kept for the backward pass waits in the host's memory
  bool recompute_by_tensor = false;  ///< what is kept is chosen tensor by tensor: JAX's checkpoint policies
  double selective_products =
      0.0;  ///< share of all other forward work (torchtitan keeps every second product)

  // Memory.
  double score_bytes =
      5;  ///< kept per element of an unfused attention's score matrix: softmax, mask, dropped
  bool keeps_norm_casts = true;   ///< norms that are not fused keep their 32-bit casts for the backward pass
  bool dropout = false;           ///< dropout masks of the residual branches are kept
  double saved_input_copies = 1;  ///< 8-bit copies of a product's input that are kept
  double low_precision_weight_bytes =
      4;  ///< per weight under 8-bit training: 16-bit weight and cast copies (2: cast copies only)
  double optimizer_state_scale = 1;  ///< below 1: moments or main weights in 16 bits
  bool gathered_logits = false;      ///< the loss sees the whole vocabulary on every tensor-parallel rank
  double logit_bytes = 12;           ///< per logit at the peak: 16-bit, 32-bit copy, gradient
  double gathered_layers = 2;    ///< fully sharded: layers whose weights and gradients are whole at a time
  bool planned_memory = false;   ///< the compiler places every buffer: no allocator that fragments
  double context_bytes = 1.5e9;  ///< device context, libraries, communicator buffers
  // CUDA graphs keep their inputs, outputs and private pools for good: "a few GB", "over 10 GB" with a pipeline, where
  // each micro-batch in flight has its own (Megatron-Bridge, docs/training/cuda-graphs.md).
  double graph_bytes = 3e9;
  double graph_bytes_pipelined = 10e9;
  double host_link_bandwidth = 25e9;  ///< byte/s to host memory, for offload

  bool packed_samples = false;  ///< fine-tuning packs samples to full sequences
  std::int64_t default_vpp = 1;

  /// `adapters`: of weights that are frozen beside trained adapters.
  double tp_hidden(bool adapters) const {
    if (adapters && !adapters_overlap_tp) return async_tp ? async_tp_overlap : 0;
    return async_tp && async_tp_overlap > tp_overlap ? async_tp_overlap : tp_overlap;
  }
  double ep_hidden() const {
    return ep_overlapped && ep_overlap_when_asked > ep_overlap ? ep_overlap_when_asked : ep_overlap;
  }
};

}  // namespace gigawatt::step
