#pragma once
/// The fitted constants of `model.h`: few, physical, bounded. One set per accelerator, kept in
/// data/calibration/kernels/<accelerator>.toml with standard errors and provenance, or <generation>.toml for
/// chips without measurements of their own. `gigawatt calibrate` writes these files; their `meaning`, unit and
/// bounds come from default.toml.

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/catalog/precision.h"

namespace gigawatt::kernels {

/// Precisions that share kernels: fp32, tf32, fp16, bf16 | fp8, int8 | block-scaled fp8 (mxfp8) | nvfp4.
enum class GemmClass { k16Bit, kFp8, kBlockFp8, kFp4 };
inline constexpr std::size_t kGemmClassCount = 4;

constexpr GemmClass gemm_class(catalog::Precision p) {
  switch (p) {
    case catalog::Precision::kFp8:
    case catalog::Precision::kInt8: return GemmClass::kFp8;
    case catalog::Precision::kMxfp8: return GemmClass::kBlockFp8;
    case catalog::Precision::kNvfp4: return GemmClass::kFp4;
    default: return GemmClass::k16Bit;
  }
}

/// Matrix products of one class.
struct GemmParameters {
  double max_efficiency = 0;  ///< share of the data-sheet peak that an unlimited product reaches in a burst
  double k_ramp = 0;          ///< elements of K lost to pipeline fill, drain and epilogue of a tile
  double tile_ramp = 0;       ///< operand reuse (elements) at which a tile runs at half of its limit
  double wave_strength = 0;   ///< 0: idle SMs of a last wave cost nothing, 1: a last wave costs a full one
  double throttle = 0;        ///< share of throughput lost to the power cap in long products
  double stream_efficiency = 0;  ///< share of the memory bandwidth at which operands stream in
  double quantise_bytes = 0;     ///< traffic of casting, bytes per element of A; 0 for 16-bit formats
  double overhead_s = 0;         ///< device time that no shape explains, seconds
};

/// Fused attention in 16-bit formats. Lengths are keys per query that the mask leaves (half of the sequence
/// under a causal mask).
struct AttentionParameters {
  double max_efficiency = 0;       ///< share of the dense 16-bit peak at long sequence, head dimension 128
  double length_ramp = 0;          ///< keys at which the forward efficiency is half of its limit
  double backward_ramp_ratio = 0;  ///< the same backward, over forward
  double head_dim_ramp = 0;        ///< head dimension at which the efficiency is half of its limit
  double backward_ratio = 0;       ///< limit backward over forward
  double overhead_s = 0;           ///< seconds per kernel
};

struct KernelParameters {
  std::array<GemmParameters, kGemmClassCount> gemm{};
  AttentionParameters attention;
  double overlap_exponent = 0;   ///< p in (t_c^p + t_m^p)^(1/p)
  double throttle_s = 0;         ///< duration of a product at which half of the throttling is reached
  double memory_efficiency = 0;  ///< share of the memory bandwidth that a memory-bound kernel reaches
  double memory_ramp_bytes = 0;  ///< traffic that it could have moved while it starts and drains
  double memory_overhead_s = 0;  ///< device time of an empty kernel

  const GemmParameters& of(catalog::Precision p) const {
    return gemm[static_cast<std::size_t>(gemm_class(p))];
  }
  GemmParameters& of(catalog::Precision p) { return gemm[static_cast<std::size_t>(gemm_class(p))]; }
};

/// Names in the order of `kernel_parameter`: "gemm.bf16.max_efficiency", ..., "memory.overhead_s".
std::span<const std::string> kernel_parameter_names();

double& kernel_parameter(KernelParameters& parameters, std::size_t index);
double kernel_parameter(const KernelParameters& parameters, std::size_t index);

/// Fails when a constant is missing.
tl::expected<KernelParameters, base::Diagnostics> kernel_parameters(const catalog::FittedSet& set);

/// From `calibration`/kernels: the accelerator's own file, else its generation's, else pooled.toml (the fit
/// over all chips), else default.toml.
tl::expected<KernelParameters, base::Diagnostics> load_kernel_parameters(
    const catalog::FittedLibrary& calibration, const catalog::Accelerator& accelerator);

}  // namespace gigawatt::kernels
