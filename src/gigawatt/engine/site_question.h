#pragma once
/// `gigawatt site`: one site's year by the hour, from its IT load, weather, prices, carbon and supply.
///
/// What is not given comes from the catalogue: the site's weather station (else its monthly normals), its cooling kind, its
/// price of electricity and carbon intensity, and a grid connection without limit. Everything that was taken for something
/// absent is in `notes`.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/grid/site_energy.h"
#include "gigawatt/power/chain.h"
#include "gigawatt/scenario/scenario.h"
#include "gigawatt/site/year.h"

namespace gigawatt::engine {

inline constexpr std::int64_t kHourUs = 3'600'000'000;

/// A document by its text; `name` is what messages call it. Empty name: not given.
struct NamedText {
  std::string name;
  std::string text;

  bool given() const { return !name.empty(); }
};

struct SiteQuestion {
  std::string site;                        ///< name in the catalogue, used where `site_file` is not given
  std::optional<catalog::Site> described;  ///< goes before both: a site that somebody has at hand
  NamedText site_file;                     ///< a site of one's own, in the format of data/sites
  double it_w = 0;                         ///< a constant load, used where `load` is not given
  double design_it_w = 0;                  ///< what the halls are built for; 0: the highest hour of the load
  NamedText load, weather, prices, carbon, supply, profile, plant_file;
  std::string plant;                      ///< name of a cooling plant; empty: the site's kind
  std::string chain;                      ///< name of a conversion chain; empty: the first of the library
  bool normals = false;                   ///< the monthly normals even where a weather file is known
  std::optional<double> price_usd_per_j;  ///< a constant price; absent: the series, or the catalogue's
  int year = 2026;                        ///< of the hours where no series has dates
  bool marginal = true;
};

struct SiteAnswer {
  std::string name;
  std::string plant, chain, weather;
  site::Weather air;
  site::SiteYear year;
  grid::EnergyYear energy;
  grid::Called called;
  std::vector<double> price_usd_per_mwh, carbon_t_per_mwh;
  base::SimTime first{};
  double design_it_w = 0;
  /// Carbon and water of making what stands there, the share of these hours in its life.
  double embodied_servers_t = 0, embodied_shell_t = 0, embodied_water_m3 = 0;
  double servers_t = 0, shell_t = 0;                   ///< the whole of it
  double declared_pue = 0, declared_wue_m3_per_j = 0;  ///< of the catalogue; 0: unknown
  std::vector<std::string> notes;

  double hours() const { return static_cast<double>(year.hours()); }
};

/// Gas as it is burnt on site, a joule of its heat.
struct GasFuel {
  double usd_per_j = 0;  ///< where a supply names no price
  double kg_per_j = 0;
};

/// A site whose weather, plant, chain, series and supply were read once; it answers one span of hours after another.
class PreparedSite {
 public:
  static tl::expected<PreparedSite, base::Diagnostics> prepare(const catalog::Catalog& catalog,
                                                               const std::filesystem::path& data,
                                                               const SiteQuestion& question);

  /// The question's own load over its own year.
  tl::expected<SiteAnswer, base::Diagnostics> answer() const;

  /// Another load by hour from `first` on (local standard time), in halls built for `design_it_w`. The typical year and
  /// the series repeat; a 29 February is like the day before. `supply` goes before what was read, where it is given.
  tl::expected<SiteAnswer, base::Diagnostics> answer(std::vector<double> it_w, base::SimTime first,
                                                     double design_it_w, const grid::Supply* supply) const;

  double utc_offset_h() const;
  GasFuel gas() const;

 private:
  struct Parts;
  explicit PreparedSite(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  friend class SiteReader;

  std::shared_ptr<const Parts> parts_;
};

tl::expected<SiteAnswer, base::Diagnostics> site_question(const catalog::Catalog& catalog,
                                                          const std::filesystem::path& data,
                                                          const SiteQuestion& question);

/// Gives a site the price and the carbon of electricity that a run's months have at the scenario's start: what `terms` say
/// (a zero, too), else those of their grid; where neither is known, what the site has stays.
void take_grid_terms(catalog::Site& site, const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                     const scenario::Site& terms);

/// The stages of a chain as the site's losses; a transformer stands outdoors.
site::Losses losses_of(const power::ChainLibrary& library, const power::Chain& chain, double design_it_w);

/// The hourly table: one row an hour with a header, for a file.
std::string site_csv(const SiteAnswer& answer);

}  // namespace gigawatt::engine
