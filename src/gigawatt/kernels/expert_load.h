#pragma once
/// How the tokens of one step fall on the experts of the busiest device.
///
/// T tokens choose k of E experts; E/p experts live on a device. Balanced routing gives every expert T k / E rows.
/// Real routers are skewed: loads are drawn from a power law, x ~ x^-a on [1, 0.8 T], and scaled to sum to T k (an
/// expert gets at most T rows). Here the law's quantiles stand for its draws, u_i = (i + 1/2)/E:
///
///     x_i = (1 + u_i (x_max^(1-a) - 1))^(1/(1-a)),  x_max = 0.8 T
///
/// The busiest of p devices holds the largest expert, or the mean plus sqrt(2 ln p) standard deviations of a sum of
/// E/p draws without replacement, whichever is more. An expert of expected load r < 1 is touched with probability
/// 1 - e^-r; rows are padded to tiles of 16 (up to 64 rows) or 64.
/// Source of the power law: ai-dynamo/aiconfigurator, which draws its benchmark's loads so (Apache-2.0).

namespace gigawatt::kernels {

struct ExpertLoad {
  double active = 0;       ///< experts of the device with at least one row
  double rows = 0;         ///< rows over all of them
  double padded_rows = 0;  ///< rows of whole tiles
};

/// Share of E experts that n sequences of independent choices touch, each of k experts: 1 - (1 - k/E)^n. What routers
/// choose is not even; the busiest device above is bounded by it from below.
double touched_share(double sequences, double topk, double experts);

/// `skew` a: 0 balanced, 1.01 and 1.2 as measured routers look. `devices` p at least 1.
ExpertLoad busiest_device(double tokens, double topk, double experts, double devices, double skew);

}  // namespace gigawatt::kernels
