#include "gigawatt/site/overhead.h"

#include <algorithm>
#include <numeric>

#include "gigawatt/base/check.h"

namespace gigawatt::site {
namespace {

constexpr double kConversionLimit = 0.9;
constexpr unsigned kHours = 24;
}  // namespace

TypicalDay typical_day(const catalog::FacilityDefaults& defaults) {
  const auto& d = defaults.typical_day;
  TypicalDay out{d.reference_load, d.no_load_share, d.design_hour_above_month_k, {}};
  GW_CHECK(d.below_maximum.size() == kHours, "{} hours", d.below_maximum.size());
  std::copy_n(d.below_maximum.begin(), kHours, out.below_maximum.begin());
  return out;
}

Overhead::Overhead(const OverheadDesign& design, const Climate& climate, const TypicalDay& day)
    : design_(design), day_(day), climate_(climate) {
  GW_CHECK(design.pue_mean >= 1 && design.pue_peak >= design.pue_mean, "mean PUE {}, peak PUE {}",
           design.pue_mean, design.pue_peak);
  GW_CHECK(design.conversion_efficiency > 0 && design.conversion_efficiency <= 1, "efficiency {}",
           design.conversion_efficiency);
  const double overhead = design.pue_mean - 1;
  loss_ = std::min(1 / design.conversion_efficiency - 1, kConversionLimit * overhead);
  cooling_mean_ = overhead - loss_;

  const auto& t = climate.mean_dry_bulb_c;
  const double mean_c = std::accumulate(t.begin(), t.end(), 0.0) / 12;
  const double design_c = *std::max_element(t.begin(), t.end()) + day.design_hour_above_month_k;
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
  curve.conversion_fixed_w = loss_ * day_.no_load_share * day_.reference_load * capacity_it_w;
  curve.conversion_per_it = loss_ * (1 - day_.no_load_share);
  curve.cooling_per_it = cooling_[month];
  const double relative = cooling_mean_ > 0 ? cooling_[month] / cooling_mean_ : 1;
  curve.water_m3_per_it_j = design_.water_m3_per_it_j * relative;
  return curve;
}

double Overhead::dry_bulb_c(unsigned month, unsigned hour) const {
  GW_CHECK(month < 12 && hour < kHours, "month {}, hour {}", month, hour);
  const double mean = std::accumulate(day_.below_maximum.begin(), day_.below_maximum.end(), 0.0) / kHours;
  return climate_.mean_dry_bulb_c[month] + climate_.daily_range_k * (mean - day_.below_maximum[hour]);
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
