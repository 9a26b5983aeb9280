#pragma once
/// What supplies a site, as a file says it (`--supply FILE.toml`, `[[site.supply]]`), and how it becomes a dispatch.
///
///     version = 1
///     [grid]
///     limit = "300 MW"                      # or [[grid.step]] with from and limit
///     price_adder = "12 USD/MWh"            # delivery, on top of the market's price
///     demand_charge = "10 USD/kW/month"
///     [[generator]]
///     kind = "gas-turbine"                  # data/supply/units.toml; every number of it may be given here instead
///     units = 6
///     spare = 1                             # N+1: five of six run
///     fuel_price = "4 USD/MMBtu"
///     [[battery]]
///     power = "50 MW"
///     energy = "200 MWh"
///     [[contract]]
///     kind = "solar"
///     power = "200 MW"
///     profile = "profile.csv"               # output over power by hour; solar and wind follow the weather without it
///
/// Powers are at the meter. MWh where MW are due is caught by the reader, because every field has a dimension.

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/base/sim_time.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/grid/units.h"
#include "gigawatt/units/quantity.h"

namespace gigawatt::grid {

struct LimitStep {
  base::SimTime from{};
  double limit_w = 0;
};

struct GridConnection {
  std::optional<double> limit_w;  ///< none: as much as wanted
  std::vector<LimitStep> steps;   ///< ascending; override `limit_w` from their dates on
  double export_w = 0;
  double adder_usd_per_j = 0;
  double export_discount_usd_per_j = 0;  ///< below the market's price
  double demand_usd_per_w_s = 0;
  double billed_share = 0;  ///< of `contract_w`, billed at any draw
  double contract_w = 0;
  double capacity_usd_per_w_s = 0;  ///< of the year's highest draw
};

struct GeneratorSupply {
  std::string name, kind;
  std::int64_t units = 1, spare = 0;
  std::optional<double> unit_w, heat_rate, no_load, min_load, ramp_w_per_s, start_usd_per_w,
      variable_usd_per_j;
  std::optional<double> fuel_usd_per_j;  ///< of heat; reading a supply fills in that of the kind's fuel
  double outage = 0;                     ///< share of the time that a unit is out
};

struct BatterySupply {
  std::string name, kind = "lithium";
  double power_w = 0, energy_j = 0;
  std::optional<double> round_trip, standing_loss, wear_usd_per_j;
  double start = 0.5;  ///< of the energy; also the least at the end
  bool cyclic = false;
};

struct ContractSupply {
  std::string name, kind;
  double power_w = 0;
  std::optional<double> price_usd_per_j;
  std::string profile;         ///< CSV file; empty: the weather (solar, wind) or flat
  bool take_or_pay = false;    ///< what is not taken is paid too
  bool remote = false;         ///< certificates and a price, but no power at the site's meter
  double carbon_kg_per_j = 0;  ///< location-based; the market's books have none
};

enum class CallKind { kPause, kCap, kShift };
inline constexpr std::array<std::string_view, 3> kCallKindNames = {"pause", "cap", "shift"};

/// A call of the grid on the IT load.
struct DemandCall {
  CallKind kind = CallKind::kCap;
  base::SimTime from{};
  double length_s = 3600;
  double to = 0;  ///< share of the IT load that stays (cap, shift)
};

/// Load that gives way at a price.
struct PriceResponse {
  double share = 0;  ///< of the facility load
  double price_usd_per_j = 0;
};

struct Supply {
  std::int64_t version = 1;
  std::optional<GridConnection> grid;  ///< none: an island
  std::vector<GeneratorSupply> generators;
  std::vector<BatterySupply> batteries;
  std::vector<ContractSupply> contracts;
  std::vector<DemandCall> calls;
  std::vector<PriceResponse> responses;
  std::optional<double> unserved_usd_per_j;
};

void fields(config::FieldVisitor& v, LimitStep& x);
void fields(config::FieldVisitor& v, GridConnection& x);
void fields(config::FieldVisitor& v, GeneratorSupply& x);
void fields(config::FieldVisitor& v, BatterySupply& x);
void fields(config::FieldVisitor& v, ContractSupply& x);
void fields(config::FieldVisitor& v, DemandCall& x);
void fields(config::FieldVisitor& v, PriceResponse& x);
void fields(config::FieldVisitor& v, Supply& x);

/// A source without a name is called by its kind, and by a number behind it from the second of a kind on.
void name_sources(Supply& supply);

/// Reads a file's text and checks it against the kinds that are known; all mistakes at once, each with its place.
tl::expected<Supply, base::Diagnostics> read_supply(const std::string& text, const std::string& name,
                                                    const SupplyUnits& units);
base::Diagnostics check_supply(const Supply& supply, const SupplyUnits& units);

}  // namespace gigawatt::grid
