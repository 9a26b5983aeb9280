#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/measured/site_facts.h"
#include "gigawatt/site/psychrometrics.h"
#include "gigawatt/site/year.h"

namespace gigawatt::measured {
namespace {

constexpr double kTonKw = 3.51685;
constexpr double kLitersPerGallon = 3.785411784;
constexpr double kFahrenheitRangeK = 10 / 1.8;  // of the conditions at which heat rejection is rated
constexpr double kHorsepowerKw = 0.745700;
constexpr double kGpmKw = 0.2642;  // heat of one gallon a minute per kelvin: 3.785 / 60 4.186
constexpr double kHoursPerYear = 8766;
constexpr double kSecondsPerHour = 3600;

using Rule = FactRule;

/// The chiller that the words mean, with its circuit.
const site::Circuit* chiller_of(const Fact& f, const FactModels& m) {
  if (!f.has("chiller")) return nullptr;
  if (f.has("air-cooled") || f.has("air screw") || f.has("scroll")) return &m.plant("air")->air;
  if (f.has("centrifugal") || f.has("water-cooled")) return &m.plant("liquid-water-chiller")->air;
  return nullptr;
}

std::optional<Computed> chiller_full_load(const Fact& f, const FactModels& m) {
  const auto* c = chiller_of(f, m);
  if (!c || f.unit != "kW/ton" || !f.has("full load")) return std::nullopt;
  return Computed{c->chiller.eir * kTonKw, "rating point of the plant's chiller", true};
}

/// Weighted efficiency over AHRI's four loads and sinks, from the part-load curve and the second-law efficiency.
std::optional<Computed> chiller_iplv(const Fact& f, const FactModels& m) {
  const auto* c = chiller_of(f, m);
  if (!c || f.unit != "kW/ton" || !f.has("iplv")) return std::nullopt;
  const bool air = c->chiller.sink == site::ChillerSink::kAir;
  constexpr std::array<double, 4> kLoad = {1, 0.75, 0.5, 0.25}, kWeight = {0.01, 0.42, 0.45, 0.12};
  constexpr std::array<double, 4> kAir = {35, 26.7, 18.3, 12.8}, kWater = {29.4, 23.9, 18.3, 18.3};
  const site::Cooling::Loop loop = site::plain_loop(*c, 1);
  double efficiency = 0;
  const double to_wet_bulb =
      29.4 - c->chiller.rated_sink_c;  // condenser water above the wet bulb that the plant counts from
  for (std::size_t i = 0; i < 4; ++i)
    efficiency += kWeight[i] / site::chiller_eir(loop, kLoad[i], c->chiller.rated_chilled_c,
                                                 air ? kAir[i] : kWater[i] - to_wet_bulb);
  return Computed{kTonKw / efficiency, "part-load curve and second-law efficiency at AHRI's four points"};
}

std::optional<Computed> rejection(const Fact& f, const FactModels& m) {
  if (f.unit != "gpm/hp") return std::nullopt;
  // Dry coolers are rated at another difference between water and air than a plant's.
  const site::Circuit* c = f.has("open tower axial") ? &m.plant("evaporative")->air : nullptr;
  if (!c) return std::nullopt;
  return Computed{kHorsepowerKw / (c->fan_share * kGpmKw * kFahrenheitRangeK),
                  "fans of the plant at a range of 10 F", true};
}

/// Liters per kWh of heat of a tower with a loop of this temperature, over outdoor hours.
double tower_l_per_kwh(const FactModels& m, double supply_c, bool with_bleed, const site::Weather& w) {
  site::CoolingPlant plant = *m.plant("evaporative");
  plant.liquid_share.value = 1;
  plant.liquid.supply_c.value = supply_c;
  plant.liquid.supply_max_c.value = std::max<double>(supply_c, plant.liquid.supply_max_c);
  plant.house_water.value = 0;
  if (!with_bleed) {
    plant.cycles.value = 1e9;
    plant.drift.value = 0;
  }
  const site::Cooling cooling(plant, 1e6);
  double water = 0;
  for (std::size_t t = 0; t < w.hours(); ++t)
    water += cooling.hour(1e6, {w.dry_bulb_c[t], w.wet_bulb_c[t], w.relative_humidity[t], w.pressure_pa[t]})
                 .water_m3_per_s;
  return water / static_cast<double>(w.hours()) * kSecondsPerHour;  // m3 per MWh are liters per kWh
}

/// The hour at which towers are rated.
site::Weather rating_hour() {
  site::Weather w;
  w.dry_bulb_c = {35};
  w.wet_bulb_c = {25.6};
  w.relative_humidity = {0.47};
  w.pressure_pa = {101325};
  return w;
}

/// Rules of thumb hold in the rating hour, for a ton of cooling whose heat the compressor adds to; yearly figures are the
/// mean of the typical years, of the racks' heat alone.
std::optional<Computed> tower_water(const Fact& f, const FactModels& m) {
  if (!f.has("tower") || !(f.has("water") || f.has("evaporation") || f.has("make-up"))) return std::nullopt;
  if (f.unit == "%" && f.has("drift"))
    return Computed{m.plant("evaporative")->drift * 100, "drift of the plant", true};
  const bool bleed = f.has("make-up") || f.has("bleed");
  double l = 0;
  std::string how;
  if (f.has("hot")) {
    for (const auto& w : m.stations)
      l += tower_l_per_kwh(m, m.plant("liquid-dry")->liquid.supply_max_c, bleed, w) /
           static_cast<double>(m.stations.size());
    how = "air-side balance of a tower on a hot loop, five typical years";
  } else {
    const auto& chiller = m.plant("liquid-water-chiller")->air.chiller;
    l = (1 + chiller.eir) * tower_l_per_kwh(m, m.plant("evaporative")->liquid.supply_c, bleed, rating_hour());
    how = "air-side balance of a tower in its rating hour, the compressor's heat included";
  }
  if (f.unit == "L/kWh") return Computed{l, how};
  if (f.unit == "gpm/ton") return Computed{l * kTonKw / 60 / kLitersPerGallon, how};
  if (f.unit == "million gal/MW-yr") return Computed{l * 1000 * kHoursPerYear / kLitersPerGallon / 1e6, how};
  return std::nullopt;
}

std::optional<Computed> part_load(const Fact& f, const FactModels& m) {
  if (!f.has("part load") || !f.has("air screw")) return std::nullopt;
  const auto& c = m.plant("air")->air.chiller;
  if (f.has("constant")) return Computed{c.c0, "part-load curve of the plant", true};
  if (f.has("linear")) return Computed{c.c1, "part-load curve of the plant", true};
  if (f.has("square")) return Computed{c.c2, "part-load curve of the plant", true};
  return std::nullopt;
}

/// A year of a plant at full load in every typical year: PUE and water per IT energy.
struct PlantYear {
  double pue = 0, l_per_kwh = 0;
};

PlantYear years_of(const FactModels& m, std::string_view plant, std::string_view chain) {
  PlantYear out;
  const power::Chain* links = m.power.chains.chain(chain);
  const power::BuiltChain built(m.power.chains, *links, 1e8);
  site::Losses losses;
  for (const auto& link : links->links) {
    losses.stages.push_back(link.stage);
    losses.indoors.push_back(link.stage.find("transformer") == std::string::npos);
  }
  losses.at = [&built](double it, std::span<double> loss) { built.losses(it, loss); };
  for (const auto& w : m.stations) {
    const std::vector<double> it(w.hours(), 0.9e8);
    const auto year = site::site_year(w, it, 1e8, *m.plant(plant), losses);
    out.pue += year.pue_mean() / static_cast<double>(m.stations.size());
    out.l_per_kwh += std::accumulate(year.water_m3.begin(), year.water_m3.end(), 0.0) / (year.it_wh() / 1e6) /
                     static_cast<double>(m.stations.size());
  }
  return out;
}

std::optional<Computed> fleet_pue(const Fact& f, const FactModels& m) {
  const bool water = f.unit == "L/kWh" && f.has("wue"), pue = f.has("pue");
  if (f.topic != "cooling" || !(water || pue)) return std::nullopt;
  if (f.has("survey"))
    return Computed{years_of(m, "legacy-air", "ups-2n").pue,
                    "older air-cooled halls on doubled UPS, five typical years"};
  if (f.has("meta") || f.has("google") || f.has("aws")) {
    const bool towers = f.has("google");
    const auto y = years_of(m, towers ? "evaporative" : "outside-air", "bare");
    return Computed{water ? y.l_per_kwh : y.pue,
                    towers ? "evaporative towers, batteries in the rack"
                           : "outside air with evaporative media, batteries in the rack"};
  }
  if (f.has("fairwater"))
    return Computed{years_of(m, "liquid-dry", "ups").l_per_kwh, "closed loop on dry coolers"};
  return std::nullopt;
}

constexpr std::array<Rule, 6> kCoolingRules = {chiller_full_load, chiller_iplv, rejection,
                                               part_load,         tower_water,  fleet_pue};

}  // namespace

std::span<const FactRule> cooling_rules() { return kCoolingRules; }

}  // namespace gigawatt::measured
