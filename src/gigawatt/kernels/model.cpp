#include "gigawatt/kernels/model.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gigawatt::kernels {
namespace {

using catalog::Precision;

struct Tile {
  double rows, columns;
};
/// Output tiles that vendor libraries choose from, the largest first (NVIDIA, "Matrix Multiplication Background").
constexpr std::array<Tile, 8> kTiles = {
    {{256, 128}, {128, 256}, {128, 128}, {256, 64}, {64, 256}, {128, 64}, {64, 128}, {64, 64}}};
constexpr double kLargestReuse = 256.0 * 128 / (256 + 128);
/// Ways to cut K so that few tiles still fill the chip.
constexpr std::array<double, 6> kSplits = {1, 2, 3, 4, 6, 8};
/// A split writes and reads 32-bit partial sums.
constexpr double kPartialSumBytes = 8;
/// Products of the score matrix backward (dV, dP, dQ, dK and the recomputed scores) over forward (S, O).
constexpr double kFlashBackward = 2.5;
constexpr double kReferenceHeadDim = 128;
/// Reads and writes of the score matrix by scale, mask, softmax and dropout when they are not fused.
constexpr double kUnfusedPasses = 6;

/// Smallest integer not below x, for 0 <= x < 2^63: without SSE4.1 std::ceil is a library call.
double round_up(double x) {
  const auto whole = static_cast<double>(static_cast<std::int64_t>(x));
  return whole < x ? whole + 1 : whole;
}

/// A kernel's grid: `row_tiles` per tile height are given by the caller because groups round up separately.
struct Work {
  double groups;  ///< independent products
  double rows;    ///< of one group
  bool ragged;    ///< rows differ between groups
  double n, k;
  double read_bytes;   ///< operands
  double write_bytes;  ///< result
};

double row_tiles(const Work& w, double height) {
  const double tiles = w.rows / height;
  return w.ragged ? std::max(1.0, tiles + 0.5) : round_up(tiles);
}

double compute_seconds(const ChipModel& chip, const GemmParameters& g, const Work& w, double peak,
                       double stream) {
  const double seconds_per_flop = chip.sm_count / (peak * g.max_efficiency);  // of one SM
  const double ramp_at_largest = (kLargestReuse + g.tile_ramp) / kLargestReuse;
  const double partial_sums = kPartialSumBytes * w.groups * w.rows * w.n / stream;
  const double groups_per_sm = w.groups / chip.sm_count;
  double best = std::numeric_limits<double>::infinity();
  for (const Tile& tile : kTiles) {
    const double area = tile.rows * tile.columns;
    const double reuse = area / (tile.rows + tile.columns);
    const double slowdown = std::max(1.0, (reuse + g.tile_ramp) / (reuse * ramp_at_largest));
    const double per_k = 2 * area * seconds_per_flop * slowdown;
    const double grid = groups_per_sm * row_tiles(w, tile.rows) * round_up(w.n / tile.columns);
    for (const double split : kSplits) {
      const double x = grid * split;
      const double fewest = std::max(x, 1.0);
      const double cycle = per_k * (w.k / split + g.k_ramp);
      const double extra = split > 1 ? partial_sums * split : 0;
      if (fewest * cycle + extra < best) {
        const double waves = g.wave_strength * round_up(x) + (1 - g.wave_strength) * fewest;
        best = std::min(best, waves * cycle + extra);
      }
      if (grid >= 4) break;  // enough tiles: cutting K only adds traffic
    }
  }
  return best;
}

double product_seconds(const ChipModel& chip, const Work& w, Precision precision) {
  const GemmParameters& g = chip.kernel.of(precision);
  const double stream = chip.memory_bandwidth * g.stream_efficiency;
  const double peak = chip.peak(precision) * chip.sustained_clock;
  const double compute = compute_seconds(chip, g, w, peak, stream);
  const double memory = (w.read_bytes + w.write_bytes) / stream;
  const double longer = std::max(compute, memory);
  const double share = std::min(compute, memory) / longer;
  const double p = chip.kernel.overlap_exponent;
  double t = longer * std::pow(1 + std::pow(share, p), 1 / p);
  t *= 1 + g.throttle / (1 - g.throttle) * t / (t + chip.kernel.throttle_s);
  return chip.host_launch + g.overhead_s + g.quantise_bytes * w.groups * w.rows * w.k / stream + t;
}

/// Bytes of an element of the result.
double result_bytes(Precision p) { return p == Precision::kFp32 || p == Precision::kTf32 ? 4 : 2; }

/// Query-key pairs of one head of one sequence that the mask leaves.
double visible_pairs(const AttentionShape& s) {
  const auto q = static_cast<double>(s.q_len), kv = static_cast<double>(s.kv_len);
  const double span = s.window > 0 ? std::min(static_cast<double>(s.window), kv) : kv;
  if (!s.causal) return q * span;
  // The last query sees the last key; query i (from the end) sees min(span, kv - i) keys.
  const double limited = std::clamp(kv - span, 0.0, q);  // queries that the window cuts
  const double last = std::max(kv - q, 0.0);
  const double ramp_from = last + 0.5,
               ramp_to = kv - limited + 0.5;  // middle of the first and last pair counted
  const double ramp = std::max(q - limited, 0.0) * (ramp_from + ramp_to) / 2;
  return limited * span + ramp;
}

double flash_seconds(const ChipModel& chip, const AttentionShape& s, Direction direction, double peak) {
  const AttentionParameters& a = chip.kernel.attention;
  const bool backward = direction == Direction::kBackward;
  const double length = visible_pairs(s) / static_cast<double>(s.q_len);
  const double ramp = a.length_ramp * (backward ? a.backward_ramp_ratio : 1.0);
  const auto dim = static_cast<double>(s.head_dim);
  const double width =
      dim / (dim + a.head_dim_ramp) * (kReferenceHeadDim + a.head_dim_ramp) / kReferenceHeadDim;
  const double limit = std::min(a.max_efficiency * width * (backward ? a.backward_ratio : 1.0), 1.0);
  const double compute = attention_flops(s, direction) / (peak * limit * length / (length + ramp));
  const double v_dim = static_cast<double>(s.v_dim > 0 ? s.v_dim : s.head_dim);
  const double tensors = 2.0 * static_cast<double>(s.batch) *
                         (static_cast<double>(s.heads * s.q_len) * (dim + v_dim) +
                          static_cast<double>(s.kv_heads * s.kv_len) * (dim + v_dim));
  // Backward also reads the output and its gradient and writes three gradients.
  const double bytes = tensors * (backward ? kFlashBackward : 1.0);
  return chip.host_launch + a.overhead_s +
         std::max(compute, bytes / (chip.memory_bandwidth * chip.kernel.memory_efficiency));
}

double unfused_seconds(const ChipModel& chip, const AttentionShape& s, Direction direction,
                       Precision precision) {
  const std::int64_t v_dim = s.v_dim > 0 ? s.v_dim : s.head_dim;
  const std::int64_t products = s.batch * s.heads;
  const double scores =
      static_cast<double>(products) * static_cast<double>(s.q_len) * static_cast<double>(s.kv_len);
  const double repeats = direction == Direction::kBackward ? 2 : 1;  // each product has two gradients
  return repeats * (gemm_seconds(chip, {s.q_len, s.kv_len, s.head_dim, products}, precision) +
                    gemm_seconds(chip, {s.q_len, v_dim, s.kv_len, products}, precision)) +
         memory_bound_seconds(chip, kUnfusedPasses * scores * result_bytes(precision));
}

}  // namespace

double ChipModel::peak(Precision precision) const {
  const auto value = [this](Precision p) { return peak_flops[static_cast<std::size_t>(p)]; };
  if (value(precision) > 0) return value(precision);
  if (precision == Precision::kMxfp8 && value(Precision::kFp8) > 0) return value(Precision::kFp8);
  for (const Precision fallback : {Precision::kBf16, Precision::kFp16, Precision::kFp32})
    if (value(fallback) > 0) return value(fallback);
  return 0;
}

ChipModel make_chip_model(const catalog::Accelerator& accelerator, const KernelParameters& parameters) {
  ChipModel chip;
  chip.name = accelerator.name;
  for (std::size_t i = 0; i < catalog::kPrecisionCount; ++i)
    chip.peak_flops[i] = accelerator.peak_flops[i].value;
  chip.memory_bandwidth = accelerator.memory_bandwidth.value;
  chip.sm_count = std::max(1.0, accelerator.sm_count.value);
  chip.kernel = parameters;
  return chip;
}

double element_bytes(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
    case Precision::kTf32: return 4;
    case Precision::kFp8:
    case Precision::kInt8: return 1;
    case Precision::kMxfp8: return 1 + 1.0 / 32;    // one 8-bit scale per 32 elements
    case Precision::kNvfp4: return 0.5 + 1.0 / 16;  // one 8-bit scale per 16 elements
    default: return 2;
  }
}

bool computes_in(const catalog::Accelerator& accelerator, catalog::Precision precision) {
  if (element_bytes(precision) >= 2) return true;
  return accelerator.peak(precision) > 0 && accelerator.peak(precision) >= accelerator.peak(Precision::kBf16);
}

double gemm_seconds(const ChipModel& chip, const GemmShape& s, Precision precision) {
  if (s.m <= 0 || s.n <= 0 || s.k <= 0 || s.batch <= 0) return 0;
  const auto m = static_cast<double>(s.m), n = static_cast<double>(s.n), k = static_cast<double>(s.k);
  const auto batch = static_cast<double>(s.batch);
  return product_seconds(chip,
                         {batch, m, false, n, k, batch * (m + n) * k * element_bytes(precision),
                          batch * m * n * result_bytes(precision)},
                         precision);
}

double grouped_gemm_seconds(const ChipModel& chip, const GroupedGemmShape& s, Precision precision) {
  if (s.groups <= 0 || s.total_rows <= 0 || s.n <= 0 || s.k <= 0) return 0;
  const double groups = std::min(static_cast<double>(s.groups), std::max(1.0, s.total_rows));
  const auto n = static_cast<double>(s.n), k = static_cast<double>(s.k);
  return product_seconds(chip,
                         {groups, s.total_rows / groups, s.imbalance > 1, n, k,
                          (s.total_rows + groups * n) * k * element_bytes(precision),
                          s.total_rows * n * result_bytes(precision)},
                         precision);
}

double attention_flops(const AttentionShape& s, Direction direction) {
  if (s.q_len <= 0 || s.kv_len <= 0) return 0;
  const double v_dim = static_cast<double>(s.v_dim > 0 ? s.v_dim : s.head_dim);
  const double forward = 2 * (static_cast<double>(s.head_dim) + v_dim) * visible_pairs(s) *
                         static_cast<double>(s.batch) * static_cast<double>(s.heads);
  return direction == Direction::kBackward ? kFlashBackward * forward : forward;
}

double attention_seconds(const ChipModel& chip, const AttentionShape& s, Direction direction, bool flash,
                         Precision precision) {
  if (s.batch <= 0 || s.heads <= 0 || s.q_len <= 0 || s.kv_len <= 0 || s.head_dim <= 0) return 0;
  if (!flash) return unfused_seconds(chip, s, direction, precision);
  return flash_seconds(chip, s, direction, chip.peak(precision) * chip.sustained_clock);
}

double memory_bound_seconds(const ChipModel& chip, double bytes) {
  if (bytes <= 0) return 0;
  const KernelParameters& k = chip.kernel;
  return chip.host_launch + k.memory_overhead_s +
         (bytes + k.memory_ramp_bytes) / (chip.memory_bandwidth * k.memory_efficiency);
}

}  // namespace gigawatt::kernels
