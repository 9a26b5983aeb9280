#include "gigawatt/site/overhead.h"

#include <algorithm>
#include <numeric>

#include "gigawatt/base/check.h"

namespace gigawatt::site {
namespace {

constexpr double kConversionLimit = 0.9;
// The design hour of the hottest month: mean + z sigma with z(0.4%) = 2.65 and an hourly standard deviation of
// 5 K about the monthly mean, as temperate stations show (ASHRAE Handbook of Fundamentals, chapter 14, method).
constexpr double kDesignHourAboveMonthK = 2.65 * 5;
constexpr unsigned kHours = 24;
// Part of the daily range by which the hour that ends at 1, 2, ... 24 o'clock is below the day's maximum.
constexpr std::array<double, kHours> kBelowMaximum = {0.88, 0.92, 0.95, 0.98, 1.00, 0.98, 0.91, 0.74,
                                                      0.55, 0.38, 0.23, 0.13, 0.05, 0.00, 0.00, 0.06,
                                                      0.14, 0.24, 0.39, 0.50, 0.59, 0.68, 0.75, 0.82};

}  // namespace

Overhead::Overhead(const OverheadDesign& design, const Climate& climate)
    : design_(design), climate_(climate) {
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
  cooling_per_k_ = slope;
  if (mean > 0) {
    for (double& c : cooling_) c *= cooling_mean_ / mean;
    cooling_per_k_ *= cooling_mean_ / mean;
  }
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

double Overhead::dry_bulb_c(unsigned month, unsigned hour) const {
  GW_CHECK(month < 12 && hour < kHours, "month {}, hour {}", month, hour);
  const double mean = std::accumulate(kBelowMaximum.begin(), kBelowMaximum.end(), 0.0) / kHours;
  return climate_.mean_dry_bulb_c[month] + climate_.daily_range_k * (mean - kBelowMaximum[hour]);
}

OverheadCurve Overhead::hour(unsigned month, unsigned hour, double capacity_it_w) const {
  const auto cooling = [&](unsigned h) {
    return std::max(
        0.0, cooling_[month] + cooling_per_k_ * (dry_bulb_c(month, h) - climate_.mean_dry_bulb_c[month]));
  };
  double day = 0;
  for (unsigned h = 0; h < kHours; ++h) day += cooling(h) / kHours;
  OverheadCurve curve = this->month(month, capacity_it_w);
  const double relative = day > 0 ? cooling(hour) / day : 1;
  curve.cooling_per_it *= relative;
  curve.water_m3_per_it_j *= relative;
  return curve;
}

}  // namespace gigawatt::site
