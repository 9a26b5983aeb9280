#pragma once
/// One site's year by the hour: from the IT load and the weather to the meter.
///
///     facility(t) = IT(t) + losses(IT) + cooling(heat, weather) + house load,      heat = IT + losses inside the halls
///
/// An hour too hot for the plant cuts the IT load to what it can carry; what is cut is counted. Where several things are
/// energy they are MWh of the hour; nothing is added up across IT and facility power.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/catalog/site.h"
#include "gigawatt/site/cooling.h"
#include "gigawatt/site/overhead.h"
#include "gigawatt/site/weather.h"

namespace gigawatt::site {

/// Losses between the meter and the servers by stage, as a function of IT power.
struct Losses {
  std::vector<std::string> stages;
  std::vector<bool> indoors;  ///< whether the stage heats the halls
  std::function<void(double it_w, std::span<double> loss_w)> at;
};

struct SiteYear {
  std::vector<std::string> stages;
  // By hour, W and m3 of the hour.
  std::vector<double> it_w, facility_w, chiller_w, fan_w, pump_w, loss_w, throttled_w, water_m3;
  std::vector<double> stage_loss_wh;  ///< of the year, by stage
  double house_w = 0;

  std::size_t hours() const { return it_w.size(); }
  double it_wh() const;
  double facility_wh() const;
  double pue_mean() const;  ///< of the energies
  double pue_max() const;   ///< of the worst hour
};

/// `it_w` by hour, as many as the weather has.
SiteYear site_year(const Weather& weather, std::span<const double> it_w, double design_it_w,
                   const CoolingPlant& plant, const Losses& losses);

/// A year of 8,760 hours from monthly normals: every day of a month is its typical day (overhead.h), with the month's
/// dew point.
Weather weather_of_normals(const catalog::Site& site, const TypicalDay& day);

}  // namespace gigawatt::site
