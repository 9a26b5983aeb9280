#pragma once
/// Many simulated futures of one scenario.
///
/// A future differs from the nominal run in its seed and in that lead times are drawn. What it says is the list of
/// values of its frame (`frame_of`), whose records are those of the nominal run; quantiles are taken over these lists,
/// figure by figure (results::Frame::summarize), so that no figure can be forgotten and the result does not depend on
/// which thread simulated what.

#include <cstdint>

namespace gigawatt::engine {

/// Seed of future `index` (from 0) of a run.
std::uint64_t future_seed(std::uint64_t seed, std::uint64_t index);

}  // namespace gigawatt::engine
