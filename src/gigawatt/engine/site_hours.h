#pragma once
/// The sites of a run by the hour: what their meters would have shown, from the IT power that the fleet drew.
///
/// A site with `[site.weather]` or `[site.prices]` in its scenario is listened to while the fleet runs (`HourMeter`, exact
/// integrals of the load over each hour); afterwards each calendar year of it goes through the site's physics and the
/// dispatch (site_question.h). That is done in the nominal run and in every future, so that the figures (`HourTotals`) have
/// intervals. Nothing of it feeds back into the run, and the run's own monthly figures stay: they follow the design PUE of
/// the site, the hours follow its weather. A run that continues a snapshot has not heard its past and has no hours.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/engine/site_question.h"
#include "gigawatt/fleet/messages.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::engine {

/// A site of the scenario that is computed by the hour.
struct HourlySite {
  std::size_t site = 0;  ///< number in the scenario
  PreparedSite prepared;
  bool own_supply = false;                     ///< from a file; else from the scenario's `[[site.supply]]`
  std::vector<double> supply_carbon_kg_per_j;  ///< of each item of that
};

/// Reads what the sites of a scenario name in `[site.weather]` and `[site.prices]` (scenario/hourly.h). Files are looked for
/// in the folder of the scenario, then from the working folder; without a folder (a request, whose files nobody opens) a
/// file is refused.
tl::expected<std::vector<HourlySite>, base::Diagnostics> prepare_hourly_sites(
    const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
    const std::filesystem::path& data, const std::filesystem::path* folder);

/// The texts of files, by the names that a scenario has for them, unpacked: what a sweep carries to other machines.
using HourlyTexts = std::map<std::string, std::string>;
/// Names of the files that the sites of a scenario name, each once.
std::vector<std::string> hourly_files(const scenario::Scenario& scenario);
/// The same with files that were read before; one that is not among them is refused.
tl::expected<std::vector<HourlySite>, base::Diagnostics> prepare_hourly_sites(
    const scenario::ResolvedScenario& scenario, const catalog::Catalog& catalog,
    const std::filesystem::path& data, const HourlyTexts& texts);

/// IT energy of each site by hour, J.
class HourMeter final : public fleet::Meter {
 public:
  HourMeter(std::size_t sites, base::SimTime start);
  using fleet::Meter::on;
  void on(const fleet::Load& load, base::SimTime now) override;
  void finish(base::SimTime end);

  const std::vector<double>& it_j(std::size_t site) const { return sites_[site].it_j; }

 private:
  struct Site {
    std::int64_t milliw = 0;
    base::SimTime since;
    base::SimTime hour_ends;  ///< of the hour that `since` lies in
    std::vector<double> it_j;
  };
  void advance(Site& site, base::SimTime now);

  base::SimTime start_;
  std::vector<Site> sites_;
};

/// One calendar year (or the part that the run covers) of a site.
struct SiteHours {
  std::string site;
  int year = 0;
  SiteAnswer answer;
};

/// The years of one site together.
struct HourTotals {
  std::size_t site = 0;  ///< number in the scenario
  double it_mwh = 0, facility_mwh = 0, water_m3 = 0, co2_location_t = 0, co2_market_t = 0, cost_usd = 0;
  double throttled_mwh = 0, unserved_mwh = 0;
  double embodied_t = 0;  ///< of servers and shell, the share of these years in their lives
  std::vector<std::pair<std::string, double>> carbon_t;    ///< by source, and of making servers and shell
  std::vector<std::pair<std::string, double>> bill_usd;    ///< lines; their sum is the cost
  std::vector<std::pair<std::string, double>> supply_mwh;  ///< by source
  std::vector<std::pair<std::string, double>>
      supply_usd;  ///< by source, with the investment of generators repaid
};
std::vector<HourTotals> hour_totals(const std::vector<HourlySite>& sites, const std::vector<SiteHours>& years,
                                    const scenario::ResolvedScenario& scenario);

std::vector<SiteHours> site_hours(const std::vector<HourlySite>& sites,
                                  const scenario::ResolvedScenario& scenario, const HourMeter& meter,
                                  base::SimTime start, base::SimTime end);

/// What the scenario's supply is in a year that begins at `first`. `carbon_kg_per_j`: of each of its items; of gas it says
/// how much is burnt.
grid::Supply supply_of(const scenario::Site& site, const std::vector<double>& carbon_kg_per_j,
                       base::SimTime first, base::SimTime end, const GasFuel& fuel);

}  // namespace gigawatt::engine
