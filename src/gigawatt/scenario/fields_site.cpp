#include "gigawatt/scenario/fields.h"
#include "gigawatt/scenario/hourly.h"

namespace gigawatt::scenario {
namespace {

constexpr std::array<std::string_view, kBuildStepCount> kStepDocs = {
    "Build step: permits granted.",
    "Build step: substation and grid connection energized.",
    "Build step: building or tent weather-tight.",
    "Build step: electrical fit-out done, power at the racks.",
    "Build step: cooling commissioned.",
    "Build step: racks in place.",
    "Build step: network cabled and tested.",
    "Build step: burn-in passed, accelerators take jobs.",
};

}  // namespace

void fields(config::FieldVisitor& v, StepInput& s) {
  v(s.date,
    {.key = "date", .doc = "Done on this day (or with the last step it waits for, if that is later)."});
  v(s.lead, {.key = "lead",
             .doc = "Median lead time after the steps it waits for.",
             .unit = "months",
             .max = kMaxYears,
             .positive = true});
  v(s.sigma, {.key = "sigma",
              .doc = "Spread of the lead: standard deviation of its logarithm (0.2: two thirds lie within "
                     "-18% and +22%).",
              .min = 0,
              .max = 3});
  v(s.after, {.key = "after",
              .doc = "Step or steps that it waits for; by default the usual order of building.",
              .one_or_list = true});
  v(s.forecast, {.key = "forecast", .doc = "True: the date is expected, not observed."});
  v(s.source, {.key = "source", .doc = kSourceDoc});
}

void fields(config::FieldVisitor& v, Phase& p) {
  v(p.name, {.key = "name", .doc = "Name of the phase, unique within its site.", .required = true});
  v(p.title, {.key = "title", .doc = "Name for tables and charts."});
  v(p.facility_power,
    {.key = "facility_power",
     .doc = "Power of this tranche at the meter. Exactly one of facility_power and it_power is given.",
     .unit = "MW",
     .max = kMaxPower,
     .positive = true});
  v(p.it_power, {.key = "it_power",
                 .doc = "Power of this tranche at the racks.",
                 .unit = "MW",
                 .max = kMaxPower,
                 .positive = true});
  v(p.system, {.key = "system", .doc = "Catalogue system that it will hold; by default the site's."});
  v(p.accelerators, {.key = "accelerators",
                     .doc = "Accelerators that it will hold; by default as many as its IT power feeds.",
                     .min = 1,
                     .max = kMaxAccelerators});
  v(p.start, {.key = "start", .doc = "Day on which the first undated build step begins."});
  for (std::size_t i = 0; i < kBuildStepCount; ++i)
    v(p.steps[i], {.key = kBuildStepNames[i], .doc = kStepDocs[i]});
  v(p.own_share, {.key = "own_share",
                  .doc = "Share of the construction cost that is our capital; another owner pays the rest.",
                  .unit = "%",
                  .min = 0,
                  .max = 1});
  v(p.rent, {.key = "rent",
             .doc = "Rent for what is not ours, per power at the meter, from the day it is energized.",
             .unit = "USD/kW/month",
             .min = 0});
  v(p.lease, {.key = "lease", .doc = "When and how long that rent is paid, how it rises, how it ends."});
  v(p.source, {.key = "source", .doc = kSourceDoc});
  v(p.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(p.reason, {.key = "reason", .doc = kReasonDoc});
}

void fields(config::FieldVisitor& v, Supply& s) {
  v.choice(s.kind, kSupplyKindNames,
           {.key = "kind",
            .doc = "Grid connection, generation of its own, battery (which shifts energy but adds no "
                   "continuous power), or a contract for power of others.",
            .required = true});
  v(s.name, {.key = "name", .doc = "Name for tables."});
  v(s.date, {.key = "date", .doc = "Available from this day.", .required = true});
  v(s.power, {.key = "power",
              .doc = "Power added at the meter.",
              .unit = "MW",
              .max = kMaxPower,
              .required = true,
              .positive = true});
  v(s.energy,
    {.key = "energy", .doc = "Usable energy of a battery.", .unit = "MWh", .min = 0, .max = kMaxEnergy});
  v(s.until, {.key = "until", .doc = "Day on which it goes again, for bridging power."});
  v(s.ordered, {.key = "ordered", .doc = "Day of its order; by default a year before its date."});
  v(s.cost,
    {.key = "cost",
     .doc = "What it costs, paid evenly from `ordered` to its date; by default the catalogue's for gas "
            "plants and batteries, else nothing.",
     .unit = "MUSD",
     .min = 0,
     .max = kMaxMoney});
  v(s.price,
    {.key = "price",
     .doc = "Price of its energy with all that running it costs; by default the site's. The cheapest "
            "supply carries the load first, and supplies of one price share it.",
     .unit = "USD/MWh",
     .min = 0});
  v(s.of,
    {.key = "of",
     .doc = "Generator that burns the gas (gas-turbine, combined-cycle, reciprocating, ...): its CO2. By "
            "default a gas turbine."});
  v(s.carbon_intensity, {.key = "carbon_intensity",
                         .doc = "CO2 of its energy; by default that of its generator, none for nuclear, else "
                                "the site's.",
                         .unit = "kg/kWh",
                         .min = 0,
                         .max = kMaxCarbonIntensity});
  v(s.source, {.key = "source", .doc = kSourceDoc});
}

void fields(config::FieldVisitor& v, Lease& l) {
  v(l.from,
    {.key = "from",
     .doc = "Rent is paid from this day, before or after there is power; by default from the day it is "
            "energized."});
  v(l.term, {.key = "term",
             .doc = "How long it runs; by default without an end.",
             .unit = "years",
             .max = kMaxYears,
             .positive = true});
  v(l.escalation, {.key = "escalation",
                   .doc = "By how much rent rises every year after the first.",
                   .unit = "%",
                   .min = 0,
                   .max = 1});
  v(l.purchase,
    {.key = "purchase",
     .doc = "What makes it ours at the end of the term, per power at the meter; 0: a bargain. Without "
            "it the lease goes on as before.",
     .unit = "MUSD/MW",
     .min = 0,
     .max = kMaxConstructionCost});
}

void fields(config::FieldVisitor& v, Partner& p) {
  v(p.name, {.key = "name", .doc = "Who owns the other share.", .required = true});
  v(p.share, {.key = "share",
              .doc = "Share of building and plant that it owns and pays.",
              .unit = "%",
              .min = 0,
              .max = 1,
              .required = true});
  v(p.date, {.key = "date", .doc = "From this day on.", .required = true});
  v(p.rent,
    {.key = "rent",
     .doc = "Rent that is paid for its share, per power at the meter, from the day a phase is energized.",
     .unit = "USD/kW/month",
     .min = 0});
  v(p.lease, {.key = "lease", .doc = "When and how long that rent is paid, how it rises, how it ends."});
  v(p.source, {.key = "source", .doc = kSourceDoc});
  v(p.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(p.reason, {.key = "reason", .doc = kReasonDoc});
}

void fields(config::FieldVisitor& v, GridCalls& g) {
  v(g.per_year,
    {.key = "per_year", .doc = "Mean number of calls a year.", .min = 0, .max = 8766, .required = true});
  v(g.duration, {.key = "duration",
                 .doc = "How long trainings pause in a call.",
                 .unit = "h",
                 .max = kMaxYears,
                 .required = true,
                 .positive = true});
}

void fields(config::FieldVisitor& v, Site& s) {
  v(s.name, {.key = "name", .doc = "Unique name of the site.", .required = true});
  v(s.title, {.key = "title", .doc = "Name for tables and charts."});
  v(s.catalog, {.key = "catalog",
                .doc = "Catalogue site that supplies place, grid, cooling, PUE and the published capacity; "
                       "what is given here wins."});
  v.choice(s.kind, kSiteKindNames,
           {.key = "kind",
            .doc = "`campus`, or `existing`: many older regions taken as one, with as much power as their "
                   "fleet needs."});
  v(s.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(s.reason, {.key = "reason", .doc = kReasonDoc});
  v(s.source, {.key = "source", .doc = kSourceDoc});
  v(s.latitude, {.key = "latitude", .doc = "Degrees north.", .min = -90, .max = 90});
  v(s.longitude, {.key = "longitude", .doc = "Degrees east.", .min = -180, .max = 180});
  v(s.grid, {.key = "grid", .doc = "Grid region of the catalogue: its carbon intensity and price."});
  v(s.cooling, {.key = "cooling", .doc = "Cooling system of the catalogue."});
  v(s.weather_station,
    {.key = "weather_station", .doc = "Typical year of data/weather; by default the catalogue site's."});
  v(s.weather,
    {.key = "weather",
     .doc =
         "The site by the hour: [site.weather] with file = \"site.epw\", or empty for the station's year."});
  v(s.prices, {.key = "prices", .doc = "The site by the hour: files of prices, carbon and supply."});
  v(s.pue, {.key = "pue", .doc = "Facility energy over IT energy, annual mean.", .min = 1, .max = 5});
  v(s.peak_overhead,
    {.key = "peak_overhead",
     .doc =
         "Facility over IT power in the design hour: it decides how much IT power the facility power feeds.",
     .min = 1,
     .max = 5});
  v(s.wue, {.key = "wue", .doc = "Water per IT energy.", .unit = "L/kWh", .min = 0, .max = kMaxWue});
  v(s.construction_cost, {.key = "construction_cost",
                          .doc = "Land, building, power and cooling equipment, per power at the meter.",
                          .unit = "MUSD/MW",
                          .min = 0,
                          .max = kMaxConstructionCost});
  v(s.electricity_price, {.key = "electricity_price",
                          .doc = "Price of electricity; by default the catalogue site's or its grid's.",
                          .unit = "USD/MWh",
                          .min = 0,
                          .max = kMaxElectricityPrice});
  v(s.carbon_intensity,
    {.key = "carbon_intensity",
     .doc = "Average emissions of electricity from the grid; by default the catalogue site's or its grid's.",
     .unit = "kg/kWh",
     .min = 0,
     .max = kMaxCarbonIntensity});
  v(s.system, {.key = "system", .doc = "Catalogue system of the phases that name none."});
  v(s.phases, {.key = "phase", .doc = "Tranches of capacity."});
  v(s.supply, {.key = "supply",
               .doc = "Power at the meter by date; without any entry there is as much as the phases need."});
  v(s.partners, {.key = "partner", .doc = "Joint ventures: who else pays for building and plant."});
  v(s.grid_calls, {.key = "grid_calls",
                   .doc = "Hours in which the grid asks for load: trainings pause and keep their state."});
}

}  // namespace gigawatt::scenario
