#pragma once
/// Generators, batteries and contracts that can be had, with their limits and costs (data/supply/units.toml). SI.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::grid {

/// A kind of generator. Fuel of a unit at output x of its rating: heat_rate rating ((1 - no_load) x + no_load).
struct GeneratorKind {
  std::string name, title;
  std::string fuel;  ///< name of a fuel of the catalogue
  catalog::Sourced unit_w;
  catalog::Sourced heat_rate;  ///< heat in per electricity out, full load
  catalog::Sourced no_load, min_load;
  catalog::Sourced ramp_per_s;  ///< of the unit
  catalog::Sourced start_usd_per_w, variable_usd_per_j, fixed_usd_per_w_s, investment_usd_per_w, life_s;
};

struct BatteryKind {
  std::string name, title;
  catalog::Sourced round_trip;
  catalog::Sourced standing_loss;  ///< of the charge, per hour
  catalog::Sourced wear_usd_per_j;
  catalog::Sourced investment_usd_per_j, investment_usd_per_w, fixed_share, life_s;
};

struct ContractKind {
  std::string name, title;
  catalog::Sourced price_usd_per_j;
};

/// What a utility bills for the highest draw.
struct TariffKind {
  std::string name, title;
  catalog::Sourced demand_usd_per_w_s;  ///< of each month's highest hour
  catalog::Sourced billed_share;        ///< of the contract, billed at any draw
};

/// A fuel as it is bought, where a supply names no price.
struct FuelKind {
  std::string name;
  catalog::Sourced price_usd_per_j;  ///< of its heat
};

/// Carbon and water of making what a site is built of, over the IT power that it is rated for, and how long it serves.
struct Embodied {
  catalog::Sourced server_kg_per_w, server_water_m3_per_w, server_life_s;
  catalog::Sourced shell_kg_per_w, shell_water_m3_per_w, shell_life_s;
};

/// What sun and wind make of a contract's power where no profile is given.
struct Renewables {
  catalog::Sourced solar_loss_per_k;                       ///< of a cell above 25 C
  catalog::Sourced solar_rise_k_per_w_per_m2;              ///< of a cell above the air
  catalog::Sourced solar_tracking;                         ///< sun on the modules over that on level ground
  catalog::Sourced solar_modules;                          ///< DC rating over AC rating
  catalog::Sourced solar_system_loss, wind_system_loss;    ///< shares of the output
  catalog::Sourced wind_cut_in, wind_rated, wind_cut_out;  ///< m/s at the hub
  catalog::Sourced wind_hub_factor;                        ///< speed at the hub over that at 10 m
};

struct Unserved {
  catalog::Sourced price_usd_per_j;
};

struct SupplyUnits {
  std::string name, title;
  std::vector<GeneratorKind> generators;
  std::vector<BatteryKind> batteries;
  std::vector<ContractKind> contracts;
  std::vector<TariffKind> tariffs;
  std::vector<FuelKind> fuels;
  Unserved unserved;
  Renewables renewables;
  catalog::Sourced interest;  ///< a year, of levelised costs
  Embodied embodied;
};

void fields(config::FieldVisitor& v, Renewables& x);
void fields(config::FieldVisitor& v, GeneratorKind& x);
void fields(config::FieldVisitor& v, BatteryKind& x);
void fields(config::FieldVisitor& v, ContractKind& x);
void fields(config::FieldVisitor& v, TariffKind& x);
void fields(config::FieldVisitor& v, FuelKind& x);
void fields(config::FieldVisitor& v, Unserved& x);
void fields(config::FieldVisitor& v, Embodied& x);
void fields(config::FieldVisitor& v, SupplyUnits& x);

tl::expected<SupplyUnits, base::Diagnostics> load_units(const std::filesystem::path& file);

/// The entry of a name, or a diagnostic with the nearest one.
template <typename T>
const T* find(const std::vector<T>& list, std::string_view name) {
  for (const T& x : list)
    if (x.name == name) return &x;
  return nullptr;
}

}  // namespace gigawatt::grid
