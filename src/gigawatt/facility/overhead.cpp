#include "gigawatt/facility/overhead.h"

#include <algorithm>
#include <numeric>

#include "gigawatt/base/check.h"

namespace gigawatt::facility {
namespace {

constexpr double kReferenceLoad = 0.7;
// Share of the losses at reference load that flows at any load: a double-conversion UPS quoted at 97% has about 94%
// at a quarter of its load (0.6), a distribution transformer loses a quarter of its reference loss at none (0.25).
constexpr double kNoLoadShare = 0.4;
constexpr double kConversionLimit = 0.9;
// The design hour of the hottest month: mean + z sigma with z(0.4%) = 2.65 and an hourly standard deviation of
// 5 K about the monthly mean, as temperate stations show (ASHRAE Handbook of Fundamentals, chapter 14, method).
constexpr double kDesignHourAboveMonthK = 2.65 * 5;

}  // namespace

Overhead::Overhead(const OverheadDesign& design, const Climate& climate) : design_(design) {
  GW_CHECK(design.pue_mean >= 1 && design.pue_peak >= design.pue_mean, "mean PUE {}, peak PUE {}",
           design.pue_mean, design.pue_peak);
  GW_CHECK(design.conversion_efficiency > 0 && design.conversion_efficiency <= 1, "efficiency {}",
           design.conversion_efficiency);
  const double overhead = design.pue_mean - 1;
  loss_ = std::min(1 / design.conversion_efficiency - 1, kConversionLimit * overhead);
  cooling_mean_ = overhead - loss_;

  const auto& t = climate.mean_dry_bulb_c;
  const double mean_c = std::accumulate(t.begin(), t.end(), 0.0) / 12;
  const double design_c = *std::max_element(t.begin(), t.end()) + kDesignHourAboveMonthK;
  const double slope = (design.pue_peak - design.pue_mean) / (design_c - mean_c);
  for (std::size_t m = 0; m < 12; ++m) cooling_[m] = std::max(0.0, cooling_mean_ + slope * (t[m] - mean_c));
  const double mean = std::accumulate(cooling_.begin(), cooling_.end(), 0.0) / 12;
  if (mean > 0)
    for (double& c : cooling_) c *= cooling_mean_ / mean;
}

OverheadCurve Overhead::month(unsigned month, double capacity_it_w) const {
  GW_CHECK(month < 12, "month {}", month);
  OverheadCurve curve;
  curve.conversion_fixed_w = loss_ * kNoLoadShare * kReferenceLoad * capacity_it_w;
  curve.conversion_per_it = loss_ * (1 - kNoLoadShare);
  curve.cooling_per_it = cooling_[month];
  const double relative = cooling_mean_ > 0 ? cooling_[month] / cooling_mean_ : 1;
  curve.water_m3_per_it_j = design_.water_m3_per_it_j * relative;
  return curve;
}

}  // namespace gigawatt::facility
