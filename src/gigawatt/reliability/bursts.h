#pragma once
/// Failures come in bursts: the rate of a pool switches between calm and burst (a two-state Markov-modulated Poisson
/// process; Fischer and Meier-Hellstern, Performance Evaluation 18, 1993). Both sojourns are exponential. The factor
/// on the rate has mean 1, so that a profile's rates keep their meaning.
///
/// Where bursts and calms are long against the gaps between failures, gaps are a mixture of two exponentials, weighted
/// by how many failures each state has, and their squared coefficient of variation is
///
///     c^2 = 2 (p / b + (1 - p) / a) - 1,     p b + (1 - p) a = 1
///
/// with the share of time p in bursts, the factor b in bursts and a in calm. Given c and p this is a quadratic in a.
/// The path of the factor does not depend on anything else, so it is drawn once for a run, and the next failure of any
/// population is found by walking its exposure along the path: no event is drawn in vain.

#include <cstdint>
#include <vector>

#include "gigawatt/base/random.h"

namespace gigawatt::reliability {

struct BurstModel {
  double calm_factor = 1;
  double burst_factor = 1;
  double burst_mean_s = 0;
  double calm_mean_s = 0;

  bool any() const { return burst_factor > calm_factor; }
};

/// Share of time in bursts; free in the fit to one coefficient of variation.
inline constexpr double kBurstShare = 0.1;

/// The model with the coefficient of variation `gap_variation` >= 1 of the gaps, in bursts of `burst_time_s` in the
/// mean. 1, or no burst time: no bursts. Above sqrt(2 / kBurstShare - 1) = 4.4, which is calm without any failure,
/// it is that.
BurstModel burst_model(double gap_variation, double burst_time_s);

/// One draw of the factor over time, from 0 s to the horizon (constant after it).
class BurstPath {
 public:
  BurstPath() = default;  ///< factor 1
  BurstPath(const BurstModel& model, double horizon_s, random::Stream stream);

  struct Piece {
    double until_s = 0;
    double factor = 1;
  };
  /// The piece that holds at `t_s`, and its end (infinite for the last).
  Piece at(double t_s) const;
  bool constant() const { return switches_.empty(); }

 private:
  std::vector<double> switches_;  // ascending; the state changes at each
  bool starts_in_burst_ = false;
  double calm_factor_ = 1;
  double burst_factor_ = 1;
};

}  // namespace gigawatt::reliability
