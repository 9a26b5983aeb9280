#include "gigawatt/scenario/fields.h"
#include "gigawatt/scenario/plan_table.h"

namespace gigawatt::scenario {
namespace {

constexpr double kMaxUse = 1e9;

void knowledge(config::FieldVisitor& v, PlanKnowledge& x) {
  v(x.known, {.key = "known", .doc = "Day from which this was known (`--known`); by default always."});
  v(x.outdated, {.key = "outdated", .doc = "Day from which something else was known."});
}

}  // namespace

void fields(config::FieldVisitor& v, PlanPhase& x) {
  v(x.site, {.key = "site", .doc = "Site of the scenario where it may be built.", .required = true});
  fields(v, static_cast<Phase&>(x));
  v(x.least_power, {.key = "least_power",
                    .doc = "Least power at the meter, if built: its size is free between this and its power.",
                    .unit = "MW",
                    .max = kMaxPower,
                    .positive = true});
  v(x.latest, {.key = "latest", .doc = "Last day on which it may begin; `start` is the first."});
  v(x.begun, {.key = "begun", .doc = "Day on which it began in the world, for the regret of what happened."});
  knowledge(v, x);
  v(x.required, {.key = "required", .doc = "True: it is built in any case."});
  v(x.after,
    {.key = "requires", .doc = "Candidates that must have begun before, or with it.", .one_or_list = true});
  v(x.systems, {.key = "systems",
                .doc = "Systems that it can hold, one of them; by default any that is offered.",
                .one_or_list = true});
  v(x.financing,
    {.key = "financing",
     .doc = "Kinds of `[[plan.financing]]` that it may have, or \"own\"; by default own capital.",
     .one_or_list = true});
  v(x.uses, {.key = "uses",
             .doc = "What it takes of limits while it is built, at its largest size.",
             .min = 0,
             .max = kMaxUse});
}

void fields(config::FieldVisitor& v, PlanSupply& x) {
  v(x.name, {.key = "name", .doc = "Unique name.", .required = true});
  v(x.site, {.key = "site", .doc = "Site of the scenario that it feeds.", .required = true});
  v.choice(x.kind, kSupplyKindNames,
           {.key = "kind",
            .doc = "As in `[[site.supply]]`; batteries add no continuous power.",
            .required = true});
  v(x.unit_kind, {.key = "of",
                  .doc = "Generator of data/supply/units.toml (gas-turbine, nuclear, ...): it fills unit, "
                         "investment and price."});
  v(x.power, {.key = "power",
              .doc = "Most that can be had.",
              .unit = "MW",
              .max = kMaxPower,
              .required = true,
              .positive = true});
  v(x.unit, {.key = "unit",
             .doc = "Bought in units of this power; without it any amount.",
             .unit = "MW",
             .max = kMaxPower,
             .positive = true});
  v(x.date, {.key = "date", .doc = "There is no power before this day."});
  v(x.lead, {.key = "lead", .doc = "From the order to power.", .unit = "months", .min = 0, .max = kMaxYears});
  v(x.investment, {.key = "investment",
                   .doc = "Capital, paid over the year before its first day.",
                   .unit = "USD/kW",
                   .min = 0});
  v(x.price, {.key = "price",
              .doc = "Price of its energy with all running costs; by default the site's.",
              .unit = "USD/MWh",
              .min = 0});
  v(x.uses, {.key = "uses",
             .doc = "What it takes of limits: by unit, or, bought by any amount, all of its power.",
             .min = 0,
             .max = kMaxUse});
  knowledge(v, x);
  v(x.source, {.key = "source", .doc = kSourceDoc});
  v(x.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(x.reason, {.key = "reason", .doc = kReasonDoc});
}

void fields(config::FieldVisitor& v, PlanChips& x) {
  v(x.system, {.key = "system", .doc = "Catalogue system.", .required = true});
  v(x.vendor, {.key = "vendor", .doc = "Who sells; by default the chip's vendor."});
  v(x.from, {.key = "from", .doc = "First day of delivery.", .required = true});
  v(x.until, {.key = "until", .doc = "No delivery from this day on.", .required = true});
  v(x.accelerators, {.key = "accelerators",
                     .doc = "Most that can be had in a quarter.",
                     .min = 0,
                     .max = kMaxAccelerators,
                     .required = true});
  v(x.price, {.key = "price",
              .doc = "Price of one accelerator; by default the catalogue's at the date.",
              .unit = "USD",
              .min = 0,
              .max = kMaxMoney});
  v(x.training,
    {.key = "training",
     .doc = "Useful training compute of one accelerator; by default `mfu` times its dense 16-bit peak.",
     .unit = "TFLOP/s",
     .min = 0});
  v(x.tokens_per_s,
    {.key = "tokens_per_s",
     .doc = "Tokens a second that one accelerator serves; by default searched for `serve_model`.",
     .min = 0,
     .max = 1e12});
  v(x.uses, {.key = "uses", .doc = "What a thousand take of limits.", .min = 0, .max = kMaxUse});
  knowledge(v, x);
  v(x.source, {.key = "source", .doc = kSourceDoc});
  v(x.assumed, {.key = "assumed", .doc = kAssumedDoc});
  v(x.reason, {.key = "reason", .doc = kReasonDoc});
}

void fields(config::FieldVisitor& v, PlanLimit& x) {
  v(x.name, {.key = "name", .doc = "As options name it in `uses`.", .required = true});
  v(x.maximum, {.key = "maximum", .doc = "Most that is there.", .min = 0, .max = kMaxUse, .required = true});
  v(x.from, {.key = "from", .doc = "It holds from this day; by default always."});
  v(x.until, {.key = "until", .doc = "It holds until this day."});
  v(x.in_all, {.key = "in_all", .doc = "True: of all orders within the time together; else at any time."});
  knowledge(v, x);
  v(x.source, {.key = "source", .doc = kSourceDoc});
}

void fields(config::FieldVisitor& v, PlanFinancing& x) {
  v(x.name, {.key = "name", .doc = "Unique name: lease, joint-venture ...", .required = true});
  v(x.own_share, {.key = "own_share",
                  .doc = "Share of the construction cost that is our capital.",
                  .unit = "%",
                  .min = 0,
                  .max = 1,
                  .required = true});
  v(x.rate, {.key = "rate",
             .doc = "Return a year that the owner of the rest asks.",
             .unit = "%",
             .min = 0,
             .max = 1});
  v(x.term, {.key = "term",
             .doc = "Time in which rent repays the rest.",
             .unit = "years",
             .max = kMaxYears,
             .positive = true});
  v(x.maximum,
    {.key = "maximum", .doc = "Most capital of others, in all.", .unit = "GUSD", .min = 0, .max = kMaxMoney});
  v(x.control, {.key = "control",
                .doc = "Share of the votes that stays ours; for the record.",
                .unit = "%",
                .min = 0,
                .max = 1});
  v(x.source, {.key = "source", .doc = kSourceDoc});
}

void fields(config::FieldVisitor& v, PlanTarget& x) {
  v(x.accelerators,
    {.key = "accelerators", .doc = "In service by the date.", .min = 1, .max = kMaxAccelerators});
  v(x.power, {.key = "power",
              .doc = "At the meter, energized by the date.",
              .unit = "MW",
              .max = kMaxPower,
              .positive = true});
  v(x.training_flop, {.key = "training_flop", .doc = "Done by the date.", .unit = "FLOP", .positive = true});
  v(x.tokens, {.key = "tokens", .doc = "Served by the date.", .max = 1e21, .positive = true});
  v(x.model, {.key = "model", .doc = "Catalogue model that is trained by the date."});
  v(x.model_tokens,
    {.key = "model_tokens", .doc = "Tokens that it is trained on.", .max = 1e18, .positive = true});
}

void fields(config::FieldVisitor& v, PlanCase& x) {
  v(x.name, {.key = "name", .doc = "Unique name.", .required = true});
  v(x.lead_factor, {.key = "lead_factor",
                    .doc = "All lead times times this.",
                    .max = 100,
                    .required = true,
                    .positive = true});
  v(x.probability, {.key = "probability", .doc = "Cases sum to 1.", .min = 0, .max = 1, .required = true});
}

void fields(config::FieldVisitor& v, PlanBudget& x) {
  v(x.year, {.key = "year", .doc = "Calendar year.", .min = 1990, .max = 2200, .required = true});
  v(x.capex, {.key = "capex",
              .doc = "Capital of the year, instead of the scenario's budget.",
              .unit = "GUSD",
              .min = 0,
              .max = kMaxMoney,
              .required = true});
  knowledge(v, x);
  v(x.source, {.key = "source", .doc = kSourceDoc});
}

void fields(config::FieldVisitor& v, PlanMoney& x) {
  v(x.revenue, {.key = "revenue", .doc = "What a sold accelerator brings.", .unit = "USD/h", .min = 0});
  v(x.sold,
    {.key = "sold", .doc = "Share of accelerator-hours that is sold.", .unit = "%", .min = 0, .max = 1});
  v(x.revenue_trend,
    {.key = "revenue_trend", .doc = "Change of the revenue a year.", .unit = "%", .min = -0.99, .max = 10});
  v(x.escalation,
    {.key = "escalation", .doc = "Rise of running costs a year.", .unit = "%", .min = -0.5, .max = 1});
  v(x.debt_share,
    {.key = "debt_share", .doc = "Share of capital that is borrowed.", .unit = "%", .min = 0, .max = 1});
  v(x.debt_rate, {.key = "debt_rate", .doc = "Interest a year.", .unit = "%", .min = 0, .max = 1});
  v(x.debt_term, {.key = "debt_term",
                  .doc = "Each loan is repaid in equal parts over this time.",
                  .unit = "years",
                  .max = kMaxYears,
                  .positive = true});
  v(x.tax_rate,
    {.key = "tax_rate", .doc = "On profit; losses are carried forward.", .unit = "%", .min = 0, .max = 0.9});
}

void fields(config::FieldVisitor& v, PlanTable& x) {
  v(x.maximize, {.key = "maximize", .doc = "training_flop, tokens or accelerators, until `by`."});
  v(x.minimize, {.key = "minimize", .doc = "cost: capital and operation over the period, for `target`."});
  v(x.by, {.key = "by", .doc = "Date that the goal counts until; by default the scenario's end."});
  v(x.begin, {.key = "begin", .doc = "Nothing is ordered before; by default the scenario's start."});
  v(x.step, {.key = "step", .doc = "Grid of decisions: month, quarter (the default) or year."});
  v(x.mfu, {.key = "mfu",
            .doc = "Useful share of the dense 16-bit peak in training.",
            .unit = "%",
            .max = 1,
            .positive = true});
  v(x.serve_model, {.key = "serve_model", .doc = "Catalogue model whose tokens are served."});
  v(x.load, {.key = "load",
             .doc = "Mean over largest IT draw, for energy; by default the catalogue's typical draw.",
             .unit = "%",
             .max = 1,
             .positive = true});
  v(x.discount_rate, {.key = "discount_rate",
                      .doc = "A year, of costs in the objective; by default none.",
                      .unit = "%",
                      .min = 0,
                      .max = 1});
  v(x.carry_over, {.key = "carry_over", .doc = "True: what a year leaves of its budget can be spent later."});
  v(x.decide, {.key = "decide",
               .doc = "With cases: orders before this day are made now, later ones when the case is known."});
  v(x.target, {.key = "target", .doc = "What must be reached by the date; also while maximizing."});
  v(x.money, {.key = "money", .doc = "Revenue, debt, tax: for cash flow, present value and rate of return."});
  v(x.phases, {.key = "phase", .doc = "Candidates: phases of any start."});
  v(x.supply, {.key = "supply", .doc = "Power that can be ordered."});
  v(x.chips, {.key = "chips", .doc = "Steps of the supply curve of accelerators."});
  v(x.limits, {.key = "limit", .doc = "What options use together."});
  v(x.financing, {.key = "financing", .doc = "How buildings may be paid for."});
  v(x.budgets, {.key = "budget", .doc = "Budgets as they were known, instead of the scenario's."});
  v(x.cases, {.key = "case", .doc = "How long building may take, for a robust plan."});
}

}  // namespace gigawatt::scenario
