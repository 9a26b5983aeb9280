#pragma once
/// What a dip of the voltage does to a site: what trips, how much load the grid loses, and when it returns.
///
/// Supplies hold their output on a falling input down to `supply_under_voltage`; below it they live from their
/// capacitors, for `supply_hold_up` at full load and longer in proportion at part load. A server whose supply gives up is
/// off until it has booted (`supply_restart`), and its job is interrupted.
///
/// A UPS stands before the supplies: outside of its window it goes to its battery, without output for `ups_transfer`
/// (the supplies' capacitors bridge that, or not), and the grid loses the load at once. It returns when the voltage has
/// been good for `ups_back`, over `ups_walk_in`; where it counts transfers, the last one that is allowed within its
/// window keeps it on battery until a person comes, and the load is lost to the grid for good. (On 2024-07-10 that took
/// 1,500 MW off in Virginia: NERC, incident review.) A battery that runs out first drops the servers.
///
/// A limit asks two things at each of its voltage bands. Connected: no server trips and no counter keeps the load away;
/// a load that goes to batteries for the dip is still connected. Recovered: so much of the power before is back within
/// so long of the voltage's return, which decides about batteries that walk in slowly. Cooling and losses go with the
/// load.

#include <string>
#include <vector>

#include "gigawatt/power/library.h"
#include "gigawatt/waveform/limit.h"

namespace gigawatt::waveform {

/// The voltage falls to `voltage_pu` at `at_s` and is back after `seconds_s`.
struct Dip {
  double at_s = 0;
  double voltage_pu = 0;
  double seconds_s = 0;
};

struct DipOutcome {
  bool servers_trip = false;
  bool transfers = false;         ///< to batteries
  bool stays_on_battery = false;  ///< counted out
  double lost_w = 0;              ///< that the grid sees go
  double lost_from_s = 0;
  double back_from_s = 0;  ///< load begins to return; with `back_to_s` below zero never by itself
  double back_to_s = 0;    ///< all of it is back
  /// Share of the load before that the grid carries at a time after the dips began.
  double share_at(double t_s) const;
  double share_lost = 0;
};

/// A series of dips in order of time. `load_share`: of the supplies' rating, which stretches their hold-up.
std::vector<DipOutcome> ride_through(const power::RideThroughDevice& device, const std::vector<Dip>& dips,
                                     double load_w, double load_share);

/// One band of a limit, tried at its low end for its time.
struct BandCheck {
  VoltageBand band;
  Dip dip;
  DipOutcome outcome;
  bool connected = true;
  bool recovered = true;
  bool holds() const { return connected && recovered; }
};

/// Every band with a time, and the recovery after it.
std::vector<BandCheck> check_bands(const Limit& limit, const power::RideThroughDevice& device, double load_w,
                                   double load_share);

}  // namespace gigawatt::waveform
