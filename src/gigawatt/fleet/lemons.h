#pragma once
/// Nodes differ: a share of them (lemons) fails more often than the others. Nodes are counted, not listed, so the
/// fleet knows how many lemons each holder of nodes has; which of a pool's free nodes a gang gets is a draw without
/// replacement.

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "gigawatt/base/random.h"

namespace gigawatt::fleet {

/// How the nodes of one kind differ; the factors weigh to 1, so that rates keep their meaning.
struct Frailty {
  double lemon_share = 0;   ///< of nodes
  double lemon_factor = 1;  ///< on the failure rate of a lemon
  double plain_factor = 1;  ///< of another node
  double lemon_cure = 0;    ///< share of a lemon's repairs after which it is none

  double batch_sigma =
      0;  ///< spread of deliveries: standard deviation of the logarithm of their rate, mean 1
  double infant_factor = 1;  ///< rate of a fresh node over an old one's: 1 + (factor - 1) exp(-age / time)
  double infant_time_s = 0;
  double burn_in_s = 0;  ///< age of a node when it is accepted

  bool lemons() const { return lemon_share > 0; }
  bool ages() const { return batch_sigma > 0 || infant_factor > 1; }
  /// As many ordinary nodes.
  double effective(std::int64_t nodes, std::int64_t lemons) const {
    return plain_factor * static_cast<double>(nodes - lemons) + lemon_factor * static_cast<double>(lemons);
  }
};

/// Lemons among `taken` of `nodes` nodes that hold `lemons` of them: hypergeometric. Drawn one by one up to 16;
/// above, rounded from the normal distribution of the same mean and variance, within what is possible.
inline std::int64_t draw_lemons(std::int64_t taken, std::int64_t nodes, std::int64_t lemons,
                                random::Stream& stream) {
  if (lemons <= 0 || taken <= 0) return 0;
  const std::int64_t least = std::max<std::int64_t>(0, taken - (nodes - lemons));
  const std::int64_t most = std::min(taken, lemons);
  if (least >= most) return most;
  if (taken <= 16) {
    std::int64_t drawn = 0;
    for (std::int64_t i = 0; i < taken; ++i)
      if (stream.uniform() * static_cast<double>(nodes - i) < static_cast<double>(lemons - drawn)) ++drawn;
    return drawn;
  }
  const auto n = static_cast<double>(taken);
  const auto all = static_cast<double>(nodes);
  const double share = static_cast<double>(lemons) / all;
  const double sigma = std::sqrt(n * share * (1 - share) * (all - n) / std::max(1.0, all - 1));
  return std::clamp<std::int64_t>(std::llround(stream.normal(n * share, sigma)), least, most);
}

}  // namespace gigawatt::fleet
