#pragma once
/// A data-center campus as reported: place, grid, capacity by date, supply, cooling, cost.
///
/// Facility power (at the meter) and IT power (at the racks) are separate fields everywhere. `peak_overhead` is
/// their ratio in the design hour, which sizes the connection; `pue` is the mean over a year, which sizes the bill.
/// Where estimates conflict, the band holds them all and the reason says which is the value.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

enum class CapacityStatus { kBuilt, kForecast, kAnnounced };
inline constexpr std::array<std::string_view, 3> kCapacityStatusNames = {"built", "forecast", "announced"};

/// What runs from a date on, until the next entry (not an increment).
struct SiteCapacity {
  std::string date;  ///< ISO 8601 day
  CapacityStatus status = CapacityStatus::kBuilt;
  Sourced facility_w;
  Sourced it_w;
  Sourced buildings;  ///< 0: not reported
};

enum class SiteSupplyKind { kGrid, kGas, kBattery };
inline constexpr std::array<std::string_view, 3> kSiteSupplyKindNames = {"grid", "gas", "battery"};

/// Power that becomes available at the meter at a date (an increment).
struct SiteSupply {
  SiteSupplyKind kind = SiteSupplyKind::kGrid;
  std::string name;
  std::string date;
  Sourced power_w;
  Sourced energy_j;  ///< battery only
  std::string of;    ///< generator that burns the gas; empty: a turbine
};

/// Monthly means, January first, for a synthetic weather year.
struct Climate {
  std::string source;
  std::vector<double> dry_bulb_c;
  std::vector<double> dew_point_c;
  Sourced daily_range_k;  ///< mean daily maximum less minimum, over the year; 0: not known
};

struct Site {
  std::string name;
  std::string title;
  std::string owner;
  std::vector<std::string> aliases;
  std::string place;
  std::string grid;  ///< name of a GridRegion
  std::string utility;
  std::string cooling;  ///< name of a CoolingKind
  std::string weather;  ///< station of the nearest weather file; empty: use `climate`
  Sourced latitude;     ///< degrees north
  Sourced longitude;    ///< degrees east
  Sourced design_wet_bulb_c;
  Sourced peak_overhead;           ///< facility / IT power, design hour
  Sourced pue;                     ///< facility / IT energy, yearly mean
  Sourced wue;                     ///< m3/J of IT energy
  Sourced construction_usd_per_w;  ///< per watt of facility power, without IT equipment
  Sourced electricity_usd_per_j;
  Sourced carbon_kg_per_j;  ///< location-based
  Climate climate;
  std::vector<SiteCapacity> capacity;  ///< ascending dates
  std::vector<SiteSupply> supply;      ///< ascending dates
};

/// Capacity in force on an ISO 8601 day; nullptr before the first entry.
const SiteCapacity* capacity_at(const Site& site, std::string_view date);

void fields(config::FieldVisitor& v, SiteCapacity& x);
void fields(config::FieldVisitor& v, SiteSupply& x);
void fields(config::FieldVisitor& v, Climate& x);
void fields(config::FieldVisitor& v, Site& x);

}  // namespace gigawatt::catalog
