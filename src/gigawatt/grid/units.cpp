#include "gigawatt/grid/units.h"

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::grid {

using catalog::sourced;

void fields(config::FieldVisitor& v, GeneratorKind& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  v(x.fuel, {.key = "fuel", .doc = "Fuel.", .required = true});
  sourced(v, x.unit_w, {.key = "unit", .doc = "Rating of a unit.", .unit = "MW", .min = 0, .required = true});
  sourced(v, x.heat_rate,
          {.key = "heat_rate",
           .doc = "Heat in per electricity out, full load.",
           .min = 1,
           .max = 10,
           .required = true});
  sourced(v, x.no_load, {.key = "no_load", .doc = "Fuel at no load over full load.", .min = 0, .max = 0.9});
  sourced(v, x.min_load, {.key = "min_load", .doc = "Least output of a running unit.", .min = 0, .max = 1});
  sourced(v, x.ramp_per_s,
          {.key = "ramp", .doc = "Change of output, of the unit.", .unit = "1/min", .min = 0});
  sourced(v, x.start_usd_per_w,
          {.key = "start_cost", .doc = "Of a start, per rating.", .unit = "USD/MW", .min = 0});
  sourced(
      v, x.variable_usd_per_j,
      {.key = "variable_cost", .doc = "Operation and maintenance per energy.", .unit = "USD/MWh", .min = 0});
  sourced(v, x.fixed_usd_per_w_s,
          {.key = "fixed_cost",
           .doc = "Operation and maintenance per rating and year.",
           .unit = "USD/kW/year",
           .min = 0});
  sourced(v, x.investment_usd_per_w, {.key = "investment", .doc = "Overnight.", .unit = "USD/kW", .min = 0});
  sourced(v, x.life_s, {.key = "life", .doc = "Of the plant.", .unit = "years", .min = 0});
}

void fields(config::FieldVisitor& v, BatteryKind& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  sourced(v, x.round_trip,
          {.key = "round_trip", .doc = "Energy out over energy in.", .min = 0.1, .max = 1, .required = true});
  sourced(v, x.standing_loss,
          {.key = "standing_loss", .doc = "Of the charge, per hour.", .min = 0, .max = 0.5});
  sourced(v, x.wear_usd_per_j, {.key = "wear", .doc = "Of discharged energy.", .unit = "USD/MWh", .min = 0});
  sourced(v, x.investment_usd_per_j,
          {.key = "investment_energy", .doc = "Per energy.", .unit = "USD/kWh", .min = 0});
  sourced(v, x.investment_usd_per_w,
          {.key = "investment_power", .doc = "Per power.", .unit = "USD/kW", .min = 0});
  sourced(v, x.fixed_share, {.key = "fixed_share", .doc = "Of the investment, a year.", .min = 0, .max = 1});
  sourced(v, x.life_s, {.key = "life", .doc = "Of the battery.", .unit = "years", .min = 0});
}

void fields(config::FieldVisitor& v, ContractKind& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  sourced(v, x.price_usd_per_j,
          {.key = "price", .doc = "Of a delivered MWh.", .unit = "USD/MWh", .required = true});
}

void fields(config::FieldVisitor& v, TariffKind& x) {
  v(x.name, {.key = "name", .doc = "Whose tariff.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  sourced(v, x.demand_usd_per_w_s,
          {.key = "demand_charge",
           .doc = "For the highest hour of each month.",
           .unit = "USD/kW/month",
           .min = 0,
           .required = true});
  sourced(v, x.billed_share,
          {.key = "billed_share", .doc = "Of the contract, billed at any draw.", .min = 0, .max = 1});
}

void fields(config::FieldVisitor& v, FuelKind& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  sourced(v, x.price_usd_per_j,
          {.key = "price", .doc = "Of its heat.", .unit = "USD/MMBtu", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, Unserved& x) {
  sourced(v, x.price_usd_per_j,
          {.key = "price", .doc = "Value of lost load.", .unit = "USD/MWh", .min = 0, .required = true});
}

/// A required figure of at least 0.
struct NotNegative {
  config::FieldVisitor& v;
  void operator()(catalog::Sourced& y, std::string_view key, std::string_view doc,
                  std::string_view unit) const {
    sourced(v, y, {.key = key, .doc = doc, .unit = unit, .min = 0, .required = true});
  }
};

void fields(config::FieldVisitor& v, Renewables& x) {
  const NotNegative one{v};
  one(x.solar_loss_per_k, "solar_loss", "Of the power, a kelvin of the cell above 25 C.", "1/K");
  one(x.solar_rise_k_per_w_per_m2, "solar_rise", "K of the cell above the air, a W/m2 of sun.", "");
  one(x.solar_tracking, "solar_tracking", "Sun on modules that follow it over that on level ground.", "");
  one(x.solar_modules, "solar_modules", "DC rating of the modules over the AC rating.", "");
  one(x.solar_system_loss, "solar_system_loss", "Of the modules' output: wiring, soiling, inverters.", "");
  one(x.wind_system_loss, "wind_system_loss", "Of the turbines' output: wakes, availability, wiring.", "");
  one(x.wind_cut_in, "wind_cut_in", "Speed at the hub from which turbines run, m/s.", "");
  one(x.wind_rated, "wind_rated", "Speed at the hub of the rated power, m/s.", "");
  one(x.wind_cut_out, "wind_cut_out", "Speed at the hub at which they stop, m/s.", "");
  one(x.wind_hub_factor, "wind_hub_factor", "Speed at the hub over that at 10 m.", "");
}

void fields(config::FieldVisitor& v, Embodied& x) {
  const NotNegative one{v};
  one(x.server_kg_per_w, "server_carbon", "Made with servers and network, over their IT rating.", "kg/kW");
  one(x.server_water_m3_per_w, "server_water", "Water of making them.", "L/kW");
  one(x.server_life_s, "server_life", "Years that they serve.", "years");
  one(x.shell_kg_per_w, "shell_carbon", "Made with building, power and cooling, over the IT power.", "kg/kW");
  one(x.shell_water_m3_per_w, "shell_water", "Water of making them.", "L/kW");
  one(x.shell_life_s, "shell_life", "Years that they serve.", "years");
}

void fields(config::FieldVisitor& v, SupplyUnits& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it holds.", .required = true});
  v(x.unserved, {.key = "unserved", .doc = "Load that nothing serves.", .required = true});
  v(x.renewables, {.key = "renewables", .doc = "What sun and wind give.", .required = true});
  sourced(v, x.interest,
          {.key = "interest", .doc = "A year, of levelised costs.", .min = 0, .max = 1, .required = true});
  v(x.generators, {.key = "generator", .doc = "Kinds of generators.", .required = true});
  v(x.batteries, {.key = "battery", .doc = "Kinds of batteries.", .required = true});
  v(x.fuels, {.key = "fuel", .doc = "Fuels and their prices."});
  v(x.tariffs, {.key = "tariff", .doc = "Tariffs of utilities."});
  v(x.contracts, {.key = "contract", .doc = "Kinds of contracts.", .required = true});
  v(x.embodied,
    {.key = "embodied", .doc = "Carbon and water of making servers and shell.", .required = true});
}

tl::expected<SupplyUnits, base::Diagnostics> load_units(const std::filesystem::path& file) {
  const auto node = config::read_toml(file);
  if (!node) return tl::unexpected(node.error());
  SupplyUnits out;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(out);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace gigawatt::grid
