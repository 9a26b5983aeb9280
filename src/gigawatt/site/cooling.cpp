#include "gigawatt/site/cooling.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/site/psychrometrics.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::site {
namespace {

using units::kZeroCelsius_K;
constexpr double kWaterKgPerM3 = 1000;
constexpr double kWaterJPerKgK = 4186;
constexpr double kLeastPartLoad = 0.1;  // below it a chiller cycles on and off

double latent_j_per_kg(double t_c) { return (2501 + 1.86 * t_c - 4.186 * t_c) * 1000; }

double sink_of(FreeCooler cooler, double effectiveness, const OutdoorAir& air) {
  switch (cooler) {
    case FreeCooler::kTower: return air.wet_bulb_c;
    case FreeCooler::kEvaporativeAir:
      return air.dry_bulb_c - effectiveness * (air.dry_bulb_c - air.wet_bulb_c);
    default: return air.dry_bulb_c;
  }
}

}  // namespace

Cooling::Loop plain_loop(const Circuit& c, double share) {
  const Chiller& k = c.chiller;
  const double evaporator = k.rated_chilled_c - k.evaporator_approach_k + kZeroCelsius_K;
  const double condenser = k.rated_sink_c + k.condenser_approach_k + kZeroCelsius_K;
  return {.cooler = c.cooler,
          .sink = k.sink,
          .share = share,
          .supply_c = c.supply_c,
          .supply_max_c = std::max<double>(c.supply_c, c.supply_max_c),
          .range_k = c.range_k,
          .approach_k = c.approach_k,
          .fan_share = c.fan_share,
          .min_flow = c.min_flow,
          .effectiveness = c.effectiveness,
          .pump_share = c.pump_share,
          .pump_exponent = c.pump_exponent,
          .chiller_share = k.sink == ChillerSink::kNone ? 0.0 : static_cast<double>(k.share),
          .eir = k.eir,
          .evaporator_approach_k = k.evaporator_approach_k,
          .condenser_approach_k = k.condenser_approach_k,
          .min_lift_k = k.min_lift_k,
          .loss_lift_k = k.loss_lift_k,
          .rated_lift_over_evaporator = (condenser - evaporator + k.loss_lift_k) / evaporator,
          .c0 = k.c0,
          .c1 = k.c1,
          .c2 = k.c2};
}

namespace {

/// Heat that the cooler carries at full flow, of the design heat.
double full_flow(const Cooling::Loop& loop, double supply_c, double sink_c) {
  if (loop.cooler == FreeCooler::kNone) return 0;
  return std::max(0.0, (supply_c + loop.range_k - sink_c) / (loop.approach_k + loop.range_k));
}

}  // namespace

double chiller_eir(const Cooling::Loop& loop, double z, double supply_c, double sink_c) {
  const double evaporator = supply_c - loop.evaporator_approach_k + kZeroCelsius_K;
  const double lift =
      std::max(loop.min_lift_k, sink_c + loop.condenser_approach_k + kZeroCelsius_K - evaporator);
  const double load = std::max(z, kLeastPartLoad);
  const double part = (loop.c0 + load * (loop.c1 + load * loop.c2)) / load;
  return loop.eir * (lift + loop.loss_lift_k) / evaporator / loop.rated_lift_over_evaporator * part;
}

Cooling::Cooling(const CoolingPlant& plant, double design_heat_w)
    : loops_{plain_loop(plant.liquid, plant.liquid_share), plain_loop(plant.air, 1 - plant.liquid_share)},
      design_heat_w_(design_heat_w),
      cycles_(plant.cycles),
      drift_(plant.drift),
      lag_s_(plant.lag_s),
      house_water_m3_per_j_(plant.house_water) {
  GW_CHECK(design_heat_w > 0, "a plant for {} W", design_heat_w);
}

double Cooling::tower_water(double heat_w, double water_c, double range_k, const OutdoorAir& air) const {
  const double w_in = humidity_ratio(air.dry_bulb_c, air.relative_humidity, air.pressure_pa);
  const double w_out = humidity_ratio(water_c, 1, air.pressure_pa);
  const double gained =
      (enthalpy_kj_per_kg(water_c, w_out) - enthalpy_kj_per_kg(air.dry_bulb_c, w_in)) * 1000;
  const double latent = latent_j_per_kg(water_c);
  const double share = gained > 0 ? std::clamp((w_out - w_in) * latent / gained, 0.0, 1.2) : 1;
  const double evaporated = heat_w * share / latent / kWaterKgPerM3;
  const double falling = heat_w / (kWaterJPerKgK * range_k) / kWaterKgPerM3;
  return evaporated * cycles_ / (cycles_ - 1) + drift_ * falling;
}

CoolingHour Cooling::free_part(const Loop& loop, double free, double reach, double sink,
                               const OutdoorAir& air) const {
  CoolingHour out;
  if (free <= 0) return out;
  const double design_w = design_heat_w_ * loop.share;
  const double flow = std::clamp(free / std::max(reach, free), loop.min_flow, 1.0);
  out.fan_w = loop.fan_share * design_w * flow * flow * flow;
  if (loop.cooler == FreeCooler::kTower)
    out.water_m3_per_s = tower_water(free * design_w, loop.supply_c + loop.range_k / 2, loop.range_k, air);
  if (loop.cooler == FreeCooler::kEvaporativeAir) {
    // The air is cooled no further than the supply needs, by the water that it takes up.
    const double cooled_k = air.dry_bulb_c - std::max(sink, loop.supply_c - loop.approach_k);
    out.water_m3_per_s = free * design_w / loop.range_k * std::max(0.0, cooled_k) / latent_j_per_kg(sink) /
                         kWaterKgPerM3 * cycles_ / (cycles_ - 1);
  }
  return out;
}

CoolingHour Cooling::chilled_part(const Loop& loop, double chilled, bool tower_runs,
                                  const OutdoorAir& air) const {
  CoolingHour out;
  if (chilled <= 0) return out;
  const double heat_w = chilled * design_heat_w_ * loop.share;
  const bool tower = loop.sink == ChillerSink::kTower;
  const double eir =
      chiller_eir(loop, chilled / loop.chiller_share, loop.supply_c, tower ? air.wet_bulb_c : air.dry_bulb_c);
  out.chiller_w = heat_w * eir;
  if (tower) {
    const double rejected_w = heat_w * (1 + eir);
    out.water_m3_per_s =
        tower_water(rejected_w, air.wet_bulb_c + loop.condenser_approach_k, loop.range_k, air);
    if (!tower_runs) out.fan_w = loop.fan_share * rejected_w;
  }
  return out;
}

void Cooling::add(const Loop& loop, double heat_w, const OutdoorAir& air, CoolingHour& total) const {
  const double design_w = design_heat_w_ * loop.share;
  if (design_w <= 0 || heat_w <= 0) return;
  const double q = heat_w / design_w;
  const double sink = sink_of(loop.cooler, loop.effectiveness, air);
  const double reach = full_flow(loop, loop.supply_c, sink);
  // Beyond the design flow and the chiller's capacity the supply floats up to what the load bears.
  const double served = std::min(q, full_flow(loop, loop.supply_max_c, sink) + loop.chiller_share);
  const double chilled = std::clamp(served - reach, 0.0, loop.chiller_share);
  const auto sum = [](CoolingHour a, const CoolingHour& b) {
    a.fan_w += b.fan_w;
    a.chiller_w += b.chiller_w;
    a.water_m3_per_s += b.water_m3_per_s;
    return a;
  };
  const double free = std::max(0.0, served - chilled);
  CoolingHour best = sum(free_part(loop, free, reach, sink, air),
                         chilled_part(loop, chilled, loop.cooler == FreeCooler::kTower && free > 0, air));
  if (chilled > 0 && loop.chiller_share >= served) {
    // A cooler that carries little at full fans may cost more than it saves the chiller.
    const CoolingHour alone = chilled_part(loop, served, false, air);
    if (alone.power_w() < best.power_w()) best = alone;
  }
  best.pump_w = loop.pump_share * design_w * std::pow(std::min(1.0, q), loop.pump_exponent);
  total.capability = std::min(total.capability, served / q);
  total.pump_w += best.pump_w;
  total = sum(total, best);
}

CoolingHour Cooling::hour(double heat_w, const OutdoorAir& air) const {
  CoolingHour out;
  for (const Loop& loop : loops_) add(loop, heat_w * loop.share, air, out);
  out.water_m3_per_s += house_water_m3_per_j_ * heat_w;
  return out;
}

}  // namespace gigawatt::site
