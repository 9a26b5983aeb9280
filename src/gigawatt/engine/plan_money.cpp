#include "gigawatt/engine/plan_money.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/finance/money.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using units::kHour_s;
using units::kKilo;
using units::kMw;
constexpr double kQuarterYears = 0.25;
constexpr double kMonthsOfYear = 12;

void add(fleet::NamedValues& list, const std::string& name, double value) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.first == name; });
  if (found == list.end())
    list.emplace_back(name, value);
  else
    found->second += value;
}

double value_of(const fleet::NamedValues& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.first == name; });
  return found == list.end() ? 0 : found->second;
}

void add_month(PlanSpend& spend, const fleet::FleetSeries& fleet, std::size_t m, double growth) {
  for (const auto& [name, values] : fleet.capex_usd) {
    add(spend.capex, name, values[m]);
    spend.capex_usd += values[m];
  }
  for (const auto& [name, values] : fleet.opex_usd) {
    add(spend.opex, name, values[m] * growth);
    spend.opex_usd += values[m] * growth;
  }
  spend.accelerators = fleet.accelerators_end[m];
  spend.facility_mw = fleet.energized_facility_w_end[m] / kMw;
}

PlanSpend difference(const PlanSpend& all, const PlanSpend& existing, double partners_usd) {
  PlanSpend out = all;
  for (auto& [name, usd] : out.capex) usd -= value_of(existing.capex, name);
  for (auto& [name, usd] : out.opex) usd -= value_of(existing.opex, name);
  if (partners_usd != 0) out.capex.emplace_back("paid by partners", -partners_usd);
  out.capex_usd -= existing.capex_usd + partners_usd;
  out.opex_usd -= existing.opex_usd;
  out.accelerators -= existing.accelerators;
  out.facility_mw -= existing.facility_mw;
  return out;
}

/// Share of what is bought for buildings, plant and supply that partners pay: so much of it is written off by them.
double partners_share(const std::vector<PlanQuarter>& quarters) {
  double theirs = 0, all = 0;
  for (const PlanQuarter& q : quarters) {
    theirs += q.partner_capex_usd;
    for (const char* kind : {"shell", "power_cooling", "land", "generation"})
      all += value_of(q.own.capex, kind);
  }
  return all > 0 ? theirs / all : 0;
}

/// The plan's own part of two runs, quarter by quarter.
class Money {
 public:
  Money(const scenario::PlanInput& input, const PlanProblem& compiled, const fleet::FleetResult& run)
      : terms_(input.table.money), compiled_(compiled), run_(run), base_(compiled.base) {}

  void fill(PlanMoneyAnswer& out) {
    quarters(out);
    cash_flows(out);
    const double risen_prices = risen_;
    out.bridge = {{"run", in_the_run_}, {"existing", -out.existing_opex_usd}, {"escalation", risen_prices}};
    out.revenue = terms_.revenue.has_value();
    out.statement = finance::statement(
        flows_, {.period_years = kQuarterYears,
                 .discount_rate = out.discount_rate,
                 .debt_share = terms_.debt_share.value_or(0),
                 .debt_rate = terms_.debt_rate.value_or(0),
                 .debt_years = terms_.debt_term ? terms_.debt_term->si() / fleet::kPriceYear_s : 1,
                 .tax_rate = terms_.tax_rate.value_or(0)});
    for (std::size_t i = 0; i < out.quarters.size(); ++i) out.quarters[i].cash = out.statement.rows[i];
  }

  void levelise(PlanMoneyAnswer& out, const planner::Plan& plan) const {
    const auto pv = [&](const std::vector<double>& x, double last = 0) {
      return finance::present_value(x, last, out.discount_rate, kQuarterYears);
    };
    const double capital = pv(flows_.capex, -flows_.book_value_end);
    const double cost = capital + pv(flows_.opex);
    if (const double hours = pv(hours_); hours > 0) {
      out.usd_per_accelerator_hour = cost / hours;
      out.capital_usd_per_accelerator_hour = capital / hours;
    }
    if (const double mw_months = pv(mw_months_); mw_months > 0) out.usd_per_mw_month = cost / mw_months;
    if (!out.quarters.empty() && out.quarters.back().own.facility_mw > 0)
      out.capex_usd_per_w = out.capex_usd / (out.quarters.back().own.facility_mw * kMw);
    const auto [flops, tokens] = work(out, plan);
    if (const double all = pv(flops); all > 0) out.usd_per_exaflop = cost / all * 1e18;
    if (const double all = pv(tokens); all > 0) out.usd_per_million_tokens = cost / all * 1e6;
  }

 private:
  void quarters(PlanMoneyAnswer& out) {
    const auto& months = compiled_.months;
    for (std::size_t m = 0; m < run_.months.size(); ++m) {
      const base::SimTime from = months.starts[m];
      if (m == 0 || base::civil(from).month % 3 == 1) {
        out.quarters.push_back({.from = from, .all = {}, .existing = {}, .own = {}, .cash = {}});
        for (auto* list : {&flows_.revenue, &flows_.depreciation, &hours_, &mw_months_}) list->push_back(0);
      }
      const double years = (from - months.starts.front()).to_seconds() / fleet::kPriceYear_s;
      const double growth = std::pow(1 + terms_.escalation.value_or(0), years);
      PlanQuarter& q = out.quarters.back();
      const double before = q.all.opex_usd, stood = q.existing.opex_usd;
      add_month(q.all, run_.fleet, m, growth);
      add_month(q.existing, base_.fleet, m, growth);
      in_the_run_ += (q.all.opex_usd - before) / growth;
      out.existing_opex_usd += (q.existing.opex_usd - stood) / growth;
      risen_ += (q.all.opex_usd - before - (q.existing.opex_usd - stood)) * (1 - 1 / growth);
      q.partner_capex_usd += run_.fleet.partner_capex_usd[m] - base_.fleet.partner_capex_usd[m];
      const double hours = (months.end_of(m) - from).to_hours();
      const double accelerators = q.all.accelerators - q.existing.accelerators;
      hours_.back() += accelerators * hours;
      mw_months_.back() += (q.all.facility_mw - q.existing.facility_mw) * hours /
                           (fleet::kPriceYear_s / kHour_s) * kMonthsOfYear;
      if (terms_.revenue)
        flows_.revenue.back() += accelerators * hours * kHour_s * terms_.revenue->si() *
                                 terms_.sold.value_or(1) *
                                 std::pow(1 + terms_.revenue_trend.value_or(0), years);
      flows_.depreciation.back() += run_.fleet.depreciation_usd[m] - base_.fleet.depreciation_usd[m];
    }
  }

  void cash_flows(PlanMoneyAnswer& out) {
    for (PlanQuarter& q : out.quarters) {
      q.own = difference(q.all, q.existing, q.partner_capex_usd);
      flows_.capex.push_back(q.own.capex_usd);
      flows_.opex.push_back(q.own.opex_usd);
      out.capex_usd += q.own.capex_usd;
      out.opex_usd += q.own.opex_usd;
      out.existing_capex_usd += q.existing.capex_usd;
    }
    for (const double hours : hours_) out.accelerator_hours += hours;
    double depreciation = 0, of_buildings = 0, buildings = 0;
    for (const auto& [name, usd] : run_.depreciation_usd) {
      const double mine = usd - value_of(base_.depreciation_usd, name);
      const bool shared = name == "shell" || name == "power_cooling" || name == "generation";
      depreciation += mine;
      if (shared) of_buildings += mine;
      out.depreciation.emplace_back(name, mine * (shared ? 1 - partners_share(out.quarters) : 1));
    }
    if (run_.months.empty()) return;
    flows_.book_value_end = run_.fleet.book_value_usd_end.back() - base_.fleet.book_value_usd_end.back();
    const double theirs = partners_share(out.quarters);
    if (theirs <= 0) return;
    double partners_usd = 0;
    for (const PlanQuarter& q : out.quarters) partners_usd += q.partner_capex_usd;
    buildings = partners_usd / theirs;
    flows_.book_value_end -= theirs * std::max(0.0, buildings - of_buildings);
    for (double& usd : flows_.depreciation) usd *= 1 - theirs * of_buildings / depreciation;
  }

  /// FLOP and tokens by quarter, at the rates of what is installed.
  std::pair<std::vector<double>, std::vector<double>> work(const PlanMoneyAnswer& out,
                                                           const planner::Plan& plan) const {
    std::vector<double> flops(out.quarters.size()), tokens(out.quarters.size());
    for (const auto& d : plan.deliveries) {
      const auto& offer = compiled_.problem.offers[static_cast<std::size_t>(d.offer)];
      const auto& system = compiled_.problem.systems[static_cast<std::size_t>(offer.system)];
      const auto period = static_cast<std::size_t>(offer.lots[static_cast<std::size_t>(d.lot)].period);
      const base::SimTime arrival = compiled_.starts[period];
      const double left_s = (compiled_.goal.by - arrival).to_seconds();
      const double tokens_per_s =
          left_s > 0 ? system.tokens[period] * plan_unit(planner::Quantity::kTokens) / left_s : 0;
      for (std::size_t i = 0; i < out.quarters.size(); ++i) {
        const base::SimTime end =
            i + 1 < out.quarters.size() ? out.quarters[i + 1].from : compiled_.months.end;
        const double s = std::max(0.0, (end - std::max(out.quarters[i].from, arrival)).to_seconds());
        flops[i] += d.k * kKilo * compiled_.training_flops[static_cast<std::size_t>(offer.system)] * s;
        tokens[i] += d.k * tokens_per_s * s;
      }
    }
    return {std::move(flops), std::move(tokens)};
  }

  const scenario::PlanMoney& terms_;
  const PlanProblem& compiled_;
  const fleet::FleetResult& run_;
  const fleet::FleetResult& base_;
  finance::CashFlows flows_;
  std::vector<double> hours_, mw_months_;  ///< by quarter
  double in_the_run_ = 0, risen_ = 0;
};

}  // namespace

PlanMoneyAnswer plan_money(const scenario::PlanInput& input, const PlanProblem& compiled,
                           const planner::Plan& plan, const fleet::FleetResult& run,
                           const catalog::Catalog& catalog, std::vector<PlanModelCost> models) {
  PlanMoneyAnswer out;
  out.discount_rate =
      input.with_candidates.prices.discount_rate.value_or(catalog.cost().discount_rate * fleet::kPriceYear_s);
  if (input.table.discount_rate) out.discount_rate = *input.table.discount_rate;
  Money money(input, compiled, run);
  money.fill(out);
  money.levelise(out, plan);
  out.models = std::move(models);
  for (PlanModelCost& model : out.models) model.usd = model.training_flop * out.usd_per_exaflop / 1e18;
  return out;
}

}  // namespace gigawatt::engine
