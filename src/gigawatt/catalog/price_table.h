#pragma once
/// Prices: electricity by region and date, rental of accelerators, construction and asset lives, reported spending;
/// data/prices/*.toml.
///
/// All in nominal US dollars of their date; a series holds from its day until its next entry. Rates a year are
/// kept a second (1/s). Prices of chips and servers stand with them (accelerator.h, system.h).

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

struct ElectricityPrice {
  std::string region;  ///< price region of a GridRegion
  std::string date;    ///< from this ISO 8601 day until the region's next entry
  Sourced wholesale_usd_per_j;
  Sourced delivered_usd_per_j;  ///< with capacity, transmission and distribution
};

struct RentalPrice {
  std::string accelerator;
  std::string date;
  Sourced usd_per_s;  ///< per accelerator
};

enum class SpendingStatus { kActual, kGuidance };
inline constexpr std::array<std::string_view, 2> kSpendingStatusNames = {"actual", "guidance"};

struct Spending {
  std::string owner;
  std::string period;  ///< "2025", "2025-Q3"
  std::string date;    ///< first day of the period, or the day of the guidance
  SpendingStatus status = SpendingStatus::kActual;
  Sourced usd;
};

/// Defaults of building and running. Zero: not given.
struct CostDefaults {
  Sourced facility_usd_per_w;  ///< building with power and cooling, per watt at the meter
  Sourced all_in_usd_per_w;    ///< with IT equipment
  Sourced all_in_next_generation_usd_per_w;
  Sourced accelerator_share, network_share, cpu_share, storage_share,
      mechanical_electrical_share;                                    ///< of all-in
  Sourced server_life, building_life, electrical_life, network_life;  ///< s
  Sourced maintenance_rate;                                           ///< share of hardware cost, 1/s
  Sourced facility_operation_rate;                                    ///< share of construction cost, 1/s
  Sourced research_staff_share, hardware_share, energy_share;  ///< of the cost of developing a frontier model
  Sourced discount_rate;                                       ///< 1/s
  Sourced land_usd_per_w;
  Sourced water_usd_per_m3;
  Sourced carbon_usd_per_kg;
  Sourced battery_usd_per_j;
  Sourced gas_plant_usd_per_w;
  Sourced synchronous_condenser_usd_per_w;
  Sourced gas_usd_per_j;  ///< of heat
};

struct PriceTable {
  std::string name;
  std::string title;
  std::vector<ElectricityPrice> electricity;
  std::vector<RentalPrice> rental;
  std::vector<Spending> capex;
  CostDefaults cost;
};

/// Latest entry of a region not after an ISO 8601 day, else its first; nullptr for a region that is not listed.
const ElectricityPrice* electricity_at(const PriceTable& table, std::string_view region,
                                       std::string_view date);

void fields(config::FieldVisitor& v, ElectricityPrice& x);
void fields(config::FieldVisitor& v, RentalPrice& x);
void fields(config::FieldVisitor& v, Spending& x);
void fields(config::FieldVisitor& v, CostDefaults& x);
void fields(config::FieldVisitor& v, PriceTable& x);

}  // namespace gigawatt::catalog
