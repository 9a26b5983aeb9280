#include "gigawatt/report/build_plan.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;
using engine::PlanAnswer;

using units::kKilo;
using units::kMusd;
using units::kMw;
constexpr std::size_t kShown = 12;  ///< rows of a table in the terminal

std::size_t index(int i) { return static_cast<std::size_t>(i); }

Json known(bool is, double value) { return is ? Json(value) : Json(nullptr); }

Json named(const fleet::NamedValues& values) {
  Json out = Json::object();
  for (const auto& [name, value] : values) out[name] = value;
  return out;
}

bool found(const engine::PlanFrontierPoint& f) { return f.status == "optimal" || f.status == "feasible"; }

struct PhaseRow {
  std::string site, name, system, financing;
  base::SimTime start, energized, service;
  double mw = 0, it_mw = 0, largest_mw = 0, capex_usd = 0, accelerators = 0;
};

std::vector<PhaseRow> phase_rows(const PlanAnswer& a) {
  std::vector<PhaseRow> out;
  for (const auto& b : a.answer.plan.phases) {
    const auto& option = a.compiled.problem.phases[index(b.phase)];
    const auto& site = a.compiled.problem.sites[index(option.site)];
    const auto& dates = a.compiled.phases[index(b.phase)][index(b.choice)];
    const int financing = option.choices[index(b.choice)].financing;
    PhaseRow row{site.name,
                 option.name,
                 b.system < 0 ? "" : a.compiled.systems[index(b.system)],
                 financing < 0 ? "own" : a.compiled.problem.financing[index(financing)].name,
                 dates.order,
                 dates.energized,
                 dates.service,
                 b.mw,
                 b.mw / site.overhead,
                 option.most,
                 0,
                 0};
    for (const double usd_per_w : dates.usd_per_w) row.capex_usd += usd_per_w * b.mw * kMw;
    for (const auto& d : a.answer.plan.deliveries)
      if (d.phase == b.phase) row.accelerators += d.k * kKilo;
    row.accelerators = std::round(row.accelerators);  // a solver is off by its tolerance
    out.push_back(std::move(row));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const PhaseRow& x, const PhaseRow& y) { return x.start < y.start; });
  return out;
}

Json constraint_json(const engine::PlanConstraint& c) {
  Json out = {{"constraint", c.words}, {"kind", c.kind}};
  if (!c.period.empty()) out["period"] = c.period;
  out["limit"] = c.limit >= solver::kInfinity ? Json(nullptr) : Json(c.limit);
  out["unit"] = c.unit;
  return out;
}

/// Capital, operation, accelerators and power are those of all that the plan's scenario runs, `existing` of it what stands
/// in any case; the cash is the plan's own.
Json spend_json(const engine::PlanMoneyAnswer& money) {
  Json out = Json::array();
  for (const auto& q : money.quarters)
    out.push_back({{"date", base::to_iso_date(q.from)},
                   {"capex_usd", q.all.capex_usd},
                   {"opex_usd", q.all.opex_usd},
                   {"capex", named(q.all.capex)},
                   {"opex", named(q.all.opex)},
                   {"partner_capex_usd", q.partner_capex_usd},
                   {"existing",
                    {{"capex_usd", q.existing.capex_usd},
                     {"opex_usd", q.existing.opex_usd},
                     {"accelerators", q.existing.accelerators},
                     {"facility_mw", q.existing.facility_mw}}},
                   {"plan_capex_usd", q.own.capex_usd},
                   {"plan_opex_usd", q.own.opex_usd},
                   {"depreciation_usd", q.cash.depreciation},
                   {"revenue_usd", q.cash.revenue},
                   {"interest_usd", q.cash.interest},
                   {"tax_usd", q.cash.tax},
                   {"debt_drawn_usd", q.cash.drawn},
                   {"debt_repaid_usd", q.cash.repaid},
                   {"debt_usd", q.cash.debt_end},
                   {"cash_usd", q.cash.cash},
                   {"accelerators", q.all.accelerators},
                   {"facility_mw", q.all.facility_mw}});
  return out;
}

Json models_json(const std::vector<engine::PlanModelCost>& models) {
  Json out = Json::array();
  for (const auto& model : models)
    out.push_back({{"model", model.model},
                   {"tokens", model.tokens},
                   {"training_flop", model.training_flop},
                   {"usd", known(model.usd > 0, model.usd)}});
  return out;
}

Json money_json(const engine::PlanMoneyAnswer& m) {
  return {{"capex_usd", m.capex_usd},
          {"opex_usd", m.opex_usd},
          {"existing_capex_usd", m.existing_capex_usd},
          {"existing_opex_usd", m.existing_opex_usd},
          {"operation_bridge", named(m.bridge)},
          {"discount_rate", m.discount_rate},
          {"npv_usd", known(m.revenue, m.statement.npv)},
          {"irr", m.revenue && m.statement.irr ? Json(*m.statement.irr) : Json(nullptr)},
          {"npv_before_debt_and_tax_usd", known(m.revenue, m.statement.npv_before_debt)},
          {"irr_before_debt_and_tax",
           m.revenue && m.statement.irr_before_debt ? Json(*m.statement.irr_before_debt) : Json(nullptr)},
          {"book_value_less_debt_at_end_usd", m.statement.terminal},
          {"accelerator_hours", m.accelerator_hours},
          {"levelised",
           {{"usd_per_accelerator_hour", known(m.usd_per_accelerator_hour > 0, m.usd_per_accelerator_hour)},
            {"usd_per_mw_month", known(m.usd_per_mw_month > 0, m.usd_per_mw_month)},
            {"capex_usd_per_w", known(m.capex_usd_per_w > 0, m.capex_usd_per_w)},
            {"usd_per_exaflop", known(m.usd_per_exaflop > 0, m.usd_per_exaflop)},
            {"usd_per_million_tokens", known(m.usd_per_million_tokens > 0, m.usd_per_million_tokens)}}},
          {"models", models_json(m.models)},
          {"depreciation", named(m.depreciation)}};
}

Json check_json(const engine::PlanCheck& c) {
  Json months = Json::array();
  for (std::size_t m = 0; m < c.dates.size(); ++m)
    months.push_back({{"date", base::to_iso_date(c.dates[m])},
                      {"accelerators", c.accelerators.planned[m]},
                      {"run_accelerators", c.accelerators.run[m]},
                      {"facility_mw", c.mw.planned[m]},
                      {"run_facility_mw", c.mw.run[m]},
                      {"capex_usd", c.capex_usd.planned[m]},
                      {"run_capex_usd", c.capex_usd.run[m]},
                      {"opex_usd", c.opex_usd.planned[m]},
                      {"run_opex_usd", c.opex_usd.run[m]},
                      {"facility_mwh", c.mwh.planned[m]},
                      {"run_facility_mwh", c.mwh.run[m]}});
  return {{"worst_accelerators", c.accelerators.worst()},
          {"worst_facility_mw", c.mw.worst()},
          {"worst_capex", c.capex_usd.worst()},
          {"worst_opex", c.opex_usd.worst()},
          {"worst_energy", c.mwh.worst()},
          {"worst_month_of_energy", c.mwh.worst_of_month()},
          {"months", std::move(months)}};
}

Json sobol_json(const engine::PlanIndices& s) {
  Json inputs = Json::array(), convergence = Json::array();
  for (std::size_t i = 0; i < s.inputs.size(); ++i) {
    Json row = {{"input", s.inputs[i].input},
                {"source", s.inputs[i].source},
                {"low", s.inputs[i].low},
                {"high", s.inputs[i].high}};
    const bool known = !s.indices.inputs.empty();
    const auto add = [&](const std::string& name, const analysis::SobolIndex& index) {
      row[name] = known ? Json(index.value) : Json(nullptr);
      row[name + "_low"] = known ? Json(index.low) : Json(nullptr);
      row[name + "_high"] = known ? Json(index.high) : Json(nullptr);
    };
    const analysis::SobolInput none, &found = known ? s.indices.inputs[i] : none;
    add("first", found.first);
    add("total", found.total);
    inputs.push_back(std::move(row));
  }
  for (const auto& stage : s.indices.stages)
    convergence.push_back({{"samples", stage.samples}, {"first", stage.first}, {"total", stage.total}});
  const bool some = s.indices.samples > 1;
  return {{"of", engine::kPlanFigures[static_cast<std::size_t>(s.figure)]},
          {"samples", s.indices.samples},
          {"plans", s.plans},
          {"without_plan", s.without_plan},
          {"mean", some ? Json(s.indices.mean) : Json(nullptr)},
          {"deviation", some ? Json(s.indices.deviation) : Json(nullptr)},
          {"inputs", std::move(inputs)},
          {"convergence", std::move(convergence)}};
}

std::string sobol_text(const engine::PlanIndices& s, bool color) {
  Table rows(
      {{"input", Table::Align::kLeft}, {"from"}, {"to"}, {"alone"}, {"90%"}, {"with others"}, {"90%"}});
  const auto band = [](const analysis::SobolIndex& x) {
    return fmt::format("{:.2f} to {:.2f}", x.low, x.high);
  };
  for (std::size_t i = 0; i < s.indices.inputs.size(); ++i) {
    const auto& [first, total] = s.indices.inputs[i];
    rows.row({s.inputs[i].input, s.inputs[i].low, s.inputs[i].high, fmt::format("{:.2f}", first.value),
              band(first), fmt::format("{:.2f}", total.value), band(total)});
  }
  const std::string_view of = engine::kPlanFigures[static_cast<std::size_t>(s.figure)];
  std::string out =
      s.indices.inputs.empty() ? fmt::format("\n{} does not vary\n", of) : "\n" + rows.render(color);
  out +=
      fmt::format("shares of the variance of {} over {} samples ({} plans); mean {:.4g}, deviation {:.3g}\n",
                  of, s.indices.samples, s.plans, s.indices.mean, s.indices.deviation);
  if (s.without_plan > 0) out += fmt::format("{} have no plan; their samples are left out\n", s.without_plan);
  return out;
}

Json robust_json(const PlanAnswer& a) {
  const auto& r = *a.robust;
  const double unit = engine::plan_unit(a.compiled.goal.quantity);
  Json cases = Json::array();
  for (std::size_t i = 0; i < r.plans.size(); ++i) {
    Json phases = Json::array();
    for (const auto& b : r.plans[i].phases) {
      const auto& dates = a.compiled.phases[index(b.phase)][index(b.choice)];
      phases.push_back({{"name", a.compiled.problem.phases[index(b.phase)].name},
                        {"start", base::to_iso_date(dates.order)},
                        {"facility_mw", b.mw},
                        {"ordered", dates.order < *a.input.table.decide ? "now" : "later"}});
    }
    cases.push_back({{"name", a.input.table.cases[i].name},
                     {"probability", a.input.table.cases[i].probability},
                     {"lead_factor", a.input.table.cases[i].lead_factor},
                     {"objective", r.values[i] * unit},
                     {"phases", std::move(phases)}});
  }
  return {{"status", solver::to_string(r.status)},
          {"decide", base::to_iso_date(*a.input.table.decide)},
          {"expected", r.two_stage * unit},
          {"bound", r.bound * unit},
          {"gap", r.gap},
          {"all_decided_now", known(r.all_solved, r.now * unit)},
          {"case_known_now", known(r.all_solved, r.knowing * unit)},
          {"value_of_waiting", known(r.all_solved, r.value_of_waiting() * unit)},
          {"value_of_knowing", known(r.all_solved, r.value_of_knowing() * unit)},
          {"cases", std::move(cases)}};
}

}  // namespace

Json build_plan_json(const PlanAnswer& a) {
  const bool solved = a.solved();
  const double unit = engine::plan_unit(a.compiled.goal.quantity);
  Json out = {{"objective", known(solved, a.answer.objective * unit)},
              {"bound", known(solved, a.answer.bound * unit)},
              {"gap", known(solved, a.answer.gap)},
              {"status", solver::to_string(a.answer.status)},
              {"goal",
               {{"quantity", engine::plan_name(a.compiled.goal.quantity)},
                {"unit", engine::plan_words(a.compiled.goal.quantity)},
                {"by", base::to_iso_date(a.compiled.goal.by)}}},
              {"phases", Json::array()},
              {"supply", Json::array()},
              {"deliveries", Json::array()},
              {"spend", Json::array()},
              {"binding", Json::array()},
              {"scenario", solved ? Json(a.scenario) : Json(nullptr)}};
  for (const auto& r : phase_rows(a))
    out["phases"].push_back({{"site", r.site},
                             {"name", r.name},
                             {"start", base::to_iso_date(r.start)},
                             {"energized", base::to_iso_date(r.energized)},
                             {"service", base::to_iso_date(r.service)},
                             {"facility_mw", r.mw},
                             {"it_mw", r.it_mw},
                             {"largest_mw", r.largest_mw},
                             {"system", r.system.empty() ? Json(nullptr) : Json(r.system)},
                             {"accelerators", r.accelerators},
                             {"financing", r.financing},
                             {"capex_usd", r.capex_usd}});
  for (const auto& u : a.answer.plan.supply) {
    const auto& option = a.compiled.problem.supply[index(u.supply)];
    const auto& dates = a.compiled.supply[index(u.supply)][index(u.order)];
    out["supply"].push_back({{"site", a.compiled.problem.sites[index(option.site)].name},
                             {"name", option.name},
                             {"ordered", base::to_iso_date(dates.order)},
                             {"date", base::to_iso_date(dates.available)},
                             {"power_mw", u.mw},
                             {"cost_usd", u.mw * kMw * a.compiled.supply_usd_per_w[index(u.supply)]}});
  }
  for (const auto& d : a.deliveries)
    out["deliveries"].push_back({{"date", base::to_iso_date(d.date)},
                                 {"system", d.system},
                                 {"vendor", d.vendor},
                                 {"site", d.site},
                                 {"accelerators", d.accelerators},
                                 {"capex_usd", d.usd}});
  out["options"] = Json::array();
  for (std::size_t i = 0; i < a.compiled.problem.phases.size(); ++i) {
    const auto& option = a.compiled.problem.phases[i];
    base::SimTime first = a.compiled.end;
    for (const auto& dates : a.compiled.phases[i]) first = std::min(first, dates.service);
    const bool chosen = std::any_of(a.answer.plan.phases.begin(), a.answer.plan.phases.end(),
                                    [&](const auto& b) { return index(b.phase) == i; });
    out["options"].push_back({{"site", a.compiled.problem.sites[index(option.site)].name},
                              {"name", option.name},
                              {"largest_mw", option.most},
                              {"first_service", base::to_iso_date(first)},
                              {"chosen", chosen}});
  }
  if (!solved) {
    out["conflict"] = Json::array();
    for (const auto& c : a.conflict) out["conflict"].push_back(constraint_json(c));
    out["irreducible"] = a.irreducible;
    out["nearest"] =
        !a.nearest ? Json(nullptr)
                   : Json{{"quantity", engine::plan_name(a.nearest->target.quantity)},
                          {"asked", a.nearest->target.amount * engine::plan_unit(a.nearest->target.quantity)},
                          {"reachable", a.nearest->reachable * engine::plan_unit(a.nearest->target.quantity)},
                          {"unit", engine::plan_words(a.nearest->target.quantity)}};
    out["holding"] = Json::array();
    for (const auto& c : a.holding) out["holding"].push_back(constraint_json(c));
    return out;
  }
  out["spend"] = spend_json(a.money);
  for (const auto& m : a.marginals) {
    Json row = constraint_json(m.constraint);
    row["one_more"] = m.one_more;
    row["one_less"] = m.one_less ? Json(*m.one_less) : Json(nullptr);
    out["binding"].push_back(std::move(row));
  }
  out["money"] = money_json(a.money);
  out["slips"] = Json::array();
  for (const auto& s : a.slips)
    out["slips"].push_back({{"site", s.site},
                            {"phase", s.phase},
                            {"step", s.step},
                            {"service_days", s.service_days},
                            {"accelerator_hours", s.accelerator_hours},
                            {"training_flop", s.training_flop},
                            {"usd", s.usd}});
  out["check"] = check_json(a.check);
  if (!a.frontier.empty()) {
    out["frontier"] = Json::array();
    for (const auto& f : a.frontier) {
      const bool there = found(f);
      out["frontier"].push_back({{"factor", f.factor},
                                 {"budget_usd", f.budget_usd},
                                 {"status", f.status},
                                 {"objective", known(there, f.objective)},
                                 {"bound", known(there, f.bound)},
                                 {"gap", known(there, f.gap)},
                                 {"capex_usd", known(there, f.capex_usd)},
                                 {"cost_usd", known(there, f.cost_usd)},
                                 {"accelerators", there ? Json(f.accelerators) : Json(nullptr)}});
    }
  }
  if (a.robust) out["robust"] = robust_json(a);
  if (!a.tornado.empty()) {
    out["tornado"] = Json::array();
    for (const auto& s : a.tornado)
      out["tornado"].push_back({{"input", s.input},
                                {"source", s.source},
                                {"low", s.low},
                                {"high", s.high},
                                {"at_low", s.at_low ? Json(*s.at_low) : Json(nullptr)},
                                {"at_high", s.at_high ? Json(*s.at_high) : Json(nullptr)}});
  }
  if (!a.break_even.empty()) {
    out["break_even"] = Json::array();
    for (const auto& s : a.break_even)
      out["break_even"].push_back({{"input", s.input},
                                   {"source", s.source},
                                   {"low", s.low},
                                   {"high", s.high},
                                   {"at", s.at ? Json(*s.at) : Json(nullptr)},
                                   {"reached_all_over", s.always}});
  }
  if (a.sobol) out["sobol"] = sobol_json(*a.sobol);
  if (a.regret) {
    const auto& r = *a.regret;
    out["regret"] = {
        {"known", base::to_iso_date(r.known)},
        {"revise", base::to_iso_date(r.revise)},
        {"hindsight", known(r.solved, r.hindsight)},
        {"kept", known(r.solved, r.kept)},
        {"regret", known(r.solved, r.of(r.kept))},
        {"happened", r.happened ? Json(*r.happened) : Json(nullptr)},
        {"regret_of_what_happened", r.happened && r.solved ? Json(r.of(*r.happened)) : Json(nullptr)}};
  }
  out["program"] = {{"columns", a.answer.columns},
                    {"rows", a.answer.rows},
                    {"entries", a.answer.entries},
                    {"nodes", a.answer.nodes},
                    {"solver", solver::solver_version()}};
  return out;
}

/// Constraints behind the nearest that are listed in words.
constexpr std::size_t kShownHolding = 6;

std::string build_plan_refusal(const PlanAnswer& a) {
  if (a.overspent) return fmt::format("no plan: {} is less than what has begun spends", a.overspent->words);
  if (a.answer.status != solver::Status::kInfeasible) return "no plan was found within the time limit";
  std::string out = "no plan: these cannot hold together";
  for (const auto& c : a.conflict) out += "\n  - " + c.words;
  if (a.nearest) {
    const double si = a.nearest->reachable * engine::plan_unit(a.nearest->target.quantity);
    out +=
        fmt::format("\nnearest: {} {}",
                    a.nearest->target.quantity == planner::Quantity::kPower ? units::format_quantity(si, "MW")
                    : si >= 1e9                                             ? fmt::format("{:.4g}", si)
                                : units::format_number(std::round(si), 9),
                    a.nearest->target.quantity == planner::Quantity::kPower
                        ? "at the meter"
                        : std::string(engine::plan_words(a.nearest->target.quantity)));
    for (std::size_t i = 0; i < a.holding.size() && i < kShownHolding; ++i)
      out += (i == 0 ? "\nwhich more of these would raise:\n  - " : "\n  - ") + a.holding[i].words;
  }
  return out;
}

namespace {

/// Why `run` of the plan's scenario shows another operation, where it does.
std::vector<std::string> bridge_words(const engine::PlanMoneyAnswer& m) {
  const auto usd = [](double x) { return units::format_quantity(x, std::abs(x) >= 1e9 ? "GUSD" : "MUSD"); };
  std::string parts;
  const auto part = [&](const char* line, std::string_view words) {
    for (const auto& [name, x] : m.bridge)
      if (name == line && std::abs(x) > 1e-9 * std::abs(m.opex_usd))
        parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", usd(x), words);
  };
  part("existing", "of what stands in any case");
  part("escalation", "of rising prices");
  if (parts.empty()) return {};
  return {fmt::format("operation: {} in its run, {}", usd(m.bridge.front().second), parts)};
}

}  // namespace

std::string build_plan_text(const PlanAnswer& a, bool color) {
  const double unit = engine::plan_unit(a.compiled.goal.quantity);
  const auto value = [&](double x) {
    const double si = x * unit;
    if (a.compiled.goal.quantity == planner::Quantity::kCost) return units::format_quantity(si, "GUSD");
    return si >= 1e9 ? fmt::format("{:.4g}", si) : units::format_number(std::round(si), 9);
  };
  const auto usd = [](double x) { return units::format_quantity(x, std::abs(x) >= 1e9 ? "GUSD" : "MUSD"); };
  const bool cost = a.compiled.goal.quantity == planner::Quantity::kCost;
  std::string out = fmt::format("{}{} by {}: {}, at best {} (gap {:.2f}%)\n\n", value(a.answer.objective),
                                cost ? "" : " " + std::string(engine::plan_words(a.compiled.goal.quantity)),
                                base::to_iso_date(a.compiled.goal.by), solver::to_string(a.answer.status),
                                value(a.answer.bound), 100 * a.answer.gap);
  Table phases({{"phase", Table::Align::kLeft},
                {"site", Table::Align::kLeft},
                {"begins"},
                {"in service"},
                {"MW"},
                {"holds", Table::Align::kLeft},
                {"accelerators"},
                {"paid by", Table::Align::kLeft},
                {"building $"}});
  for (const auto& r : phase_rows(a))
    phases.row({r.name, r.site, base::to_iso_date(r.start), base::to_iso_date(r.service),
                units::format_number(r.mw, 4), r.system, units::format_number(r.accelerators, 9), r.financing,
                usd(r.capex_usd)});
  if (!phases.empty()) out += phases.render(color) + "\n";
  Table supply(
      {{"power", Table::Align::kLeft}, {"site", Table::Align::kLeft}, {"ordered"}, {"from"}, {"MW"}});
  for (const auto& u : a.answer.plan.supply) {
    const auto& option = a.compiled.problem.supply[index(u.supply)];
    const auto& dates = a.compiled.supply[index(u.supply)][index(u.order)];
    supply.row({option.name, a.compiled.problem.sites[index(option.site)].name,
                base::to_iso_date(dates.order), base::to_iso_date(dates.available),
                units::format_number(u.mw, 4)});
  }
  if (!supply.empty()) out += supply.render(color) + "\n";
  Table chips(
      {{"delivery", Table::Align::kLeft}, {"site", Table::Align::kLeft}, {"date"}, {"accelerators"}, {"$"}});
  for (std::size_t i = 0; i < std::min(kShown, a.deliveries.size()); ++i) {
    const auto& d = a.deliveries[i];
    chips.row({d.system, d.site, base::to_iso_date(d.date),
               units::format_number(static_cast<double>(d.accelerators), 9), usd(d.usd)});
  }
  if (!chips.empty()) out += chips.render(color);
  if (a.deliveries.size() > kShown) out += fmt::format("and {} more\n", a.deliveries.size() - kShown);
  const bool begun = a.money.existing_capex_usd > 0 || a.money.existing_opex_usd > 0;
  const std::string more = begun ? "plan's " : "";
  std::vector<Table::Column> columns{{"year", Table::Align::kLeft}, {"budget"}};
  if (begun) columns.push_back({"begun before"});
  columns.push_back({more + "capital"});
  columns.push_back({more + "operation"});
  Table years(columns);
  for (std::size_t y = 0; y < a.compiled.problem.years.size(); ++y) {
    const auto& budget = a.compiled.problem.years[y];
    double capex = 0, opex = 0;
    for (const auto& q : a.money.quarters)
      if (fmt::format("{}", base::civil(q.from).year) == budget.name) {
        capex += q.own.capex_usd;
        opex += q.own.opex_usd;
      }
    std::vector<std::string> row{budget.name,
                                 budget.capex < solver::kInfinity ? usd(budget.capex * kMusd) : ""};
    if (begun) row.push_back(usd(budget.committed * kMusd));
    row.push_back(usd(capex));
    row.push_back(usd(opex));
    years.row(row);
  }
  out += "\n" + years.render(color);
  auto binding = a.marginals;
  std::stable_sort(binding.begin(), binding.end(), [](const auto& x, const auto& y) {
    return x.one_less.value_or(1e300) * x.constraint.limit > y.one_less.value_or(1e300) * y.constraint.limit;
  });
  Table binds({{"what binds", Table::Align::kLeft, 60, true}, {"1% more gains"}, {"1% less costs"}});
  for (std::size_t i = 0; i < std::min(kShown, binding.size()); ++i) {
    const auto share = [&](double slope) {
      return fmt::format("{:.2f}%", slope * binding[i].constraint.limit / (a.answer.objective * unit));
    };
    binds.row({binding[i].constraint.words, share(binding[i].one_more),
               binding[i].one_less ? share(*binding[i].one_less) : "another plan"});
  }
  if (!binds.empty()) out += "\n" + binds.render(color);
  const auto& m = a.money;
  out += fmt::format("\ncapital {}, operation {}", usd(m.capex_usd), usd(m.opex_usd));
  if (m.usd_per_accelerator_hour > 0)
    out += fmt::format("; levelised at {:.1f}%: {:.3g} USD an accelerator-hour, {:.3g} USD/W",
                       100 * m.discount_rate, m.usd_per_accelerator_hour, m.capex_usd_per_w);
  if (m.revenue)
    out += fmt::format("\npresent value {}{}", usd(m.statement.npv),
                       m.statement.irr ? fmt::format(", return {:.1f}% a year", 100 * *m.statement.irr) : "");
  for (const auto& model : m.models)
    if (model.usd > 0)
      out += fmt::format("\n{} on {:.3g} T tokens: {} at the levelised cost of a FLOP", model.model,
                         model.tokens / 1e12, usd(model.usd));
  for (const auto& line : bridge_words(m)) out += "\n" + line;
  out += fmt::format(
      "\nits run differs in a month by at most {:.2g}% in accelerators, {:.2g}% in MW, {:.2g}% in capital, "
      "{:.2g}% in operation, {:.2g}% in energy\n",
      100 * a.check.accelerators.worst(), 100 * a.check.mw.worst(), 100 * a.check.capex_usd.worst(),
      100 * a.check.opex_usd.worst(), 100 * a.check.mwh.worst());
  const auto worst = std::max_element(a.slips.begin(), a.slips.end(),
                                      [](const auto& x, const auto& y) { return x.usd < y.usd; });
  if (worst != a.slips.end() && worst->usd > 0)
    out += fmt::format("a month more for '{}' of {} costs {:.3g} M accelerator-hours ({} of idle capital)\n",
                       worst->step, worst->phase, worst->accelerator_hours / 1e6, usd(worst->usd));
  if (!a.frontier.empty()) {
    Table frontier({{"budget", Table::Align::kLeft}, {"reached"}, {"gap"}, {"capital"}, {"accelerators"}});
    for (const auto& f : a.frontier) {
      if (found(f))
        frontier.row({usd(f.budget_usd), value(f.objective / unit), fmt::format("{:.2f}%", 100 * f.gap),
                      usd(f.capex_usd), units::format_number(static_cast<double>(f.accelerators), 9)});
      else
        frontier.row({usd(f.budget_usd), f.status == "infeasible" ? "no plan" : "none found", "–", "–", "–"});
    }
    out += "\n" + frontier.render(color);
  }
  if (a.robust) {
    const auto& r = *a.robust;
    out += fmt::format("\nlead times unknown until {}: expected {}", base::to_iso_date(*a.input.table.decide),
                       value(r.two_stage));
    if (r.all_solved)
      out += fmt::format("; waiting is worth {}, knowing now {}", value(r.value_of_waiting()),
                         value(r.value_of_knowing()));
    out += "\n";
  }
  if (!a.tornado.empty()) {
    Table swings({{"input", Table::Align::kLeft}, {"from"}, {"to"}, {"reached"}, {"and"}});
    const auto or_none = [&](const std::optional<double>& x) { return x ? value(*x / unit) : "no plan"; };
    for (const auto& s : a.tornado)
      swings.row({s.input, s.low, s.high, or_none(s.at_low), or_none(s.at_high)});
    out += "\n" + swings.render(color);
  }
  if (!a.break_even.empty()) {
    Table rows({{"input", Table::Align::kLeft}, {"from"}, {"to"}, {"breaks even at"}});
    for (const auto& s : a.break_even)
      rows.row({s.input, s.low, s.high,
                s.at       ? *s.at
                : s.always ? "reached anywhere"
                           : "nowhere in its range"});
    out += "\n" + rows.render(color);
  }
  if (a.sobol) out += sobol_text(*a.sobol, color);
  if (a.regret && a.regret->solved) {
    const auto& r = *a.regret;
    const auto percent = [&](double x) { return r.hindsight > 0 ? 100 * r.of(x) / r.hindsight : 0; };
    out += fmt::format(
        "\nwith what was known on {}, made again on {}: {} of {} with hindsight, a regret of {:.1f}%\n",
        base::to_iso_date(r.known), base::to_iso_date(r.revise), value(r.kept / unit),
        value(r.hindsight / unit), percent(r.kept));
    if (r.happened)
      out += fmt::format("what was begun in the world: {}, a regret of {:.1f}%\n", value(*r.happened / unit),
                         percent(*r.happened));
  }
  return out;
}

}  // namespace gigawatt::report
