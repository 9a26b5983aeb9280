#include "gigawatt/grid/supply.h"

#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::grid {
namespace {

template <typename T>
void check_kind(const std::string& name, const std::string& kind, const std::vector<T>& known,
                std::string_view what, base::Diagnostics& out) {
  if (find(known, kind)) return;
  std::vector<std::string> names;
  for (const T& x : known) names.push_back(x.name);
  out.push_back(base::error("unknown-kind", fmt::format("{}: no {} '{}' is known", name, what, kind),
                            base::did_you_mean(kind, names)));
}

}  // namespace

void fields(config::FieldVisitor& v, LimitStep& x) {
  v(x.from, {.key = "from", .doc = "From this date on.", .required = true});
  v(x.limit_w, {.key = "limit", .doc = "What may be drawn.", .unit = "MW", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, GridConnection& x) {
  v(x.limit_w,
    {.key = "limit", .doc = "What may be drawn; default: as much as wanted.", .unit = "MW", .min = 0});
  v(x.steps, {.key = "step", .doc = "Limits by date, ascending."});
  v(x.export_w, {.key = "export", .doc = "What may be sold.", .unit = "MW", .min = 0});
  v(x.adder_usd_per_j,
    {.key = "price_adder", .doc = "Delivery and fees, on top of the market's price.", .unit = "USD/MWh"});
  v(x.export_discount_usd_per_j, {.key = "export_discount",
                                  .doc = "What sold energy brings less than the market's price.",
                                  .unit = "USD/MWh",
                                  .min = 0});
  v(x.demand_usd_per_w_s,
    {.key = "demand_charge", .doc = "For the highest hour of each month.", .unit = "USD/kW/month", .min = 0});
  v(x.billed_share,
    {.key = "billed_share", .doc = "Of the contract, billed at any draw.", .min = 0, .max = 1});
  v(x.contract_w, {.key = "contract", .doc = "Contracted power.", .unit = "MW", .min = 0});
  v(x.capacity_usd_per_w_s,
    {.key = "capacity_charge", .doc = "For the year's highest hour.", .unit = "USD/kW/year", .min = 0});
}

void fields(config::FieldVisitor& v, GeneratorSupply& x) {
  v(x.name, {.key = "name", .doc = "Name; default: the kind."});
  v(x.kind, {.key = "kind",
             .doc = "gas-turbine, combined-cycle, reciprocating, nuclear, small-nuclear.",
             .required = true});
  v(x.units, {.key = "units", .doc = "Installed units.", .min = 1, .max = 10000});
  v(x.spare, {.key = "spare", .doc = "Units that stand by (N+1: 1).", .min = 0, .max = 10000});
  v(x.unit_w,
    {.key = "unit_power", .doc = "Rating of a unit; default: of the kind.", .unit = "MW", .positive = true});
  v(x.heat_rate, {.key = "heat_rate", .doc = "Heat in per electricity out, full load.", .min = 1, .max = 20});
  v(x.no_load, {.key = "no_load", .doc = "Fuel at no load over full load.", .min = 0, .max = 0.9});
  v(x.min_load, {.key = "min_load", .doc = "Least output of a running unit.", .min = 0, .max = 1});
  v(x.ramp_w_per_s, {.key = "ramp", .doc = "Of all units together.", .unit = "MW/min", .min = 0});
  v(x.start_usd_per_w, {.key = "start_cost", .doc = "Of a start, per rating.", .unit = "USD/MW", .min = 0});
  v(x.variable_usd_per_j,
    {.key = "variable_cost", .doc = "Operation and maintenance per energy.", .unit = "USD/MWh", .min = 0});
  v(x.fuel_usd_per_j, {.key = "fuel_price",
                       .doc = "Of the fuel's heat; default: that of the kind's fuel in data/supply.",
                       .unit = "USD/MMBtu",
                       .min = 0});
  v(x.outage, {.key = "outage", .doc = "Share of the time that a unit is out.", .min = 0, .max = 0.99});
}

void fields(config::FieldVisitor& v, BatterySupply& x) {
  v(x.name, {.key = "name", .doc = "Name; default: the kind."});
  v(x.kind, {.key = "kind", .doc = "lithium."});
  v(x.power_w,
    {.key = "power", .doc = "In and out, at the meter.", .unit = "MW", .required = true, .positive = true});
  v(x.energy_j,
    {.key = "energy", .doc = "Between empty and full.", .unit = "MWh", .required = true, .positive = true});
  v(x.round_trip, {.key = "round_trip", .doc = "Energy out over energy in.", .min = 0.1, .max = 1});
  v(x.standing_loss, {.key = "standing_loss", .doc = "Of the charge, per hour.", .min = 0, .max = 0.5});
  v(x.wear_usd_per_j, {.key = "wear", .doc = "Of discharged energy.", .unit = "USD/MWh", .min = 0});
  v(x.start, {.key = "start",
              .doc = "Charge at the start and least charge at the end, of the energy.",
              .min = 0,
              .max = 1});
  v(x.cyclic, {.key = "cyclic", .doc = "The start may be chosen; the end equals it."});
}

void fields(config::FieldVisitor& v, ContractSupply& x) {
  v(x.name, {.key = "name", .doc = "Name; default: the kind."});
  v(x.kind, {.key = "kind", .doc = "solar, wind, nuclear.", .required = true});
  v(x.power_w, {.key = "power", .doc = "Rated.", .unit = "MW", .required = true, .positive = true});
  v(x.price_usd_per_j, {.key = "price", .doc = "Of a MWh; default: of the kind.", .unit = "USD/MWh"});
  v(x.profile, {.key = "profile", .doc = "CSV of output over power by hour; default: the weather, or flat."});
  v(x.take_or_pay, {.key = "take_or_pay", .doc = "What is not taken is paid too."});
  v(x.carbon_kg_per_j,
    {.key = "carbon_intensity",
     .doc = "Location-based CO2 of its energy, where the region's grid brings it; market-based it "
            "has none.",
     .unit = "kg/kWh",
     .min = 0});
  v(x.remote, {.key = "remote", .doc = "Certificates and a price elsewhere; no power at this meter."});
}

void fields(config::FieldVisitor& v, DemandCall& x) {
  v.choice(x.kind, kCallKindNames, {.key = "kind", .doc = "pause, cap, shift."});
  v(x.from, {.key = "from", .doc = "First hour, local standard time.", .required = true});
  v(x.length_s, {.key = "length", .doc = "How long.", .unit = "h", .min = 0});
  v(x.to, {.key = "to", .doc = "Share of the IT load that stays.", .min = 0, .max = 1});
}

void fields(config::FieldVisitor& v, PriceResponse& x) {
  v(x.share, {.key = "share", .doc = "Of the facility load.", .min = 0, .max = 1, .required = true});
  v(x.price_usd_per_j,
    {.key = "price", .doc = "From which it gives way.", .unit = "USD/MWh", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, Supply& x) {
  v(x.version, {.key = "version", .doc = "Of this format.", .min = 1, .max = 1});
  v(x.grid, {.key = "grid", .doc = "The connection; none: an island."});
  v(x.generators, {.key = "generator", .doc = "Generators on site."});
  v(x.batteries, {.key = "battery", .doc = "Batteries on site."});
  v(x.contracts, {.key = "contract", .doc = "Renewable and nuclear contracts."});
  v(x.calls, {.key = "call", .doc = "Calls on the IT load."});
  v(x.responses, {.key = "response", .doc = "Load that gives way at a price."});
  v(x.unserved_usd_per_j,
    {.key = "unserved_price", .doc = "Value of lost load.", .unit = "USD/MWh", .min = 0});
}

base::Diagnostics check_supply(const Supply& supply, const SupplyUnits& units) {
  base::Diagnostics out;
  const auto wrong = [&](std::string message, std::string hint) {
    out.push_back(base::error("bad-supply", std::move(message), std::move(hint)));
  };
  for (const auto& g : supply.generators) {
    check_kind("generator", g.kind, units.generators, "kind of generator", out);
    if (g.spare >= g.units)
      wrong(fmt::format("generator '{}': {} spare of {} units leave none to run", g.kind, g.spare, g.units),
            "N+1 has one more unit than runs");
  }
  for (const auto& b : supply.batteries)
    check_kind("battery", b.kind, units.batteries, "kind of battery", out);
  for (const auto& c : supply.contracts)
    check_kind("contract", c.kind, units.contracts, "kind of contract", out);
  if (supply.grid)
    for (std::size_t i = 1; i < supply.grid->steps.size(); ++i)
      if (supply.grid->steps[i].from <= supply.grid->steps[i - 1].from)
        wrong(fmt::format("grid: the step of {} does not follow the one of {}",
                          base::to_iso_date(supply.grid->steps[i].from),
                          base::to_iso_date(supply.grid->steps[i - 1].from)),
              "list steps by date");
  if (!supply.grid && supply.generators.empty() && supply.contracts.empty())
    wrong("nothing supplies the site", "[grid], [[generator]] or [[contract]]");
  return out;
}

void name_sources(Supply& supply) {
  std::map<std::string, int> seen;
  const auto name = [&](auto& sources) {
    for (auto& source : sources) {
      if (!source.name.empty()) continue;
      const int number = ++seen[source.kind];
      source.name = number == 1 ? source.kind : fmt::format("{}-{}", source.kind, number);
    }
  };
  name(supply.generators);
  name(supply.batteries);
  name(supply.contracts);
}

tl::expected<Supply, base::Diagnostics> read_supply(const std::string& text, const std::string& name,
                                                    const SupplyUnits& units) {
  const auto node = config::parse_toml(std::make_shared<base::SourceText>(base::SourceText{name, text}));
  if (!node) return tl::unexpected(node.error());
  Supply out;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(out);
  if (!base::has_errors(problems)) {
    auto more = check_supply(out, units);
    problems.insert(problems.end(), more.begin(), more.end());
  }
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  name_sources(out);
  for (auto& g : out.generators)
    if (const auto* fuel = find(units.fuels, find(units.generators, g.kind)->fuel);
        !g.fuel_usd_per_j && fuel != nullptr)
      g.fuel_usd_per_j = fuel->price_usd_per_j;
  std::set<std::string> names;
  const auto twice = [&](const auto& sources) {
    for (const auto& source : sources)
      if (!names.insert(source.name).second)
        problems.push_back(base::error("bad-supply", fmt::format("two sources are named '{}'", source.name),
                                       "their money and energy are told apart by name"));
  };
  twice(out.generators);
  twice(out.batteries);
  twice(out.contracts);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

}  // namespace gigawatt::grid
