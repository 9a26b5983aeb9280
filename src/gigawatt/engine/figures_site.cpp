// What is said of a site.

#include <limits>

#include "gigawatt/engine/figures.h"

namespace gigawatt::engine {
namespace {

using S = const fleet::SiteResult&;
using results::Form;
using results::Metric;
using Kind = results::Series;

constexpr Figure<fleet::SiteResult> kSiteFigures[] = {
    {Metric::kEnergizedItPower,
     [](S s) { return last_month(s.energized_it_w_end); },
     {.scale = kWattsPerMegawatt, .column = "IT MW", .place = 2}},
    {Metric::kEnergizedFacilityPower,
     [](S s) { return last_month(s.energized_facility_w_end); },
     {.scale = kWattsPerMegawatt, .column = "facility MW", .place = 3}},
    {Metric::kAccelerators,
     [](S s) { return last_month(s.accelerators_end); },
     {.column = "accelerators", .place = 4}},
    {Metric::kEnergy,
     [](S s) { return s.total_facility_energy_j; },
     {.scale = kJoulesPerMegawattHour, .column = "energy", .place = 5}},
    {Metric::kItEnergy, [](S s) { return s.total_it_energy_j; }, {.scale = kJoulesPerMegawattHour}},
    {Metric::kPue,
     [](S s) { return s.pue > 0 ? s.pue : kNone; },
     {.form = Form::kRatio, .column = "PUE", .place = 6}},
    {Metric::kWater, [](S s) { return s.total_water_m3; }, {}},
    {Metric::kCo2, [](S s) { return s.total_co2_kg; }, {.scale = kKilogramsPerTon}},
    {Metric::kFirstPower,
     [](S s) { return date_figure(s.first_power, s.has_power); },
     {.scale = kMicroseconds, .form = Form::kDate, .column = "first power", .place = 1}},
    {Metric::kCapex, [](S s) { return s.total_capex_usd; }, {.column = "capex $", .place = 7}},
    {Metric::kOpex, [](S s) { return s.total_opex_usd; }, {}},
};

constexpr History<fleet::SiteResult> kSiteHistories[] = {
    {Kind::kEnergizedItPower, [](S s) { return s.energized_it_w_end; }, {.scale = kWattsPerMegawatt}},
    {Kind::kEnergizedFacilityPower,
     [](S s) { return s.energized_facility_w_end; },
     {.scale = kWattsPerMegawatt}},
    {Kind::kItLoad, [](S s) { return s.load_it_w_mean; }, {.scale = kWattsPerMegawatt}},
    {Kind::kFacilityLoad, [](S s) { return s.load_facility_w_mean; }, {.scale = kWattsPerMegawatt}},
    {Kind::kPeakFacilityLoad, [](S s) { return s.load_facility_w_peak; }, {.scale = kWattsPerMegawatt}},
    {Kind::kAccelerators, [](S s) { return s.accelerators_end; }, {}},
    {Kind::kAcceleratorsWaiting, [](S s) { return s.accelerators_waiting_end; }, {}},
    {Kind::kItEnergy, [](S s) { return s.it_energy_j; }, {.scale = kJoulesPerMegawattHour}},
    {Kind::kEnergy, [](S s) { return s.facility_energy_j; }, {.scale = kJoulesPerMegawattHour}},
    {Kind::kWater, [](S s) { return s.water_m3; }, {}},
    {Kind::kCo2, [](S s) { return s.co2_kg; }, {.scale = kKilogramsPerTon}},
    {Kind::kCapex, [](S s) { return s.capex_usd; }, {}},
    {Kind::kOpex, [](S s) { return s.opex_usd; }, {}},
};

using H = const HourTotals&;

constexpr Figure<HourTotals> kHourFigures[] = {
    {Metric::kHourlyItEnergy, [](H h) { return h.it_mwh; }, {}},
    {Metric::kHourlyEnergy, [](H h) { return h.facility_mwh; }, {}},
    {Metric::kHourlyPue,
     [](H h) { return h.it_mwh > 0 ? h.facility_mwh / h.it_mwh : kNone; },
     {.form = Form::kRatio}},
    {Metric::kHourlyWater, [](H h) { return h.water_m3; }, {}},
    {Metric::kHourlyCo2, [](H h) { return h.co2_location_t; }, {}},
    {Metric::kHourlyCo2Market, [](H h) { return h.co2_market_t; }, {}},
    {Metric::kHourlyEmbodied, [](H h) { return h.embodied_t; }, {}},
    {Metric::kHourlyCost, [](H h) { return h.cost_usd; }, {}},
    {Metric::kHourlyThrottled, [](H h) { return h.throttled_mwh; }, {}},
    {Metric::kHourlyUnserved, [](H h) { return h.unserved_mwh; }, {}},
};

constexpr Accounts<HourTotals> kHourAccounts[] = {
    {results::Ledger::kEnergyBill, [](H h) { return h.bill_usd; }},
    {results::Ledger::kCarbon, [](H h) { return h.carbon_t; }},
    {results::Ledger::kEnergySupply, [](H h) { return h.supply_mwh; }},
    {results::Ledger::kEnergyLevelised, [](H h) { return h.supply_usd; }},
};

}  // namespace

Tables<HourTotals> hour_tables() { return {kHourFigures, {}, {}, kHourAccounts}; }

Tables<fleet::SiteResult> site_tables() { return {kSiteFigures, kSiteHistories, {}, {}}; }

}  // namespace gigawatt::engine
