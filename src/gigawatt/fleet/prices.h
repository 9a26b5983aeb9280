#pragma once
/// What is paid for buildings and nodes: the scenario's prices, else the site's, else the catalogue's. The fleet books by
/// these, and a planner plans by them, so that a plan costs what its simulation says.

#include <optional>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/fleet/model.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::fleet {

/// Of one node of a system.
struct NodePrice {
  double accelerators_usd = 0;
  double server_usd = 0;  ///< the node less its accelerators at list price
  double network_usd = 0;
  double total() const { return accelerators_usd + server_usd + network_usd; }
};

/// `given`: the price of one accelerator in a contract; empty: the scenario's for the system, else the catalogue's at
/// the date.
NodePrice node_price(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                     const catalog::System& system, base::SimTime date, std::optional<double> given = {});

/// Shell, and plant (power and cooling), per watt at the meter.
struct FacilityPrice {
  double shell_usd_per_w = 0;
  double plant_usd_per_w = 0;
  double total() const { return shell_usd_per_w + plant_usd_per_w; }
};
FacilityPrice facility_price(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                             const scenario::Site& site);

/// Even rent over [from, to), per watt at the meter.
struct RentPart {
  base::SimTime from, to;
  double usd_per_w_s = 0;
};
/// What makes rented capacity ours, on a day.
struct LeaseEnd {
  base::SimTime date;
  double usd_per_w = 0;
};
struct Rent {
  std::vector<RentPart> parts;
  std::vector<LeaseEnd> purchases;
};
/// Until `end`, for a phase that is energized on a day: its lessor's rent, and that of the site's partners for their shares.
Rent rent_of(const scenario::Site& site, const scenario::Phase& phase, base::SimTime energized,
             base::SimTime end);

/// What partners of a site pay of an amount that is spread evenly over [from, to): by partner, its share of what is
/// spent once it has come in.
struct PartnerPart {
  double share = 0;    ///< of the whole amount
  base::SimTime from;  ///< spread over [from, to)
};
std::vector<PartnerPart> partner_parts(const scenario::Site& site, base::SimTime from, base::SimTime to);

/// What an item of a site's supply costs as a whole.
double supply_cost_usd(const scenario::Supply& item, const catalog::Catalog& catalog);

/// kg of CO2 a joule of a fuel's heat; empty: the catalogue does not know the fuel.
std::optional<double> fuel_carbon_kg_per_j(const catalog::Catalog& catalog, std::string_view fuel);
inline constexpr std::string_view kGasFuel = "natural-gas";

/// The generator of the catalogue that burns gas where a supply names none.
inline constexpr std::string_view kUsualGasPlant = "gas-turbine";

/// kg of CO2 a joule that an item of a site's supply emits; empty: what the site's region emits, which power by contract
/// counts too.
std::optional<double> supply_carbon_kg_per_j(const scenario::Supply& item, const catalog::Catalog& catalog);

/// What the supplies of a site offer.
std::vector<SupplyOffer> supply_offers(const scenario::Site& site, const catalog::Catalog& catalog);

/// Price of electricity at a site from dates on; empty: none is known.
std::vector<PriceStep> electricity_prices(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                                          const scenario::Site& site);

/// What goes with a site's energy besides its price.
struct EnergyExtras {
  double carbon_kg_per_j = 0;  ///< at the meter
  double carbon_usd_per_kg = 0;
  double water_usd_per_m3 = 0;
};
EnergyExtras energy_extras(const scenario::Scenario& scenario, const catalog::Catalog& catalog,
                           const scenario::Site& site);

/// Shares of capital spent, 1/s.
struct UpkeepRates {
  double maintenance_per_s = 0;  ///< of nodes and their network
  double staff_per_s = 0;        ///< of buildings
};
UpkeepRates upkeep_rates(const scenario::Scenario& scenario, const catalog::Catalog& catalog);

/// The year before its date in which a plant on site is paid for, and of which rates count.
inline constexpr double kPriceYear_s = 365.25 * 86400;
inline constexpr base::Duration kPriceYear{static_cast<std::int64_t>(kPriceYear_s * 1e6)};

}  // namespace gigawatt::fleet
