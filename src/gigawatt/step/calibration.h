#pragma once
/// The fitted constants of the step model: a few per chip and precision, a few shared by all.
/// Each has a meaning, a unit and bounds (`training_parameter_infos()`, `kernel_parameter_infos()`); values
/// and provenance live in data/calibration/*.toml. Kernel and network constants are fitted to kernel
/// measurements, the ones below to training runs: what a kernel benchmark cannot show.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/precision.h"
#include "gigawatt/kernels/parameters.h"
#include "gigawatt/network/network_parameters.h"

namespace gigawatt::step {

/// Time of recurrent mixers over their FLOPs and bytes at the data sheet's rates (data/calibration/mixers, fitted to
/// measured kernels by tools/fit_mixers.py).
struct MixerTimes {
  double gated_delta = 1;
  double kimi_delta = 1;
  double state_space = 1;  ///< Mamba-2, linear attention
  double convolution = 1;  ///< the short one before a recurrence
};

/// Constants of one chip (or of a whole generation, for chips without measurements).
struct ChipCalibration {
  std::string name;  ///< accelerator's canonical name, or a generation
  std::string generation;
  bool asynchronous_products = true;  ///< of its generation
  std::int64_t training_rows = 0;     ///< measured runs behind the constants below; 0: taken from other chips
  kernels::KernelParameters kernel;
  network::NetworkParameters network;
  /// Clock of days of training relative to short kernel bursts, by the precision of the linear layers.
  std::array<double, catalog::kPrecisionCount> sustained{1, 1, 1, 1, 1, 1, 1, 1};
  double attention_sustained = 1.0;  ///< attention kernels' throughput in training over the burst's
  double memory_sustained = 1.0;     ///< the same for memory-bound kernels
  double host_scale =
      1.0;  ///< host time per kernel of the servers that carry this chip, over the reference's
  double scaleup_training = 1.0;  ///< the same for scale-up
  MixerTimes mixers;
};

/// Kinds of scale-out fabric, as systems and rows name them (`catalog::System::fabric`). The last stands for
/// machines that do not say.
inline constexpr std::array<std::string_view, 8> kFabricNames = {
    "infiniband", "roce", "ethernet", "efa", "omni-path", "slingshot", "ici", "unknown"};

/// The place of `name` in `kFabricNames`; a name that is not there counts as "unknown".
std::size_t fabric_index(std::string_view name);

struct SharedCalibration {
  /// Scale-out bandwidth of collectives in training over that of a lone collective, by the kind of fabric: it is
  /// switches, congestion control and routing that lose it, not the accelerators.
  std::array<double, kFabricNames.size()> scaleout{1, 1, 1, 1, 1, 1, 1, 1};
  double jitter_per_doubling =
      0.002;  ///< expected wait for the slowest rank, share of the step per doubling of ranks
  double overlap_slowdown =
      0.15;  ///< compute lost while a collective runs beside it, share of the collective's time
  double moe_imbalance = 1.05;     ///< busiest expert rank over the mean under balanced routing
  double full_pass_overlap = 0.9;  ///< how much of a backward pass can really hide bucketed collectives
  double optimizer_efficiency =
      0.8;  ///< memory bandwidth reached by the multi-tensor optimizer over a plain kernel's
  double eager_passes = 1.5;  ///< memory traffic of eager element-wise chains over fused ones
  double unfused_norm_passes =
      4;  ///< the same for a norm written out in eager code (32-bit casts, mean, scale)
  double score_passes_fused = 5;     ///< passes over the score matrix per direction: softmax, dropout
  double score_passes_unfused = 14;  ///< the same with scale, mask, casts and softmax as kernels of their own
  double flash2_on_async =
      1.6;  ///< FlashAttention 2's time over the best kernel on chips with asynchronous matrix units (Hopper on)
  double flash1_time = 1.6;        ///< FlashAttention 1's time over FlashAttention 2's
  double sink_attention_time = 2;  ///< time of attention with learned sinks over the kernel without
  double host_sharpness = 4;       ///< how sharply "the longer of host and device" switches (exponent)
  double host_backward = 0.6;      ///< host time per kernel backward (autograd in compiled code) over forward
  double moe_host_exposed =
      0.5;  ///< share of an MoE layer's forward issue time that the device waits, after the routing is read back
  double expert_issue =
      1;  ///< host time to issue one more expert's product (a loop in compiled code) over an eager kernel's
  double overlapped_issue =
      1;  ///< host time to issue a layer in pieces, two micro-batches at once (exchange of experts under compute), over whole
  double cast_share =
      0.6;  ///< traffic of casting to 8 or 4 bits in training over a kernel benchmark's (fused into norms, shared by two gradients)
  double checkpoint_time =
      1;  ///< time of doing a layer again under PyTorch's or JAX's checkpoints over its forward pass
  double accumulation_share =
      0;  ///< traffic of adding weight gradients to 32-bit sums that the products do not hide
  double ragged_time = 1;       ///< experts' products in XLA's ragged kernels over a grouped kernel's
  double permute_passes = 2;    ///< memory traffic of separate permutation kernels over fused dispatch
  double fragmentation = 0.08;  ///< allocator fragmentation, share of allocated bytes
};

/// 80% band of one regime: measured / predicted lies in [low, high] for 80% of rows (cross-validated).
struct IntervalBand {
  std::string regime;
  double low = 0.9;
  double high = 1.1;
  std::int64_t rows = 0;  ///< cross-validated rows behind it
};

/// Factors on the logarithm of a band where published runs scatter more than their regime's.
struct IntervalWidening {
  double unknown_fabric = 1;  ///< several nodes on a fabric that is not named
  double open_plan = 1;       ///< a published run that leaves a part of its plan open
  double open_by_tensor = 1;  ///< the same where a compiler chooses tensor by tensor what is kept
  double new_chip = 1;        ///< no training run on this chip or its generation was at hand
  double few_tokens = 1;      ///< a micro-batch has fewer than `few_tokens_below` tokens a rank
  double few_tokens_below = 2048;
  double per_distance =
      0;  ///< added for each unit of distance from the nearest measured run beyond the first
};

/// A generation of accelerators (data/calibration/generations.toml).
struct Generation {
  std::string name;
  std::string like;  ///< whose constants stand in for it; empty: none
  /// Matrix units take operands asynchronously (Hopper on), which FlashAttention 1 and 2 do not use.
  bool asynchronous_products = true;
};

struct Calibration {
  std::vector<Generation> generations;  ///< empty: any name goes
  std::vector<ChipCalibration> chips;
  SharedCalibration shared;
  std::vector<IntervalBand> bands;  ///< empty: no band (low = high = the prediction)
  IntervalWidening widening;

  /// The chip's own constants, else its generation's, else those of the generation most like it
  /// (`Generation::like`); nullptr only when there are no chips at all.
  const ChipCalibration* find(const catalog::Accelerator& accelerator) const;

  /// Null where the table does not hold the name.
  const Generation* generation(std::string_view name) const;
};

}  // namespace gigawatt::step
