#pragma once
/// Time of one operator on one accelerator: matrix products, attention cores, memory-bound work.
///
/// GEMM of (M, N, K), `batch` independent products of the same shape:
///
///   t = overhead + q M K / stream + throttled[(t_c^p + t_m^p)^(1/p)]
///   t_c = min over tiles (a x b) and K splits s of  waves * cycle + split traffic / stream
///   cycle = 2 a b (K/s + k_ramp) / (peak per SM * max_efficiency * r(I)),   r(I) = I (I_max + I0) / (I_max (I + I0))
///   waves = w ceil(x) + (1 - w) max(x, 1),       x = batch ceil(M/a) ceil(N/b) s / SMs
///   t_m = (A + B + C) / stream,                  stream = memory bandwidth * stream_efficiency
///   throttled(t) = t (1 + h/(1-h) * t / (t + throttle_s))
///
/// The tile decides the reuse of operands, I = ab/(a+b), relative to the largest tile; the wave term is the tail
/// effect of a grid that does not fill the SMs a whole number of times; k_ramp the fill and drain of the software
/// pipeline in units of K; p how well compute and memory traffic overlap; q the traffic of casting A to FP8/FP4.
/// Long products draw more power than the cap allows and the clock falls: `throttle` h is that loss for products
/// that last much longer than `throttle_s`, in the bursts of a kernel benchmark. A training run, which heats the
/// chip for days, has in addition `ChipModel::sustained_clock`, fitted to training rows.
///
/// Attention core (flash): FLOPs of the two products over the query-key pairs that the mask leaves; L keys per
/// query on average, heads of D:
///   t = overhead + max(FLOPs / (peak * e), bytes / stream)
///   e = max_efficiency * L / (L + length_ramp) * D (128 + d) / (128 (D + d))
/// backward: 2.5 times the FLOPs (five products instead of two), ramp times `backward_ramp_ratio`, limit times `backward_ratio`.
/// Unfused attention: batched products over the whole score matrix, plus passes of mask, softmax and dropout
/// over it in memory.
///
/// Memory-bound operator: t = overhead + (bytes + ramp_bytes) / (bandwidth * efficiency).
///
/// Assumptions: operands come from device memory (no reuse of L2 between kernels); one kernel at a time.
/// Units: seconds, bytes, FLOP/s. Every function is pure, allocates nothing and never throws; a shape with a
/// zero dimension takes no time. Parameters come from `data/calibration/kernels` (see `parameters.h`).
/// Sources: NVIDIA "Matrix Multiplication Background" (tile and wave quantization); Dao, FlashAttention-2
/// (arXiv 2307.08691) for the FLOP counts; Williams et al., Roofline (CACM 2009).

#include <array>
#include <cstdint>
#include <string>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/precision.h"
#include "gigawatt/kernels/parameters.h"

namespace gigawatt::kernels {

/// `batch` products C[m,n] = A[m,k] B[k,n].
struct GemmShape {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t batch = 1;
};

/// A grouped product (experts of a mixture): `groups` products that share N and K; `total_rows` rows are
/// spread over them. `imbalance` 1: evenly; above: unevenly, so that a group fills its last tile by half.
struct GroupedGemmShape {
  std::int64_t groups = 0;
  double total_rows = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  double imbalance = 1;
};

struct AttentionShape {
  std::int64_t batch = 1;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t q_len = 0;
  std::int64_t kv_len = 0;
  std::int64_t head_dim = 0;  ///< of queries and keys
  std::int64_t v_dim = 0;     ///< of values; 0: as head_dim
  bool causal = true;
  std::int64_t window = 0;  ///< sliding window in keys; 0: none
};

enum class Direction { kForward, kBackward };

/// One accelerator as the kernel functions see it: data-sheet limits and fitted parameters.
struct ChipModel {
  std::string name;
  std::array<double, catalog::kPrecisionCount> peak_flops{};  ///< dense, FLOP/s; 0: not supported
  double memory_bandwidth = 0;                                ///< byte/s
  double sm_count = 1;
  KernelParameters kernel;
  /// Clock in days of training relative to the clock of a short burst, in (0, 1]; see above.
  double sustained_clock = 1;
  /// Seconds by which a host that launches kernels one by one delays each; 0: hidden, or a CUDA graph.
  double host_launch = 0;

  /// Data-sheet peak of the format that really runs: block-scaled FP8 runs on the plain FP8 units where the
  /// chip has no MX support, and a format that is missing altogether falls back to bf16, then fp16, then fp32.
  double peak(catalog::Precision precision) const;
};

/// `accelerator`'s data sheet joined with `parameters` (from the calibration of the chip or its generation).
ChipModel make_chip_model(const catalog::Accelerator& accelerator, const KernelParameters& parameters);

/// Bytes of one element in `precision`, block scales included (mxfp8 1/32, nvfp4 1/16 of a byte per element).
double element_bytes(catalog::Precision precision);

/// Whether `accelerator` can train linear layers in `precision`: formats below 16 bits need hardware that is no slower
/// than 16 bits (8-bit integers of Blackwell Ultra are); a 16-bit format that the accelerator lacks runs at the rate of the other.
bool computes_in(const catalog::Accelerator& accelerator, catalog::Precision precision);

/// Time of a product with operands in `precision` and a 2-byte result (4-byte for fp32/tf32).
/// The casting kernel of FP8/FP4 operands is part of it, as in the measured rows (`quantise_bytes`).
double gemm_seconds(const ChipModel& chip, const GemmShape& shape, catalog::Precision precision);

/// Time of a grouped product in one kernel. A group without rows does not read its weights.
double grouped_gemm_seconds(const ChipModel& chip, const GroupedGemmShape& shape,
                            catalog::Precision precision);

/// FLOPs of an attention core that are not masked away: 2 (head_dim + v_dim) per query-key pair and head,
/// 2.5 times that backward.
double attention_flops(const AttentionShape& shape, Direction direction);

/// Time of the attention core. `flash`: fused kernel; otherwise batched products plus the passes of mask,
/// softmax and dropout over the score matrix in memory.
double attention_seconds(const ChipModel& chip, const AttentionShape& shape, Direction direction, bool flash,
                         catalog::Precision precision);

/// Time of one kernel that moves `bytes` (read + written) and computes next to nothing; 0 for 0 bytes.
double memory_bound_seconds(const ChipModel& chip, double bytes);

}  // namespace gigawatt::kernels
