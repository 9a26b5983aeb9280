#pragma once
/// The files of data/power: laws of accelerators, levels of other activity, conversion chains, storage, what rides
/// through a dip. Every number has its source (catalog/citations.h).

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/power/accelerator.h"
#include "gigawatt/power/chain.h"

namespace gigawatt::power {

/// What accelerators do beside computing, as rates; and how clocks follow a cap.
struct ActivityLevels {
  catalog::Sourced
      training_memory;  ///< bytes that move beside the products of a training step, of the bandwidth
  catalog::Sourced optimizer_memory;  ///< of the bandwidth while the optimizer runs
  catalog::Sourced link_copies;       ///< bytes to and from memory for each byte on a link
  catalog::Sourced spin_memory;       ///< of the bandwidth, in a kernel that polls for others' data
  catalog::Sourced clock_exponent;    ///< dynamic power with the clock while the voltage falls with it,
  catalog::Sourced clock_knee;        ///< down to this share of the clock
  catalog::Sourced host_follow_s;     ///< until the supplies follow a step of load (their capacitors)
  catalog::Sourced cooling_follow_s;  ///< until the plant follows the heat
  catalog::Sourced beside_servers;    ///< IT power of a training cluster that is no accelerator's server

  ClockLaw clock_law() const { return {clock_exponent, clock_knee}; }
};

/// A device that takes up a swing.
struct StorageDevice {
  std::string name, title;
  catalog::Sourced
      energy_per_accelerator_j;  ///< where it sits in the rack; 0: at the site, as large as wanted
  catalog::Sourced efficiency;   ///< there and back
  catalog::Sourced usable;       ///< share of the energy between its limits of charge
  catalog::Sourced hours;        ///< energy over power of a unit as sold, in seconds
  catalog::Sourced usd_per_j;
};

/// The UPS and the power supplies in a dip.
struct RideThroughDevice {
  std::string name, title;
  catalog::Sourced supply_under_voltage;  ///< pu, below which supplies live from their capacitors
  catalog::Sourced supply_hold_up_s;      ///< at full load
  catalog::Sourced supply_restart_s;      ///< until a server that lost power runs again
  bool ups = false;
  catalog::Sourced ups_under_voltage, ups_over_voltage;  ///< pu, outside of which it goes to its battery
  catalog::Sourced ups_transfer_s;                       ///< without output while it goes
  catalog::Sourced ups_back_s;                           ///< voltage good for so long before it returns
  catalog::Sourced ups_walk_in_s;                        ///< returns over this time
  catalog::Sourced ups_counted;  ///< transfers within the window that keep it on battery
  catalog::Sourced ups_window_s;
  catalog::Sourced ups_autonomy_s;
};

/// How breakers of any rating behave.
struct BreakerKind {
  catalog::Sourced continuous;         ///< share of the rating that they carry for ever by rule
  catalog::Sourced seconds_at_double;  ///< until they trip at twice the rating
};

struct PowerLibrary {
  PowerLaws accelerators;
  ActivityLevels activity;
  ChainLibrary chains;
  std::vector<StorageDevice> storage;
  std::vector<RideThroughDevice> ride_through;
  BreakerKind breakers;

  Breaker breaker(double rating_w) const {
    return {rating_w, breakers.continuous, breakers.seconds_at_double};
  }
  const StorageDevice* device(std::string_view name) const;
  const RideThroughDevice* design(std::string_view name) const;
};

void fields(config::FieldVisitor& v, ActivityLevels& x);
void fields(config::FieldVisitor& v, StorageDevice& x);
void fields(config::FieldVisitor& v, RideThroughDevice& x);
void fields(config::FieldVisitor& v, BreakerKind& x);

/// Reads `data_dir`/power; all mistakes at once.
tl::expected<PowerLibrary, base::Diagnostics> load_power(const std::filesystem::path& data_dir);

}  // namespace gigawatt::power
