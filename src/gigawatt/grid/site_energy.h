#pragma once
/// A site's energy year: what the meter draws by the hour, who supplies it, what that costs and emits.
///
/// The facility load by hour (site/year.h) goes into the dispatch (dispatch.h) with what the supply file names. Sources and
/// their cost per MWh: the grid at the market's price plus the adder; a generator at fuel price times full-load heat rate
/// plus variable cost, with all units but the spares, less their share of outage; a contract at its price up to its
/// profile; load that gives way at its price; unserved load at the value of lost load.
///
/// Units of a generator run as few as carry its output, each at the same load, which adds what part load and starts cost:
///
///     fuel(t) = heat_rate rating (no_load n(t) + (1 - no_load) output(t) / rating)
///
/// Location-based carbon counts the grid's energy at its hourly intensity and the fuel burnt. Market-based carbon takes off
/// the energy of contracts elsewhere that is delivered in the year, at most what the grid supplied.
///
/// Marginal values are differences of whole dispatches with one MW more and one MW less.

#include <map>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/grid/dispatch.h"
#include "gigawatt/grid/supply.h"
#include "gigawatt/site/weather.h"

namespace gigawatt::grid {

struct EnergyInputs {
  std::vector<double> load_mw;                          ///< at the meter
  std::vector<double> price_usd_per_mwh;                ///< market; one value or by hour
  std::vector<double> carbon_t_per_mwh;                 ///< of the grid; one value or by hour
  const site::Weather* weather = nullptr;               ///< for solar and wind without a profile
  base::SimTime first{};                                ///< of the hours, local standard time
  std::map<std::string, std::vector<double>> profiles;  ///< by file name, output over power
  double fuel_t_per_mwh_heat = 0;                       ///< carbon of gas
  bool marginal = true;                                 ///< also one MW more and less
};

/// One MW more and one MW less of something, in USD of the hours.
struct Marginal {
  std::string name;
  double one_more_usd = 0;  ///< saved by one more; negative where it costs
  double one_less_usd = 0;  ///< lost with one less
};

struct SourceYear {
  std::string name;
  std::string kind;  ///< grid, generator, contract, response, unserved
  double mwh = 0;
  double available_mwh = 0;          ///< 0 of a grid connection without a limit
  double usd = 0;                    ///< paid, without investment
  double levelised_usd_per_mwh = 0;  ///< with the investment of a generator repaid; 0 where nothing was made
  double co2_t = 0;
  double starts = 0, running_unit_hours = 0;
  double low_hours = 0;  ///< of a generator, in which even one unit runs below its least load
};

struct EnergyYear {
  Problem problem;
  Dispatch dispatch;
  std::vector<SourceYear> sources;  ///< of the problem's sources, in their order
  double grid_mwh = 0, gas_mwh = 0, nuclear_mwh = 0, battery_charge_mwh = 0, battery_discharge_mwh = 0,
         renewable_mwh = 0, curtailed_mwh = 0, unserved_mwh = 0, responded_mwh = 0, exported_mwh = 0,
         remote_mwh = 0;
  double unserved_hours = 0, unserved_first_hour = -1, unserved_worst_mw = 0;
  std::vector<std::pair<std::string, double>> bill_usd;  ///< lines; their sum is `cost_usd`
  double cost_usd = 0;  ///< without the value of unserved load and of load that gave way
  double co2_location_t = 0, co2_market_t = 0;
  std::vector<Marginal> marginals;
  std::vector<double> grid_highest_mw;  ///< by month

  /// What a source gives in an hour; of the export what is sold (its source in the dispatch is what the buyer does without).
  double given_mw(std::size_t source, std::size_t hour) const {
    const double mw = dispatch.source_mw[source][hour];
    return sources[source].kind == "export" ? problem.sources[source].limit_mw[0] - mw : mw;
  }
};

tl::expected<EnergyYear, base::Diagnostics> energy_year(const Supply& supply, const SupplyUnits& units,
                                                        const EnergyInputs& inputs);

/// The IT load after calls: what is paused or capped is lost, what is shifted comes back in the following hours within
/// `design_it_w`. `first` is the first hour.
struct Called {
  std::vector<double> it_w;
  double lost_wh = 0, shifted_wh = 0, unreturned_wh = 0;
  std::size_t hours = 0;
  std::size_t outside = 0;  ///< calls of which no hour lies in the series
};
Called apply_calls(const std::vector<DemandCall>& calls, std::vector<double> it_w, double design_it_w,
                   base::SimTime first);

/// Output over rating of a solar plant (fixed tilt approximated by the horizontal, cells 0.4% a kelvin) or a wind turbine
/// (cubic between 3 and 12 m/s at hub height) by hour of a weather.
std::vector<double> solar_profile(const site::Weather& weather, const Renewables& kind);
std::vector<double> wind_profile(const site::Weather& weather, const Renewables& kind);

}  // namespace gigawatt::grid
