// What is said of the fleet as a whole: sums over its sites are taken in each future, before any quantile.

#include <limits>

#include "gigawatt/engine/figures.h"

namespace gigawatt::engine {
namespace {

using R = const fleet::FleetResult&;
using results::Form;
using results::Metric;
using Kind = results::Series;

double sum(const fleet::Series& values) {
  double total = 0;
  for (const double v : values) total += v;
  return total;
}

double sum(const fleet::NamedSeries& books) {
  double total = 0;
  for (const auto& [category, series] : books)
    for (const double v : series) total += v;
  return total;
}

double sum_sites(R r, double (*pick)(const fleet::SiteResult&)) {
  double total = 0;
  for (const auto& site : r.sites) total += pick(site);
  return total;
}

fleet::Series energized_it(R r) {
  fleet::Series total(r.months.size());
  for (const auto& site : r.sites)
    for (std::size_t m = 0; m < total.size() && m < site.energized_it_w_end.size(); ++m)
      total[m] += site.energized_it_w_end[m];
  return total;
}

fleet::Series capex_of(R r) {
  fleet::Series total(r.months.size());
  for (const auto& [category, series] : r.fleet.capex_usd)
    for (std::size_t m = 0; m < total.size() && m < series.size(); ++m) total[m] += series[m];
  return total;
}

/// A month without training has no goodput, which is not a goodput of zero.
fleet::Series goodput(R r) {
  fleet::Series values = r.fleet.goodput;
  for (double& v : values)
    if (v <= 0) v = kNone;
  return values;
}

double training_goodput(R r) {
  double useful = 0, held = 0;
  for (const auto& job : r.jobs) {
    if (job.step_time_s <= 0) continue;
    useful += job.hours[fleet::HourUse::kUseful];
    held += job.hours.total();
  }
  return held > 0 ? useful / held : kNone;
}

double pue(R r) {
  const double it = sum_sites(r, [](const auto& s) { return s.total_it_energy_j; });
  return it > 0 ? sum_sites(r, [](const auto& s) { return s.total_facility_energy_j; }) / it : kNone;
}

constexpr Figure<fleet::FleetResult> kFleetFigures[] = {
    {Metric::kEnergizedItPower,
     [](R r) { return sum_sites(r, [](const auto& s) { return last_month(s.energized_it_w_end); }); },
     {.scale = kWattsPerMegawatt, .column = "IT MW", .place = 2}},
    {Metric::kEnergizedFacilityPower,
     [](R r) { return sum_sites(r, [](const auto& s) { return last_month(s.energized_facility_w_end); }); },
     {.scale = kWattsPerMegawatt, .column = "facility MW", .place = 3}},
    {Metric::kAccelerators,
     [](R r) { return sum_sites(r, [](const auto& s) { return last_month(s.accelerators_end); }); },
     {.column = "accelerators", .place = 4}},
    {Metric::kEnergy,
     [](R r) { return sum_sites(r, [](const auto& s) { return s.total_facility_energy_j; }); },
     {.scale = kJoulesPerMegawattHour, .column = "energy", .place = 5}},
    {Metric::kItEnergy,
     [](R r) { return sum_sites(r, [](const auto& s) { return s.total_it_energy_j; }); },
     {.scale = kJoulesPerMegawattHour}},
    {Metric::kPue, pue, {.form = Form::kRatio, .column = "PUE", .place = 6}},
    {Metric::kWater, [](R r) { return sum(r.fleet.water_m3); }, {}},
    {Metric::kCo2, [](R r) { return sum(r.fleet.co2_kg); }, {.scale = kKilogramsPerTon}},
    {Metric::kCapex,
     [](R r) { return sum_sites(r, [](const auto& s) { return s.total_capex_usd; }); },
     {.column = "capex $", .place = 7}},
    {Metric::kOpex, [](R r) { return sum(r.fleet.opex_usd); }, {}},
    {Metric::kGoodput, training_goodput, {.form = Form::kShare}},
    {Metric::kCostPerHour, [](R r) { return r.cost_per_accelerator_hour_usd; }, {}},
    {Metric::kAvailability, [](R r) { return r.availability; }, {.form = Form::kShare}},
    {Metric::kWorstAvailability, [](R r) { return r.worst_availability; }, {.form = Form::kShare}},
};

// Those not in JSON are in the page's series and in the store.
constexpr History<fleet::FleetResult> kFleetHistories[] = {
    {Kind::kAccelerators, [](R r) { return r.fleet.accelerators_end; }, {}},
    {Kind::kEnergizedItPower, energized_it, {.scale = kWattsPerMegawatt}},
    {Kind::kEnergizedFacilityPower,
     [](R r) { return r.fleet.energized_facility_w_end; },
     {.scale = kWattsPerMegawatt}},
    {Kind::kItLoad, [](R r) { return r.fleet.load_it_w_mean; }, {.scale = kWattsPerMegawatt}},
    {Kind::kFacilityLoad, [](R r) { return r.fleet.load_facility_w_mean; }, {.scale = kWattsPerMegawatt}},
    {Kind::kCapexTotal, capex_of, {}},
    {Kind::kCapexCumulative, [](R r) { return r.fleet.capex_cumulative_usd_end; }, {.in_json = false}},
    {Kind::kOpexCumulative, [](R r) { return r.fleet.opex_cumulative_usd_end; }, {.in_json = false}},
    {Kind::kGoodput, goodput, {.in_json = false}},
    {Kind::kUtilization, [](R r) { return r.fleet.utilization; }, {.in_json = false}},
    {Kind::kEnergy,
     [](R r) { return r.fleet.facility_energy_j; },
     {.scale = kJoulesPerMegawattHour, .in_json = false}},
    {Kind::kWater, [](R r) { return r.fleet.water_m3; }, {.in_json = false}},
    {Kind::kCo2, [](R r) { return r.fleet.co2_kg; }, {.scale = kKilogramsPerTon, .in_json = false}},
    {Kind::kFailures, [](R r) { return r.fleet.failures; }, {.in_json = false}},
};

constexpr Categories<fleet::FleetResult> kCategories[] = {
    {Kind::kAccelerators, [](R r) -> const auto& { return r.fleet.accelerators_by_generation_end; }, {}},
    {Kind::kCapex, [](R r) -> const auto& { return r.fleet.capex_usd; }, {}},
    {Kind::kOpex, [](R r) -> const auto& { return r.fleet.opex_usd; }, {}},
};

fleet::NamedValues totals(const fleet::NamedSeries& books) {
  fleet::NamedValues out;
  for (const auto& [category, values] : books) out.emplace_back(category, sum(values));
  return out;
}

constexpr Accounts<fleet::FleetResult> kFleetAccounts[] = {
    {results::Ledger::kCapex, [](R r) { return totals(r.fleet.capex_usd); }},
    {results::Ledger::kOpex, [](R r) { return totals(r.fleet.opex_usd); }},
    {results::Ledger::kDepreciation, [](R r) { return r.depreciation_usd; }},
    {results::Ledger::kBridge, [](R r) { return r.bridge_usd; }},
    {results::Ledger::kFailures, [](R r) { return r.failures_by_cause; }},
    {results::Ledger::kAcceleratorHours, [](R r) { return named_hours(r.hours); }},
};

}  // namespace

Tables<fleet::FleetResult> fleet_tables() {
  return {kFleetFigures, kFleetHistories, kCategories, kFleetAccounts};
}

}  // namespace gigawatt::engine
