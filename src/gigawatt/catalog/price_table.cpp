#include "gigawatt/catalog/price_table.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

const ElectricityPrice* electricity_at(const PriceTable& table, std::string_view region,
                                       std::string_view date) {
  const ElectricityPrice* found = nullptr;
  for (const auto& entry : table.electricity) {
    if (entry.region != region) continue;
    if (!found || entry.date <= date) found = &entry;
  }
  return found;
}

void fields(config::FieldVisitor& v, ElectricityPrice& x) {
  v(x.region, {.key = "region", .doc = "Price region.", .required = true});
  v(x.date, {.key = "date", .doc = "From this day on.", .required = true});
  sourced(v, x.wholesale_usd_per_j,
          {.key = "wholesale", .doc = "Energy alone.", .unit = "USD/MWh", .required = true});
  sourced(v, x.delivered_usd_per_j,
          {.key = "delivered", .doc = "As a large load pays it.", .unit = "USD/MWh", .required = true});
}

void fields(config::FieldVisitor& v, RentalPrice& x) {
  v(x.accelerator, {.key = "accelerator", .doc = "Canonical accelerator name.", .required = true});
  v(x.date, {.key = "date", .doc = "From this day on.", .required = true});
  sourced(v, x.usd_per_s,
          {.key = "price", .doc = "Per accelerator.", .unit = "USD/h", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, Spending& x) {
  v(x.owner, {.key = "owner", .doc = "Who spends.", .required = true});
  v(x.period, {.key = "period", .doc = "Year or quarter.", .required = true});
  v(x.date, {.key = "date", .doc = "First day of the period, or day of the guidance.", .required = true});
  v.choice(x.status, kSpendingStatusNames, {.key = "status", .doc = "Reported or guided.", .required = true});
  sourced(v, x.usd, {.key = "amount", .doc = "Amount.", .unit = "GUSD", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, CostDefaults& x) {
  sourced(v, x.facility_usd_per_w,
          {.key = "facility_cost",
           .doc = "Building with power and cooling, per facility power.",
           .unit = "MUSD/MW",
           .min = 0});
  sourced(v, x.all_in_usd_per_w,
          {.key = "all_in_cost", .doc = "With IT equipment.", .unit = "MUSD/MW", .min = 0});
  sourced(v, x.all_in_next_generation_usd_per_w,
          {.key = "all_in_cost_next_generation",
           .doc = "The same for systems of 2026.",
           .unit = "MUSD/MW",
           .min = 0});
  sourced(v, x.accelerator_share,
          {.key = "accelerator_share", .doc = "Of the all-in cost.", .min = 0, .max = 1});
  sourced(v, x.network_share, {.key = "network_share", .doc = "Of the all-in cost.", .min = 0, .max = 1});
  sourced(v, x.cpu_share, {.key = "cpu_share", .doc = "Of the all-in cost.", .min = 0, .max = 1});
  sourced(v, x.storage_share, {.key = "storage_share", .doc = "Of the all-in cost.", .min = 0, .max = 1});
  sourced(v, x.mechanical_electrical_share,
          {.key = "mechanical_electrical_share", .doc = "Of the all-in cost.", .min = 0, .max = 1});
  sourced(v, x.server_life, {.key = "server_life", .doc = "Depreciation time.", .unit = "years", .min = 0});
  sourced(v, x.building_life,
          {.key = "building_life", .doc = "Depreciation time.", .unit = "years", .min = 0});
  sourced(v, x.electrical_life,
          {.key = "electrical_life", .doc = "Depreciation time.", .unit = "years", .min = 0});
  sourced(v, x.network_life, {.key = "network_life", .doc = "Depreciation time.", .unit = "years", .min = 0});
  sourced(v, x.maintenance_rate,
          {.key = "maintenance_rate", .doc = "Of hardware cost.", .unit = "%/year", .min = 0});
  sourced(v, x.facility_operation_rate,
          {.key = "facility_operation_rate", .doc = "Of construction cost.", .unit = "%/year", .min = 0});
  sourced(v, x.research_staff_share,
          {.key = "research_staff_share",
           .doc = "Of the cost of developing a frontier model.",
           .min = 0,
           .max = 1});
  sourced(
      v, x.hardware_share,
      {.key = "hardware_share", .doc = "Of the cost of developing a frontier model.", .min = 0, .max = 1});
  sourced(v, x.energy_share,
          {.key = "energy_share", .doc = "Of the cost of developing a frontier model.", .min = 0, .max = 1});
  sourced(v, x.discount_rate,
          {.key = "discount_rate", .doc = "Cost of capital.", .unit = "%/year", .min = 0});
  sourced(v, x.land_usd_per_w,
          {.key = "land_cost", .doc = "Per facility power.", .unit = "MUSD/MW", .min = 0});
  sourced(v, x.water_usd_per_m3, {.key = "water_price", .doc = "Delivered.", .unit = "USD/m3", .min = 0});
  sourced(v, x.carbon_usd_per_kg, {.key = "carbon_price", .doc = "Of emissions.", .unit = "USD/t", .min = 0});
  sourced(v, x.battery_usd_per_j,
          {.key = "battery_cost", .doc = "Per energy content.", .unit = "USD/kWh", .min = 0});
  sourced(v, x.gas_plant_usd_per_w,
          {.key = "gas_plant_cost", .doc = "Per output.", .unit = "MUSD/MW", .min = 0});
  sourced(v, x.synchronous_condenser_usd_per_w,
          {.key = "synchronous_condenser_cost", .doc = "Per rating.", .unit = "kUSD/MW", .min = 0});
  sourced(v, x.gas_usd_per_j, {.key = "gas_price", .doc = "Per heat.", .unit = "USD/MWh", .min = 0});
}

void fields(config::FieldVisitor& v, PriceTable& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it holds.", .required = true});
  v(x.electricity, {.key = "electricity", .doc = "Electricity by region and date."});
  v(x.rental, {.key = "rental", .doc = "Accelerator rental."});
  v(x.capex, {.key = "capex", .doc = "Reported and guided spending."});
  v(x.cost, {.key = "cost", .doc = "Defaults of building and running."});
}

}  // namespace gigawatt::catalog
