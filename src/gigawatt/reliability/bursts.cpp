#include "gigawatt/reliability/bursts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gigawatt::reliability {

BurstModel burst_model(double gap_variation, double burst_time_s) {
  BurstModel m;
  if (!(gap_variation > 1) || !(burst_time_s > 0)) return m;
  constexpr double p = kBurstShare;
  // p^2 / (1 - (1 - p) a) + (1 - p) / a = k, falling in a on (0, 1]: bisection, because the root is wanted in (0, 1].
  const double k = (gap_variation * gap_variation + 1) / 2;
  double low = 1e-6;
  double high = 1;
  for (int i = 0; i < 200; ++i) {
    const double a = (low + high) / 2;
    const double value = p * p / (1 - (1 - p) * a) + (1 - p) / a;
    (value > k ? low : high) = a;
  }
  m.calm_factor = (low + high) / 2;
  m.burst_factor = (1 - (1 - p) * m.calm_factor) / p;
  m.burst_mean_s = burst_time_s;
  m.calm_mean_s = burst_time_s * (1 - p) / p;
  return m;
}

BurstPath::BurstPath(const BurstModel& model, double horizon_s, random::Stream stream) {
  if (!model.any()) return;
  calm_factor_ = model.calm_factor;
  burst_factor_ = model.burst_factor;
  starts_in_burst_ = stream.uniform() < kBurstShare;
  bool burst = starts_in_burst_;
  for (double t = 0; t < horizon_s; burst = !burst) {
    t += stream.exponential(burst ? model.burst_mean_s : model.calm_mean_s);
    switches_.push_back(t);
  }
}

BurstPath::Piece BurstPath::at(double t_s) const {
  if (switches_.empty()) return {std::numeric_limits<double>::infinity(), 1};
  const auto next = std::upper_bound(switches_.begin(), switches_.end(), t_s);
  const bool odd = (next - switches_.begin()) % 2 != 0;
  return {next == switches_.end() ? std::numeric_limits<double>::infinity() : *next,
          starts_in_burst_ != odd ? burst_factor_ : calm_factor_};
}

}  // namespace gigawatt::reliability
