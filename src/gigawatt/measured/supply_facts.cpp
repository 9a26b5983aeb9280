#include <array>

#include "gigawatt/fleet/prices.h"
#include "gigawatt/grid/site_energy.h"
#include "gigawatt/measured/site_facts.h"

namespace gigawatt::measured {
namespace {

constexpr double kJPerMwh = 3.6e9;
constexpr double kMmbtuPerMwh = 3.412142;
constexpr double kYearS = 365.2425 * 86400;
constexpr double kMonthsPerYear = 12;
constexpr double kHigherOverLower = 1.108;  // heating values of natural gas

/// The generator that the words mean.
const grid::GeneratorKind* generator_of(const Fact& f, const FactModels& m) {
  const auto named = [&](std::string_view name) { return grid::find(m.units.generators, name); };
  if (f.has("capture")) return nullptr;
  if (f.has("combined cycle")) return named("combined-cycle");
  if (f.has("combustion turbine") || f.has("simple cycle") || f.has("open-cycle"))
    return named("gas-turbine");
  if (f.has("reciprocating") || f.has("recip engine")) return named("reciprocating");
  if (f.has("mod-1") || f.has("gas turbine heat rate") || f.has("aero efficiency"))
    return named("gas-turbine");
  if (f.has("nuclear smr")) return named("small-nuclear");
  if (f.has("nuclear")) return named("nuclear");
  return nullptr;
}

std::optional<Computed> generator(const Fact& f, const FactModels& m) {
  if (f.topic != "supply" && !f.has("heat rate")) return std::nullopt;
  const auto* g = generator_of(f, m);
  if (!g) return std::nullopt;
  const auto input = [](double x) { return Computed{x, "data/supply/units.toml", true}; };
  if (f.unit == "MMBtu/MWh" && f.has("heat rate")) return input(g->heat_rate * kMmbtuPerMwh);
  if (f.unit == "USD/kW" && f.has("capital")) return input(g->investment_usd_per_w * 1000);
  if (f.unit == "USD/kW-yr" && f.has("fixed")) return input(g->fixed_usd_per_w_s * kYearS * 1000);
  if (f.unit == "USD/MWh" && f.has("variable")) return input(g->variable_usd_per_j * kJPerMwh);
  if (f.has("start cost") && f.unit == "USD2011/MW") return input(g->start_usd_per_w * 1e6);
  if (f.has("ramp") && f.unit == "1/min") return input(g->ramp_per_s * 60);
  if (f.has("minimum load") || f.has("lowest stable load"))
    return input(g->min_load * (f.unit == "%" ? 100 : 1));
  if (f.has("efficiency") && (f.unit == "-" || f.unit == "%"))
    return Computed{(f.unit == "%" ? 100 : 1) * kHigherOverLower / g->heat_rate,
                    "heat rate of the data, by the lower heating value (1.108)"};
  if (f.unit == "Btu/kWh" && f.has("heat rate"))
    return Computed{g->heat_rate * kMmbtuPerMwh * 1000, "heat rate of the data, at full load"};
  return std::nullopt;
}

std::optional<Computed> battery(const Fact& f, const FactModels& m) {
  if (f.topic != "supply" || !f.has("battery cost moderate")) return std::nullopt;
  const auto* b = grid::find(m.units.batteries, "lithium");
  if (f.unit == "USD/kWh") return Computed{b->investment_usd_per_j * 3.6e6, "data/supply/units.toml", true};
  if (f.unit == "USD/kW") return Computed{b->investment_usd_per_w * 1000, "data/supply/units.toml", true};
  return std::nullopt;
}

std::optional<Computed> fuel_carbon(const Fact& f, const FactModels& m) {
  if (f.unit != "t/MWh_th" || !f.has("gas co2")) return std::nullopt;
  const auto kg_per_j = fleet::fuel_carbon_kg_per_j(m.catalog, fleet::kGasFuel);
  if (!kg_per_j) return std::nullopt;
  return Computed{*kg_per_j * kJPerMwh / 1000 * kHigherOverLower,
                  "carbon of the fuel's heat, by the lower heating value (1.108)"};
}

/// A year's demand charge of a constant load: the rate that the tariff implies, times what is billed.
std::optional<Computed> demand_charge(const Fact& f, const FactModels& m) {
  if (f.topic != "price" || f.unit != "USD million/yr" || !f.has("charge for")) return std::nullopt;
  const auto mw = number_before(f.text, "mw"), share = number_before(f.text, "%");
  if (!mw || !share) return std::nullopt;
  const grid::TariffKind* tariff = nullptr;
  for (const auto& t : m.units.tariffs)
    if (f.text.find(t.name) != std::string::npos) tariff = &t;
  if (!tariff) return std::nullopt;
  grid::Supply supply;
  supply.grid.emplace();
  supply.grid->demand_usd_per_w_s = tariff->demand_usd_per_w_s;
  grid::EnergyInputs in;
  in.load_mw.assign(8760, *mw * *share / 100);
  in.price_usd_per_mwh = in.carbon_t_per_mwh = {0};
  in.first = base::SimTime::from_date(2026, 1, 1);
  in.marginal = false;
  const auto year = grid::energy_year(supply, m.units, in);
  if (!year) return std::nullopt;
  return Computed{year->cost_usd / 1e6 * kMonthsPerYear / static_cast<double>(year->grid_highest_mw.size()),
                  "bill of a year at that load, by the tariff's rate"};
}

std::optional<Computed> contract(const Fact& f, const FactModels& m) {
  if (f.topic != "price" || f.unit != "USD/MWh") return std::nullopt;
  for (const auto& c : m.units.contracts)
    if (f.has(c.name)) return Computed{c.price_usd_per_j * kJPerMwh, "data/supply/units.toml", true};
  return std::nullopt;
}

constexpr std::array<FactRule, 5> kSupplyRules = {generator, battery, fuel_carbon, demand_charge, contract};

}  // namespace

std::span<const FactRule> supply_rules() { return kSupplyRules; }

}  // namespace gigawatt::measured
