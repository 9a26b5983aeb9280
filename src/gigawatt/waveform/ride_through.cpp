#include "gigawatt/waveform/ride_through.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::waveform {
namespace {

constexpr double kNever = -1;

/// Supplies alone.
DipOutcome by_supplies(const power::RideThroughDevice& d, const Dip& dip, double load_w, double load_share) {
  DipOutcome out;
  const double hold_up = d.supply_hold_up_s / std::max(0.05, load_share);
  if (dip.voltage_pu >= d.supply_under_voltage || dip.seconds_s <= hold_up) return out;
  out.servers_trip = true;
  out.share_lost = 1;
  out.lost_w = load_w;
  out.lost_from_s = dip.at_s + hold_up;
  out.back_from_s = out.back_to_s = dip.at_s + dip.seconds_s + d.supply_restart_s;
  return out;
}

/// The transfers so far decide whether the UPS comes back by itself.
DipOutcome by_ups(const power::RideThroughDevice& d, const Dip& dip, double load_w, double load_share,
                  std::vector<double>& transfers) {
  DipOutcome out;
  if (dip.voltage_pu >= d.ups_under_voltage && dip.voltage_pu <= d.ups_over_voltage) return out;
  out.transfers = true;
  out.share_lost = 1;
  out.lost_w = load_w;
  out.lost_from_s = dip.at_s;
  const double hold_up = d.supply_hold_up_s / std::max(0.05, load_share);
  const double end = dip.at_s + dip.seconds_s;
  if (d.ups_transfer_s > hold_up || dip.seconds_s + d.ups_back_s > d.ups_autonomy_s) {
    out.servers_trip = true;
    out.back_from_s = out.back_to_s = end + d.supply_restart_s;
    return out;
  }
  transfers.push_back(dip.at_s);
  const auto recent = std::count_if(transfers.begin(), transfers.end(),
                                    [&](double t) { return t > dip.at_s - d.ups_window_s; });
  if (d.ups_counted > 0 && static_cast<double>(recent) >= d.ups_counted) {
    out.stays_on_battery = true;
    out.back_from_s = out.back_to_s = kNever;
    return out;
  }
  out.back_from_s = end + d.ups_back_s;
  out.back_to_s = out.back_from_s + d.ups_walk_in_s;
  return out;
}

}  // namespace

double DipOutcome::share_at(double t_s) const {
  if (share_lost <= 0 || t_s < lost_from_s) return 1;
  if (back_from_s < 0 || t_s < back_from_s) return 1 - share_lost;
  if (t_s >= back_to_s) return 1;
  return 1 - share_lost * (back_to_s - t_s) / (back_to_s - back_from_s);
}

std::vector<DipOutcome> ride_through(const power::RideThroughDevice& device, const std::vector<Dip>& dips,
                                     double load_w, double load_share) {
  std::vector<DipOutcome> out;
  std::vector<double> transfers;
  double away_until = -1;  // on battery, or off: another dip changes nothing
  for (const Dip& dip : dips) {
    GW_CHECK(out.empty() || dip.at_s >= dips[out.size() - 1].at_s, "dips out of order");
    if (!out.empty() && (out.back().back_from_s == kNever || dip.at_s < away_until)) {
      out.push_back(out.back());
      // The voltage has to be good anew.
      if (device.ups && dip.voltage_pu < device.ups_under_voltage && out.back().back_from_s >= 0 &&
          !out.back().servers_trip) {
        out.back().back_from_s = dip.at_s + dip.seconds_s + device.ups_back_s;
        out.back().back_to_s = out.back().back_from_s + device.ups_walk_in_s;
      }
    } else {
      out.push_back(device.ups ? by_ups(device, dip, load_w, load_share, transfers)
                               : by_supplies(device, dip, load_w, load_share));
    }
    away_until = std::max(away_until, out.back().back_from_s);
  }
  return out;
}

std::vector<BandCheck> check_bands(const Limit& limit, const power::RideThroughDevice& device, double load_w,
                                   double load_share) {
  // Well inside of the band: the worst voltage that the rule still asks to ride through.
  constexpr double kAbove = 1e-9;
  std::vector<BandCheck> out;
  for (const VoltageBand& band : limit.voltage) {
    if (band.seconds_s <= 0) continue;
    BandCheck check;
    check.band = band;
    check.dip = {0, band.low_pu >= 1 ? band.high_pu : band.low_pu + kAbove, band.seconds_s};
    check.outcome = ride_through(device, {check.dip}, load_w, load_share).front();
    check.connected = !check.outcome.servers_trip && !check.outcome.stays_on_battery;
    if (limit.recovery.share > 0)
      check.recovered =
          check.outcome.share_at(band.seconds_s + limit.recovery.seconds_s) >= limit.recovery.share;
    out.push_back(check);
  }
  return out;
}

}  // namespace gigawatt::waveform
