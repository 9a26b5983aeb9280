#pragma once
/// The fitted constants of the step model: a few per chip and precision, a few shared.
/// Each has a meaning, a unit and bounds (see `parameters()`); values live in data/calibration/*.toml.

#include <array>
#include <string>
#include <vector>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/precision.h"

namespace gigawatt::step {

/// Constants of one chip (or of a whole generation, for chips without measurements).
struct ChipCalibration {
  std::string name;  ///< accelerator's canonical name, or a generation
  /// Sustained training throughput of GEMMs relative to short kernel bursts (power and clocks), per precision.
  std::array<double, catalog::kPrecisionCount> sustained{1, 1, 1, 1, 1, 1, 1, 1};
  double attention_sustained = 1.0;   ///< the same for attention kernels
  double memory_sustained = 1.0;      ///< the same for memory-bound kernels
  double launch_scale = 1.0;          ///< host speed: launch time relative to the software profile's
  double network_efficiency = 1.0;    ///< scale-out bandwidth reached in training / NIC rate
  double scaleup_efficiency = 1.0;    ///< scale-up bandwidth reached in training / link rate
};

struct SharedCalibration {
  double jitter_per_log2_rank = 0.002;  ///< expected maximum over ranks, fraction of the step per doubling
  double gemm_overlap_slowdown = 0.05;  ///< slowdown of compute while a collective runs under it
  double bubble_jitter = 0.0;           ///< extra bubble per stage, fraction of a micro-batch
  double moe_imbalance = 1.05;          ///< busiest expert rank over the mean, forced-balance routing
  double fragmentation = 0.04;          ///< allocator fragmentation, fraction of activations
};

/// 80% band of one regime: measured / predicted lies in [low, high] for 80% of rows (cross-validated).
struct IntervalBand {
  std::string regime;
  double low = 0.9;
  double high = 1.1;
};

struct Calibration {
  std::vector<ChipCalibration> chips;
  SharedCalibration shared;
  std::vector<IntervalBand> bands;

  /// The chip's own constants, else its generation's, else the newest known generation's.
  const ChipCalibration& chip(const catalog::Accelerator& accelerator) const;
};

}  // namespace gigawatt::step
