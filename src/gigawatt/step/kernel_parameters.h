#pragma once
/// The fitted constants of `kernel_model.h`: few, physical, bounded. One set per accelerator, kept in
/// data/calibration/<accelerator>.toml with standard errors and provenance, or .../<generation>.toml for chips
/// without measurements of their own. `gigawatt calibrate` writes these files.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "gigawatt/catalog/precision.h"

namespace gigawatt::step {

/// Matrix products in one precision.
struct GemmParameters {
  double max_efficiency = 0;  ///< share of the data-sheet peak that an unlimited product reaches in a burst
  double k_ramp = 0;          ///< elements of K lost to pipeline fill, drain and epilogue of a tile
  double tile_ramp = 0;       ///< operand reuse I (elements) at which a tile runs at half of its limit
  double wave_strength = 0;   ///< 0: idle SMs of a last wave cost nothing, 1: a last wave costs a full one
  double throttle = 0;        ///< share of throughput lost to the power cap in long products
  double quantise_bytes = 0;  ///< memory traffic of casting, bytes per element of A; 0 for 16-bit formats
  double overhead_s = 0;      ///< kernel time that no shape explains, seconds
};

/// Fused attention in 16-bit formats.
struct AttentionParameters {
  double max_efficiency = 0;  ///< share of the dense 16-bit peak at long sequence and wide heads
  double length_ramp = 0;     ///< keys at which the efficiency is half of its limit
  double head_dim_ramp = 0;   ///< head dimension at which it is half of its limit
  double backward_ratio = 0;  ///< efficiency backward over forward
  double overhead_s = 0;      ///< seconds per kernel
};

struct KernelParameters {
  std::array<GemmParameters, catalog::kPrecisionCount> gemm{};
  AttentionParameters attention;
  double memory_efficiency = 0;     ///< share of the data-sheet memory bandwidth
  double memory_ramp_bytes = 0;     ///< traffic that a kernel could have moved while it starts and drains
  double overlap_exponent = 0;      ///< p in (t_c^p + t_m^p)^(1/p)
  double throttle_s = 0;            ///< duration of a product at which half of the throttling is reached
  double launch_s = 0;              ///< host-driven launch of one kernel

  const GemmParameters& of(catalog::Precision p) const { return gemm[static_cast<std::size_t>(p)]; }
  GemmParameters& of(catalog::Precision p) { return gemm[static_cast<std::size_t>(p)]; }
};

/// One named constant: where it lives, its unit, bounds and meaning. The list drives fitting, files and docs.
struct KernelParameterInfo {
  std::string name;  ///< "gemm.bf16.max_efficiency"
  std::string unit;  ///< "1", "s", "byte", "element"
  double low = 0;
  double high = 0;
  std::string meaning;
};

/// Every parameter, in the fixed order of `parameter_value`.
const std::vector<KernelParameterInfo>& kernel_parameter_infos();

/// Access by position in `kernel_parameter_infos()`.
double& parameter_value(KernelParameters& parameters, std::size_t index);
double parameter_value(const KernelParameters& parameters, std::size_t index);

}  // namespace gigawatt::step
