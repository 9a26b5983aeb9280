#include "gigawatt/reliability/goodput.h"

#include <algorithm>
#include <cmath>

namespace gigawatt::reliability {

double young_interval_s(double stall_s, double mttf_s) { return std::sqrt(2 * stall_s * mttf_s); }

double daly_interval_s(double stall_s, double mttf_s) {
  if (stall_s >= 2 * mttf_s) return mttf_s;
  const double x = stall_s / (2 * mttf_s);
  return young_interval_s(stall_s, mttf_s) * (1 + std::sqrt(x) / 3 + x / 9) - stall_s;
}

double ettr_first_order(double rate_per_s, const CheckpointCosts& checkpoint, const RecoveryCosts& recovery) {
  const double d = checkpoint.interval_s;
  const double lost = recovery.detection_s + recovery.restart_s + d / 2 + checkpoint.lag_s;
  return std::max(0.0, 1 - rate_per_s * lost) / (1 + checkpoint.stall_s / d);
}

double ettr_renewal(double rate_per_s, const CheckpointCosts& checkpoint, const RecoveryCosts& recovery) {
  const double d = checkpoint.interval_s;
  const double cycle = d + checkpoint.stall_s;
  if (rate_per_s <= 0) return d / cycle;
  const double useful = d * std::exp(-rate_per_s * checkpoint.lag_s) / std::expm1(rate_per_s * cycle);
  const double restart = rate_per_s * recovery.restart_s;
  const double down = (recovery.detection_s - std::expm1(-restart) / rate_per_s) * std::exp(restart);
  return useful / (1 / rate_per_s + down);
}

}  // namespace gigawatt::reliability
