#include "gigawatt/scenario/fields.h"
#include "gigawatt/scenario/plan_table.h"

namespace gigawatt::scenario {
namespace {}  // namespace

void fields(config::FieldVisitor& v, Claim& c) {
  v(c.id, {.key = "id", .doc = "Unique short name.", .required = true});
  v(c.statement, {.key = "statement", .doc = "What was said, in a sentence.", .required = true});
  v(c.source, {.key = "source", .doc = "Who said it, where and when.", .required = true});
  v(c.source_key, {.key = "source_key", .doc = "Key of the data's source list, where there is one."});
  v(c.date, {.key = "date", .doc = "When it was said."});
  v.choice(c.quantity, claim_quantity_names(),
           {.key = "quantity", .doc = "What the twin computes for it.", .required = true});
  v.choice(c.of, claim_quantity_names(), {.key = "of", .doc = "ratio_to: the quantity that is divided."});
  v(c.at, {.key = "at", .doc = "Instant at which it is to hold; of yearly quantities the year."});
  v(c.site, {.key = "site", .doc = "Site that it is about."});
  v(c.job, {.key = "job", .doc = "Job that it is about."});
  v(c.system, {.key = "system", .doc = "required_power: catalogue system."});
  v(c.accelerators,
    {.key = "accelerators", .doc = "required_power: how many.", .max = kMaxAccelerators, .positive = true});
  v(c.reference, {.key = "reference", .doc = "ratio_to: fact of the catalogue to divide by."});
  v(c.rivals, {.key = "rivals",
               .doc = "first_to_capacity: sites of the scenario or of the catalogue.",
               .one_or_list = true});
  v.choice(c.relation, kClaimRelationNames,
           {.key = "relation", .doc = "How the computed value is to lie to `value`."});
  v(c.value, {.key = "value", .doc = "The value that was claimed, with its unit.", .required = true});
  v(c.upper, {.key = "upper", .doc = "Relation range: the other end."});
  v(c.tolerance, {.key = "tolerance", .doc = "Relative slack.", .unit = "%", .min = 0, .max = 1});
  v(c.lower_bound,
    {.key = "lower_bound",
     .doc = "True: the scenario models a part of what was said, so falling short decides nothing."});
  v(c.note, {.key = "note", .doc = "Anything a reader should know."});
}

void fields(config::FieldVisitor& v, BudgetYear& b) {
  v(b.year, {.key = "year", .doc = "Calendar year.", .min = 1990, .max = 2200, .required = true});
  v(b.capex, {.key = "capex",
              .doc = "Capital expenditure of the year.",
              .unit = "GUSD",
              .min = 0,
              .max = kMaxMoney,
              .required = true});
  v(b.low, {.key = "low", .doc = "Lower end of the guidance.", .unit = "GUSD", .min = 0, .max = kMaxMoney});
  v(b.high, {.key = "high", .doc = "Upper end of the guidance.", .unit = "GUSD", .min = 0, .max = kMaxMoney});
  v(b.fleet_share, {.key = "fleet_share",
                    .doc = "Share that is spent on what this scenario models.",
                    .unit = "%",
                    .min = 0,
                    .max = 1});
  v(b.binds, {.key = "binds", .doc = "True: purchases wait for the next year once it is spent."});
  v(b.carry_over,
    {.key = "carry_over", .doc = "True: what the years before have left of their budgets can be spent too."});
  v(b.shares, {.key = "shares",
               .doc = "Share by category (accelerators, servers, network, shell, power_cooling, land, "
                      "generation); a year that is spent otherwise is named.",
               .unit = "%",
               .min = 0,
               .max = 1});
  v(b.source, {.key = "source", .doc = kSourceDoc});
  v(b.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(b.reason, {.key = "reason", .doc = kReasonDoc});
}

void fields(config::FieldVisitor& v, OtherCapex& c) {
  v(c.year, {.key = "year", .doc = "Calendar year.", .min = 1990, .max = 2200, .required = true});
  v(c.name, {.key = "name", .doc = "What it is spent on.", .required = true});
  v(c.capex, {.key = "capex",
              .doc = "What the company spends beside what this scenario builds.",
              .unit = "GUSD",
              .min = 0,
              .max = kMaxMoney,
              .required = true});
  v(c.low, {.key = "low", .doc = "Lower end of its 80% range.", .unit = "GUSD", .min = 0, .max = kMaxMoney});
  v(c.high,
    {.key = "high", .doc = "Upper end of its 80% range.", .unit = "GUSD", .min = 0, .max = kMaxMoney});
  v(c.source, {.key = "source", .doc = kSourceDoc, .required = true});
  v(c.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(c.reason, {.key = "reason", .doc = kReasonDoc});
}

namespace {

constexpr std::string_view kLowDoc =
    "Lower end of what the source allows, as a share of the count (0.76: 24% fewer).";
constexpr std::string_view kHighDoc =
    "Upper end of what the source allows, as a share of the count (1.3: 30% more).";

}  // namespace

void fields(config::FieldVisitor& v, FleetItem& f) {
  v(f.name, {.key = "name", .doc = "Name for tables; by default made of system and date."});
  v(f.system, {.key = "system", .doc = "Catalogue system.", .required = true});
  v(f.accelerators,
    {.key = "accelerators", .doc = "How many.", .min = 1, .max = kMaxAccelerators, .required = true});
  v(f.date, {.key = "date", .doc = "In service from this day.", .required = true});
  v(f.until, {.key = "until", .doc = "Retired, or given back, on this day."});
  v(f.rent, {.key = "rent",
             .doc = "Rented: what each costs by the hour, all of the owner's costs but energy in it. "
                    "Nothing is bought or written off.",
             .unit = "USD/h",
             .min = 0,
             .max = kMaxMoney});
  v(f.low, {.key = "low", .doc = kLowDoc, .min = 0, .max = 1});
  v(f.high, {.key = "high", .doc = kHighDoc, .min = 1, .max = 10});
  v(f.site, {.key = "site", .doc = "Where they stand.", .required = true});
  v(f.source, {.key = "source", .doc = kSourceDoc});
  v(f.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(f.reason, {.key = "reason", .doc = kReasonDoc});
}

void fields(config::FieldVisitor& v, DeliveryPart& d) {
  v(d.date, {.key = "date", .doc = "Day of arrival.", .required = true});
  v(d.accelerators,
    {.key = "accelerators", .doc = "How many.", .min = 1, .max = kMaxAccelerators, .required = true});
  v(d.forecast, {.key = "forecast", .doc = "True: expected for that day, not observed."});
}

void fields(config::FieldVisitor& v, Delivery& d) {
  v(d.name, {.key = "name", .doc = "Name for tables; by default made of system and site."});
  v(d.system, {.key = "system", .doc = "Catalogue system.", .required = true});
  v(d.site, {.key = "site", .doc = "Where they go.", .required = true});
  v(d.date, {.key = "date", .doc = "Day on which all arrive; or `part`s."});
  v(d.accelerators,
    {.key = "accelerators", .doc = "How many arrive on `date`.", .min = 1, .max = kMaxAccelerators});
  v(d.schedule, {.key = "part", .doc = "Arrivals in parts."});
  v(d.price, {.key = "price",
              .doc = "Price of one accelerator; by default the catalogue's at the date of arrival.",
              .unit = "USD",
              .min = 0,
              .max = kMaxMoney});
  v(d.low, {.key = "low", .doc = kLowDoc, .min = 0, .max = 1});
  v(d.high, {.key = "high", .doc = kHighDoc, .min = 1, .max = 10});
  v(d.source, {.key = "source", .doc = kSourceDoc});
  v(d.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(d.reason, {.key = "reason", .doc = kReasonDoc});
}

void fields(config::FieldVisitor& v, Operations& o) {
  v.choice(o.scheduler, kSchedulerPolicyNames,
           {.key = "scheduler",
            .doc = "Policy by which waiting jobs are placed (docs/models/scheduling.md); `backfill` is "
                   "`priority-easy`."});
  v(o.spare_share, {.key = "spare_share",
                    .doc = "Share of each site's accelerators kept as hot spares.",
                    .unit = "%",
                    .min = 0,
                    .max = 0.5});
  v(o.maintenance_interval, {.key = "maintenance_interval",
                             .doc = "Time between planned stops of a training (updates, inspections), each "
                                    "after a checkpoint; 0: none.",
                             .unit = "days",
                             .min = 0,
                             .max = kMaxYears});
  v(o.maintenance_time, {.key = "maintenance_time",
                         .doc = "How long a planned stop lasts, without the restart.",
                         .unit = "min",
                         .min = 0,
                         .max = kMaxYears});
  v(o.shares, {.key = "shares",
               .doc = "Fair share: what each account may use, relative to the others; 1 where not named.",
               .max = 1e9,
               .positive = true});
  v(o.it_power_cap, {.key = "it_power_cap",
                     .doc = "IT power of the whole fleet above which nothing is started.",
                     .unit = "MW",
                     .max = 1e12,
                     .positive = true});
  v(o.signal_by_hour,
    {.key = "signal_by_hour",
     .doc = "Price or carbon intensity by hour of the day (UTC), 24 values in any unit, the "
            "same every day: jobs with `may_defer` start where its mean is least."});
  v(o.wait_warning, {.key = "wait_warning",
                     .doc = "A job that waited longer while others overtook it is named in a warning.",
                     .unit = "days",
                     .min = 0,
                     .max = kMaxYears});
  v(o.idle_load, {.key = "idle_load",
                  .doc = "Share of its largest draw that an accelerator in no job takes: the load of work "
                         "that the scenario does not name, as in a plan. By default it idles.",
                  .unit = "%",
                  .min = 0,
                  .max = 1});
}

void fields(config::FieldVisitor& v, FailureSettings& f) {
  v(f.profile, {.key = "profile",
                .doc = "Failure profile of the catalogue; by default its first choice for each system."});
  v(f.enabled, {.key = "enabled", .doc = "False: nothing ever fails."});
  v(f.rate_scale, {.key = "rate_scale", .doc = "All failure rates times this.", .min = 0, .max = 1000});
  v(f.by_month,
    {.key = "by_month",
     .doc = "True: nodes that are in no training fail and are repaired by month, as many as are "
            "drawn for it, and not one by one. Trainings keep their single failures. Not given: in the "
            "futures of --runs, for pools with many failures."});
  v(f.mttf, {.key = "mttf",
             .doc = "Mean time to failure by component kind, for one accelerator's share of it, instead of "
                    "the profile's.",
             .unit = "years",
             .max = 1e6 * kMaxYears,
             .positive = true});
  v(f.detection, {.key = "detection",
                  .doc = "Time until a failure is noticed.",
                  .unit = "min",
                  .min = 0,
                  .max = kMaxYears});
  v(f.restart, {.key = "restart",
                .doc = "Time to replace, initialize and load.",
                .unit = "min",
                .min = 0,
                .max = kMaxYears});
  v(f.repair,
    {.key = "repair", .doc = "Median time until a node is back.", .unit = "h", .min = 0, .max = kMaxYears});
  v(f.diagnosis,
    {.key = "diagnosis",
     .doc = "Time to find the faulty node. With any of diagnosis, replacement and initialization "
            "a restart is their sum and the time to load the checkpoint.",
     .unit = "min",
     .min = 0,
     .max = kMaxYears});
  v(f.replacement, {.key = "replacement",
                    .doc = "Time to evict a node and bring another one into the job.",
                    .unit = "min",
                    .min = 0,
                    .max = kMaxYears});
  v(f.initialization, {.key = "initialization",
                       .doc = "Time to start the processes and their communicators.",
                       .unit = "min",
                       .min = 0,
                       .max = kMaxYears});
  v(f.lemon_share, {.key = "lemon_share",
                    .doc = "Share of nodes that fail more often than the others (lemons).",
                    .unit = "%",
                    .min = 0,
                    .max = 0.99});
  v(f.lemon_fault_share, {.key = "lemon_fault_share",
                          .doc = "Share of all node failures that lemons have.",
                          .unit = "%",
                          .min = 0,
                          .max = 1});
  v(f.lemon_detection, {.key = "lemon_detection",
                        .doc = "Share of a lemon's repairs that find and replace what is wrong with it.",
                        .unit = "%",
                        .min = 0,
                        .max = 1});
  v(f.gap_variation, {.key = "gap_variation",
                      .doc = "Coefficient of variation of the gaps between a pool's failures; 1: no bursts.",
                      .min = 1,
                      .max = 10});
  v(f.burst_time, {.key = "burst_time",
                   .doc = "Mean length of a burst of failures.",
                   .unit = "h",
                   .max = kMaxYears,
                   .positive = true});
  v(f.batch_deviation,
    {.key = "batch_deviation",
     .doc = "Spread of the failure rates of deliveries: standard deviation of the logarithm.",
     .min = 0,
     .max = 3});
  v(f.infant_factor, {.key = "infant_factor",
                      .doc = "Failure rate of a fresh node over that of an old one.",
                      .min = 1,
                      .max = 1000});
  v(f.infant_time, {.key = "infant_time",
                    .doc = "Time in which the excess of a fresh node falls to 1/e.",
                    .unit = "days",
                    .max = kMaxYears,
                    .positive = true});
  v(f.burn_in, {.key = "burn_in",
                .doc = "Time under load before a node is accepted; its early failures happen then.",
                .unit = "days",
                .min = 0,
                .max = kMaxYears});
  v(f.silent_detection, {.key = "silent_detection",
                         .doc = "Mean time until a silent corruption is noticed; all work since is lost.",
                         .unit = "h",
                         .min = 0,
                         .max = kMaxYears});
  v(f.straggler_share, {.key = "straggler_share",
                        .doc = "Share of starts of a training after which a slow node holds it back.",
                        .unit = "%",
                        .min = 0,
                        .max = 1});
  v(f.straggler_waste, {.key = "straggler_waste",
                        .doc = "Mean share of accelerator time that stragglers cost, over all trainings.",
                        .unit = "%",
                        .min = 0,
                        .max = 0.9});
  v(f.domains,
    {.key = "domains",
     .doc = "False: racks, cooling units, feeds, switches, halls and sites never fail as a whole."});
  v(f.technicians_per_thousand, {.key = "technicians_per_thousand",
                                 .doc = "Technicians on site at any time, per thousand nodes; 0: enough.",
                                 .min = 0,
                                 .max = 1000});
  v(f.hands_on, {.key = "hands_on",
                 .doc = "Mean time that a technician works on a node.",
                 .unit = "h",
                 .min = 0,
                 .max = kMaxYears});
  v(f.part_share,
    {.key = "part_share", .doc = "Share of repairs that need a part.", .unit = "%", .min = 0, .max = 1});
  v(f.part_stock, {.key = "part_stock",
                   .doc = "Spare parts on site, as a share of its nodes.",
                   .unit = "%",
                   .min = 0,
                   .max = 1});
  v(f.vendor_turnaround, {.key = "vendor_turnaround",
                          .doc = "Mean time until the vendor has sent a part.",
                          .unit = "days",
                          .min = 0,
                          .max = kMaxYears});
}

void fields(config::FieldVisitor& v, PriceSettings& p) {
  v(p.electricity, {.key = "electricity",
                    .doc = "Price of electricity everywhere.",
                    .unit = "USD/MWh",
                    .min = 0,
                    .max = kMaxElectricityPrice});
  v(p.accelerator, {.key = "accelerator",
                    .doc = "Price of one accelerator, by system.",
                    .unit = "USD",
                    .min = 0,
                    .max = kMaxAcceleratorPrice});
  v(p.shell, {.key = "shell",
              .doc = "Land and building, per power at the meter.",
              .unit = "MUSD/MW",
              .min = 0,
              .max = kMaxConstructionCost});
  v(p.power, {.key = "power",
              .doc = "Electrical equipment, per power at the meter.",
              .unit = "MUSD/MW",
              .min = 0,
              .max = kMaxConstructionCost});
  v(p.cooling, {.key = "cooling",
                .doc = "Cooling equipment, per power at the meter.",
                .unit = "MUSD/MW",
                .min = 0,
                .max = kMaxConstructionCost});
  v(p.network_per_accelerator, {.key = "network_per_accelerator",
                                .doc = "Scale-out network, per accelerator.",
                                .unit = "USD",
                                .min = 0,
                                .max = kMaxAcceleratorPrice});
  v(p.accelerator_life, {.key = "accelerator_life",
                         .doc = "Depreciation time of servers.",
                         .unit = "years",
                         .min = kShortestLife,
                         .max = kMaxYears});
  v(p.building_life, {.key = "building_life",
                      .doc = "Depreciation time of buildings and their equipment.",
                      .unit = "years",
                      .min = kShortestLife,
                      .max = kMaxYears});
  v(p.discount_rate,
    {.key = "discount_rate", .doc = "Cost of capital per year.", .unit = "%", .min = 0, .max = 1});
  v(p.staff_share, {.key = "staff_share",
                    .doc = "Staff per year, as a share of the capital spent on buildings.",
                    .unit = "%",
                    .min = 0,
                    .max = 1});
  v(p.maintenance_share, {.key = "maintenance_share",
                          .doc = "Maintenance per year, as a share of the capital spent.",
                          .unit = "%",
                          .min = 0,
                          .max = 1});
  v(p.carbon, {.key = "carbon",
               .doc = "Price of emitted carbon dioxide.",
               .unit = "USD/t",
               .min = 0,
               .max = kMaxCarbonPrice});
}

void fields(config::FieldVisitor& v, Scenario& s) {
  v(s.version, {.key = "version",
                .doc = "Version of this format: 1.",
                .min = 1,
                .max = static_cast<double>(kFormatVersion),
                .required = true});
  v(s.name, {.key = "name", .doc = "Short name, letters, digits and dashes.", .required = true});
  v(s.title, {.key = "title", .doc = "Headline of the report."});
  v(s.description, {.key = "description", .doc = "What this scenario is about."});
  v(s.start, {.key = "start", .doc = "First day of the simulated period.", .required = true});
  v(s.end, {.key = "end", .doc = "End of the simulated period.", .required = true});
  v(s.as_of,
    {.key = "as_of",
     .doc = "Day up to which things are known: dates before it are history without spread, dates after it "
            "forecasts with spread; what was expected before it and not observed is listed."});
  auto seed = static_cast<std::int64_t>(s.seed);
  v(seed, {.key = "seed", .doc = "Seed of all random streams.", .min = 0, .max = 9e15});
  s.seed = static_cast<std::uint64_t>(seed);
  v(s.currency_year,
    {.key = "currency_year", .doc = "Year whose dollars amounts are in.", .min = 1990, .max = 2200});
  v(s.budget, {.key = "budget", .doc = "Capital expenditure by year."});
  v(s.other_capex,
    {.key = "other_capex", .doc = "Capital expenditure on what this scenario does not build."});
  v(s.sites, {.key = "site", .doc = "Places with power.", .required = true});
  v(s.fleet,
    {.key = "fleet", .doc = "Accelerators that stand in service at a date, apart from the build-out."});
  v(s.deliveries, {.key = "delivery", .doc = "Accelerators that arrive during the period."});
  v(s.jobs, {.key = "job", .doc = "What runs."});
  v(s.operations, {.key = "operations", .doc = "How the fleet is run."});
  v(s.failures, {.key = "failures", .doc = "What breaks, and how long it takes."});
  v(s.checkpoint, {.key = "checkpoint", .doc = "Checkpoint policy of jobs without their own."});
  v(s.prices, {.key = "prices", .doc = "Prices instead of the catalogue's."});
  v(s.claims, {.key = "claim", .doc = "Published statements to be checked."});
  PlanTable options;  // what `gigawatt plan` may choose from; a run only checks it
  v(options, {.key = "plan", .doc = "What `gigawatt plan` may choose from; a run builds nothing of it."});
}

}  // namespace gigawatt::scenario
