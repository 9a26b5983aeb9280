#include "gigawatt/site/year.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gigawatt/base/check.h"
#include "gigawatt/site/overhead.h"
#include "gigawatt/site/psychrometrics.h"

namespace gigawatt::site {
namespace {

constexpr double kHourS = 3600;
constexpr std::array<unsigned, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

double sum(const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0); }

/// A first-order lag, exact for a heat that is constant over the hour.
class Lag {
 public:
  Lag(double tau_s, double start_w) : state_(start_w) {
    if (tau_s <= 0) return;
    left_ = std::exp(-kHourS / tau_s);
    weight_ = tau_s / kHourS * (1 - left_);
  }
  double mean(double heat_w) const { return heat_w + (state_ - heat_w) * weight_; }
  void step(double heat_w) { state_ = heat_w + (state_ - heat_w) * left_; }
  /// The heat whose mean of the hour is `mean_w`.
  double heat_for(double mean_w) const { return (mean_w - state_ * weight_) / (1 - weight_); }

 private:
  double state_, left_ = 0, weight_ = 0;
};

}  // namespace

double SiteYear::it_wh() const { return sum(it_w); }
double SiteYear::facility_wh() const { return sum(facility_w); }
double SiteYear::pue_mean() const { return it_wh() > 0 ? facility_wh() / it_wh() : 0; }
double SiteYear::pue_max() const {
  double worst = 0;
  for (std::size_t t = 0; t < hours(); ++t)
    if (it_w[t] > 0) worst = std::max(worst, facility_w[t] / it_w[t]);
  return worst;
}

SiteYear site_year(const Weather& weather, std::span<const double> it_w, double design_it_w,
                   const CoolingPlant& plant, const Losses& losses) {
  const std::size_t hours = it_w.size();
  GW_CHECK(hours == weather.hours(), "{} hours of load, {} of weather", hours, weather.hours());
  SiteYear out;
  out.stages = losses.stages;
  out.house_w = plant.house_share * design_it_w;
  for (auto* v : {&out.it_w, &out.facility_w, &out.chiller_w, &out.fan_w, &out.pump_w, &out.loss_w,
                  &out.throttled_w, &out.water_m3})
    v->resize(hours);
  out.stage_loss_wh.assign(losses.stages.size(), 0);
  std::vector<double> loss(losses.stages.size());
  double loss_w = 0;
  const auto heat_of = [&](double it) {
    losses.at(it, loss);
    double heat = it;
    loss_w = 0;
    for (std::size_t i = 0; i < loss.size(); ++i) {
      loss_w += loss[i];
      if (losses.indoors[i]) heat += loss[i];
    }
    return heat;
  };
  const Cooling cooling(plant, heat_of(design_it_w));
  Lag lag(cooling.lag_s(), hours > 0 ? heat_of(it_w[0]) : 0);
  for (std::size_t t = 0; t < hours; ++t) {
    const OutdoorAir air{weather.dry_bulb_c[t], weather.wet_bulb_c[t], weather.relative_humidity[t],
                         weather.pressure_pa[t]};
    double it = it_w[t], heat = heat_of(it);
    CoolingHour hour = cooling.hour(lag.mean(heat), air);
    if (hour.capability < 1) {
      // Losses follow the load closely enough to cut both in proportion.
      const double allowed = std::max(0.0, lag.heat_for(lag.mean(heat) * hour.capability));
      it *= std::min(1.0, allowed / heat);
      heat = heat_of(it);
      hour = cooling.hour(lag.mean(heat), air);
    }
    lag.step(heat);
    out.it_w[t] = it;
    out.throttled_w[t] = it_w[t] - it;
    out.loss_w[t] = loss_w;
    for (std::size_t i = 0; i < loss.size(); ++i) out.stage_loss_wh[i] += loss[i];
    out.chiller_w[t] = hour.chiller_w;
    out.fan_w[t] = hour.fan_w;
    out.pump_w[t] = hour.pump_w;
    out.water_m3[t] = hour.water_m3_per_s * kHourS;
    out.facility_w[t] = it + loss_w + hour.power_w() + out.house_w;
  }
  return out;
}

Weather weather_of_normals(const catalog::Site& site, const TypicalDay& typical) {
  Climate climate;
  GW_CHECK(site.climate.dry_bulb_c.size() == 12 && site.climate.dew_point_c.size() == 12,
           "{} without normals", site.name);
  std::copy_n(site.climate.dry_bulb_c.begin(), 12, climate.mean_dry_bulb_c.begin());
  climate.daily_range_k = site.climate.daily_range_k;
  const Overhead shape(OverheadDesign{}, climate, typical);
  Weather out;
  out.place = site.place;
  out.latitude = site.latitude;
  out.longitude = site.longitude;
  out.utc_offset_h = std::round(site.longitude / 15);
  out.pressure_pa.assign(8760, standard_pressure_pa(0));
  out.notes.push_back("no weather file: every day is its month's typical day, at the pressure of sea level");
  for (unsigned m = 0; m < 12; ++m)
    for (unsigned day = 0; day < kDays[m]; ++day)
      for (unsigned h = 0; h < 24; ++h) {
        const double dry = shape.dry_bulb_c(m, h), dew = std::min(dry, site.climate.dew_point_c[m]);
        const double rh = relative_humidity(dry, dew);
        out.dry_bulb_c.push_back(dry);
        out.relative_humidity.push_back(rh);
        out.wet_bulb_c.push_back(day == 0 ? wet_bulb_c(dry, rh, out.pressure_pa[0])
                                          : out.wet_bulb_c[out.wet_bulb_c.size() - 24]);
      }
  return out;
}

}  // namespace gigawatt::site
