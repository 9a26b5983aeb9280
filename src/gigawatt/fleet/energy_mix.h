#pragma once
/// What a site's electricity costs and emits in a month: which of its supplies carry the load, and with how much CO2.
///
/// Offers carry a mean load L in the order of what a joule costs with the carbon that is paid for, c = p + f k (p: its
/// price, k: its carbon, f: the fee on carbon). An offer that is there for a share s of the month carries at most s P;
/// offers that cost the same carry shares in proportion to their power, and what nothing carries has the site's own price
/// and carbon:
///
///     price = sum_i x_i p_i / L,   carbon = sum_i x_i k_i / L,   sum_i x_i = L
///
/// Carbon is location-based: fuel that is burnt on site at its own rate, power from the grid, by contract too, at the
/// region's mean.

#include <optional>
#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::fleet {

/// Price of a quantity that changes at dates: the value of the last step not after a time, the first before.
struct PriceStep {
  base::SimTime from;
  double value = 0;
};
double price_at(const std::vector<PriceStep>& steps, base::SimTime t);

/// A supply of a site.
struct SupplyOffer {
  base::SimTime from, until;
  double power_w = 0;
  std::optional<double> usd_per_j, carbon_kg_per_j;  ///< empty: the site's
};

/// A joule at the meter.
struct EnergyMix {
  double usd_per_j = 0;  ///< without the fee on its carbon
  double carbon_kg_per_j = 0;
};

/// The mean of [from, to) at the mean load `load_w`. `usual`: what no offer carries; `carbon_usd_per_kg`: f above.
EnergyMix energy_mix(const std::vector<SupplyOffer>& offers, const EnergyMix& usual, double carbon_usd_per_kg,
                     base::SimTime from, base::SimTime to, double load_w);

/// Whether one of them has a price or carbon of its own; without one they say nothing.
bool any_own(const std::vector<SupplyOffer>& offers);

}  // namespace gigawatt::fleet
