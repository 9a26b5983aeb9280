#pragma once
/// From IT power to the meter: losses of the conversion chain and the cooling plant, by month.
///
/// Conversion. The chain's efficiency holds at a reference load of 70% of capacity (where makers quote it); of the
/// losses there a share f0 flows at any load (magnetisation, fans, control), the rest with the load:
///
///     conversion(it) = l (f0 it_ref + (1 - f0) it),   it_ref = 0.7 capacity,  l = 1/efficiency - 1
///
/// Cooling. Proportional to the heat, with a ratio that is linear in the outdoor temperature and meets two design
/// figures: the yearly mean PUE at reference load, and the peak PUE in the design hour:
///
///     c(T) = max(0, c_mean + (c_peak - c_mean) (T - T_mean) / (T_design - T_mean)),   rescaled to the mean c_mean
///
/// T by month from the site's normals; T_design is the hour exceeded 0.4% of the time. Where the conversion chain
/// alone would exceed nine tenths of a declared overhead, it is a better chain than assumed and is scaled to that.
///
/// Within a month the same line holds from hour to hour. The outdoor temperature of a typical day swings by the site's
/// mean daily range R about the month's mean, in the shape that design days have:
///
///     T(h) = T_month + R (f_mean - f(h))
///
/// f(h): share of the daily range below the maximum in hour h (ASHRAE Handbook of Fundamentals 2021, chapter 14,
/// table 6). Hours are rescaled to their month, so that twelve typical days make the year that the months make.
///
/// Water goes with the heat that the cooling plant rejects: the yearly water use per IT energy, scaled by c(T)/c_mean.

#include <array>

#include "gigawatt/catalog/facility_defaults.h"

namespace gigawatt::site {

struct Climate {
  std::array<double, 12> mean_dry_bulb_c{};
  double daily_range_k = 0;  ///< mean maximum less mean minimum of a day
};

/// Shape of a plant's overhead (data/facility, [typical_day]); the defaults are of a plant without shape.
struct TypicalDay {
  double reference_load = 1;  ///< at which makers quote efficiencies
  double no_load_share = 0;   ///< of the losses at reference load, at any load
  double design_hour_above_month_k = 1;
  std::array<double, 24> below_maximum{};  ///< f(h)
};
TypicalDay typical_day(const catalog::FacilityDefaults& defaults);

struct OverheadDesign {
  double pue_mean = 1.2;  ///< over a year, at reference load
  double pue_peak = 1.3;  ///< design hour; at least pue_mean
  double conversion_efficiency = 1;
  double water_m3_per_it_j = 0;  ///< yearly mean
};

/// What one month makes of a load. All linear, so energies follow from IT energy and time.
struct OverheadCurve {
  double conversion_fixed_w = 0;
  double conversion_per_it = 0;
  double cooling_per_it = 0;
  double water_m3_per_it_j = 0;

  double facility_w(double it_w) const {
    return conversion_fixed_w + it_w * (1 + conversion_per_it + cooling_per_it);
  }
};

class Overhead {
 public:
  Overhead(const OverheadDesign& design, const Climate& climate, const TypicalDay& day);

  /// `month` 0 to 11; `capacity_it_w` is what the conversion chain is built for.
  OverheadCurve month(unsigned month, double capacity_it_w) const;

  /// One hour of the month's typical day, 0 (midnight to one, local time) to 23.
  OverheadCurve hour(unsigned month, unsigned hour, double capacity_it_w) const;
  double dry_bulb_c(unsigned month, unsigned hour) const;

  /// IT power that a facility power feeds in the design hour.
  double it_capacity_w(double facility_w) const { return facility_w / design_.pue_peak; }

 private:
  OverheadDesign design_;
  TypicalDay day_;
  double loss_ = 0;  // of the conversion chain, per IT power at reference load
  double cooling_mean_ = 0;
  double cooling_per_k_ = 0;
  Climate climate_;
  std::array<double, 12> cooling_{};
};

}  // namespace gigawatt::site
