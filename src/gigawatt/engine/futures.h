#pragma once
/// Many simulated futures of one scenario.
///
/// A future differs from the nominal run in its seed, in that lead times are drawn, and in how long steps take: of each
/// training by a factor from the interval of its step time, the same for all its phases, plans and systems, since what the
/// step model gets wrong of a model it gets wrong everywhere,
///
///     ln factor = z sigma,   z standard normal,   sigma = ln(high/step)/1.28 for z > 0, ln(step/low)/1.28 else
///
/// so that 80% of the futures lie within the interval. Futures go in pairs, z and -z, so that their median is that of the
/// nominal steps. What it says is the list of
/// values of its frame (`frame_of`), whose records are those of the nominal run; quantiles are taken over these lists,
/// figure by figure (results::Frame::summarize), so that no figure can be forgotten and the result does not depend on
/// which thread simulated what.

#include <cstdint>

#include "gigawatt/fleet/step_table.h"

namespace gigawatt::engine {

/// From the middle of a normal law to either end of its 80% range, in standard deviations.
inline constexpr double kEightyPercent = 1.2816;

/// Seed of future `index` (from 0) of a run.
std::uint64_t future_seed(std::uint64_t seed, std::uint64_t index);

/// The step times of future `index`.
fleet::StepTable drawn_steps(const fleet::StepTable& steps, std::uint64_t seed, std::uint64_t index);

}  // namespace gigawatt::engine
