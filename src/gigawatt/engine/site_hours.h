#pragma once
/// The sites of a run by the hour: what their meters would have shown, from the IT power that the fleet drew.
///
/// A site with `[site.weather]` or `[site.prices]` in its scenario is listened to while the fleet runs (`HourMeter`, exact
/// integrals of the load over each hour); afterwards each calendar year of it goes through the site's physics and the
/// dispatch (site_question.h). Nothing of that feeds back into the run, and the run's own monthly figures stay: they follow
/// the design PUE of the site, the hours follow its weather.

#include <filesystem>
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
  bool own_supply = false;  ///< from a file; else from the scenario's `[[site.supply]]`
};

/// Reads what the sites of a scenario's file name in `[site.weather]` and `[site.prices]` (scenario/hourly.h). Files are
/// looked for beside the scenario, then from the working folder.
tl::expected<std::vector<HourlySite>, base::Diagnostics> prepare_hourly_sites(
    const std::filesystem::path& scenario_file, const scenario::ResolvedScenario& scenario,
    const catalog::Catalog& catalog, const std::filesystem::path& data);

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

std::vector<SiteHours> site_hours(const std::vector<HourlySite>& sites,
                                  const scenario::ResolvedScenario& scenario, const HourMeter& meter,
                                  base::SimTime start, base::SimTime end);

/// What the scenario's supply is in a year that begins at `first`.
grid::Supply supply_of(const scenario::Site& site, base::SimTime first, base::SimTime end,
                       double fuel_usd_per_j);

}  // namespace gigawatt::engine
