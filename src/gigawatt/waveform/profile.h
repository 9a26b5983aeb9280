#pragma once
/// One training step as power of an accelerator against time, from the event-driven schedule of the pipeline.
///
/// A rank of the pipeline is in one of a few activities: computing (products, attention, recompute, at the rates that
/// the step model gives), talking over links, waiting in a kernel that polls, waiting for the host, running its
/// optimizer. The power law (power/accelerator.h) turns each into watts. Inside a piece of work the kernels and the
/// exposed collectives of its layers alternate within milliseconds and are not in step among replicas, so a piece has
/// the mean power of what it consists of; between pieces a rank waits.
///
/// All replicas run the same schedule, so the mean over the ranks of one pipeline is the mean over the job. The
/// schedule's makespan and the closed form differ by up to two percent (docs/models/step.md): its time is scaled, so
/// that the period is the step time, and what follows it (gradient exchange, optimizer, host, waiting for the slowest
/// rank) comes after it for all ranks together.
///
/// The energy of a step is known without the schedule:
///
///     E = sum over stages (n forward + n backward energies) + rest of the time waiting + tail
///
/// `mean_w` is that; the waveform's integral over a period equals it (tested on random plans).

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/power/library.h"
#include "gigawatt/step/schedule_input.h"
#include "gigawatt/step/step.h"

namespace gigawatt::waveform {

enum class Doing : std::uint8_t {
  kIdle,     ///< no process on the accelerator
  kWaiting,  ///< in a kernel that polls for others' data
  kHost,     ///< clocks up, nothing launched
  kProducts,
  kAttention,
  kScaleUp,   ///< collectives inside the scale-up domain
  kScaleOut,  ///< collectives over the network cards
  kOptimizer,
  kCount,
};
inline constexpr std::size_t kDoings = static_cast<std::size_t>(Doing::kCount);
inline constexpr std::array<std::string_view, kDoings> kDoingNames = {
    "idle", "waiting", "host", "products", "attention", "scale_up", "scale_out", "optimizer"};

/// Watts of one accelerator by what it does, and the clock that a cap leaves to computing.
struct Levels {
  std::array<double, kDoings> watts{};
  double clock = 1;

  double operator[](Doing d) const { return watts[static_cast<std::size_t>(d)]; }
  double& operator[](Doing d) { return watts[static_cast<std::size_t>(d)]; }
};

/// Piecewise constant power over one period.
struct Profile {
  double period_s = 0;
  std::vector<double> from_s;  ///< ascending, the first is 0
  std::vector<double> watts;   ///< from from_s[i] on
  double mean_w = 0;           ///< from the energies alone
  double spread_s = 0;         ///< by how much replicas are out of step: the expected wait for the slowest
  Levels levels;

  /// Energy from the beginning of the period to `t_s` in it.
  std::vector<double> energy_j() const;
};

struct ProfileOptions {
  double cap = 1;               ///< power cap over the chip's own limit
  std::int32_t only_rank = -1;  ///< of the pipeline; below zero: the mean of all
};

/// The power levels of a request. `compute_share`: FLOP/s while computing, over the BF16 peak.
Levels levels(const power::PowerLibrary& library, const std::vector<catalog::Accelerator>& chips,
              const step::StepRequest& request, double compute_share, double cap);

/// Fails where the plan is illegal.
tl::expected<Profile, step::PlanError> step_profile(const step::StepRequest& request,
                                                    const step::Calibration& calibration,
                                                    const power::PowerLibrary& library,
                                                    const std::vector<catalog::Accelerator>& chips,
                                                    const step::StepResult& result,
                                                    const ProfileOptions& options = {});

}  // namespace gigawatt::waveform
