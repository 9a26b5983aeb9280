#include "gigawatt/engine/plan_money.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/finance/money.h"
#include "gigawatt/fleet/prices.h"

namespace gigawatt::engine {
namespace {

constexpr double kThousand = 1e3;
constexpr double kMusd = 1e6;
constexpr double kMw = 1e6;
constexpr double kQuarterYears = 0.25;
constexpr double kMonthsOfYear = 12;

/// Energy of the plan's accelerators in each month, USD: cheapest supply first, as the run's books do.
std::vector<double> energy_by_month(const PlanProblem& compiled, const planner::Plan& plan) {
  const auto& p = compiled.problem;
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  std::vector<double> out(compiled.months.count());
  for (std::size_t m = 0; m < out.size(); ++m) {
    const base::SimTime from = compiled.months.starts[m];
    const double hours = (compiled.months.end_of(m) - from).to_hours();
    for (std::size_t s = 0; s < p.sites.size(); ++s) {
      double it_mw = 0;
      for (const auto& d : plan.deliveries) {
        const auto& offer = p.offers[at(d.offer)];
        const base::SimTime day = compiled.starts[at(offer.lots[at(d.lot)].period)];
        if (at(p.phases[at(d.phase)].site) == s && day <= from)
          it_mw += d.k * p.systems[at(offer.system)].it_mw;
      }
      double left = p.sites[s].mean_load * it_mw;
      const auto after = std::upper_bound(compiled.starts.begin(), compiled.starts.end(), from);
      const std::size_t period = after == compiled.starts.begin()
                                     ? 0
                                     : static_cast<std::size_t>(after - compiled.starts.begin()) - 1;
      const double usual = p.sites[s].energy_price[period];
      std::vector<std::pair<double, double>> offers;
      if (p.sites[s].supply[period] < solver::kInfinity)
        offers.emplace_back(usual, p.sites[s].supply[period]);
      for (const auto& u : plan.supply)
        if (at(p.supply[at(u.supply)].site) == s &&
            compiled.supply[at(u.supply)][at(u.order)].available <= from)
          offers.emplace_back(p.supply[at(u.supply)].priced ? p.supply[at(u.supply)].energy_price : usual,
                              u.mw);
      std::stable_sort(offers.begin(), offers.end());
      double musd = 0;
      for (const auto& [price, mw] : offers) {
        const double carried = std::min(left, mw);
        musd += carried * price * hours;
        left -= carried;
      }
      out[m] += (musd + left * usual * hours) * kMusd;
    }
  }
  return out;
}

}  // namespace

PlanMoneyAnswer plan_money(const scenario::PlanInput& input, const PlanProblem& compiled,
                           const planner::Plan& plan, const fleet::FleetResult& run,
                           const catalog::Catalog& catalog) {
  PlanMoneyAnswer out;
  const auto& terms = input.table.money;
  const auto& prices = input.with_candidates.prices;
  out.discount_rate = prices.discount_rate.value_or(catalog.cost().discount_rate * fleet::kPriceYear_s);
  if (input.table.discount_rate) out.discount_rate = *input.table.discount_rate;
  out.depreciation = run.depreciation_usd;
  const auto energy = energy_by_month(compiled, plan);
  const auto& months = compiled.months;
  finance::CashFlows flows;
  std::vector<double> hours_by_quarter, mw_by_quarter;
  for (std::size_t m = 0; m < run.months.size(); ++m) {
    const base::SimTime from = months.starts[m];
    const double years = (from - months.starts.front()).to_seconds() / fleet::kPriceYear_s;
    if (m == 0 || base::civil(from).month % 3 == 1) {
      out.quarters.push_back({.from = from, .capex = {}, .opex = {}, .cash = {}});
      for (auto* list : {&flows.revenue, &flows.opex, &flows.capex, &flows.depreciation}) list->push_back(0);
      hours_by_quarter.push_back(0);
      mw_by_quarter.push_back(0);
    }
    PlanQuarter& q = out.quarters.back();
    const auto add = [](fleet::NamedValues& list, const std::string& name, double value) {
      const auto found =
          std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.first == name; });
      if (found == list.end())
        list.emplace_back(name, value);
      else
        found->second += value;
    };
    const double growth = std::pow(1 + terms.escalation.value_or(0), years);
    for (const auto& [name, values] : run.fleet.capex_usd) {
      add(q.capex, name, values[m]);
      q.capex_usd += values[m];
    }
    for (const auto& [name, values] : run.fleet.opex_usd) {
      const double usd = (name == "energy" ? energy[m] : values[m]) * growth;
      add(q.opex, name, usd);
      q.opex_usd += usd;
    }
    q.accelerators = run.fleet.accelerators_end[m];
    q.facility_mw = run.fleet.energized_facility_w_end[m] / kMw;
    const double hours = (months.end_of(m) - from).to_hours();
    hours_by_quarter.back() += q.accelerators * hours;
    mw_by_quarter.back() += q.facility_mw * hours / (fleet::kPriceYear_s / 3600) * kMonthsOfYear;
    if (terms.revenue)
      flows.revenue.back() += q.accelerators * hours * 3600 * terms.revenue->si() * terms.sold.value_or(1) *
                              std::pow(1 + terms.revenue_trend.value_or(0), years);
    flows.depreciation.back() += run.fleet.depreciation_usd[m];
  }
  for (std::size_t i = 0; i < out.quarters.size(); ++i) {
    flows.capex[i] = out.quarters[i].capex_usd;
    flows.opex[i] = out.quarters[i].opex_usd;
    out.capex_usd += flows.capex[i];
    out.opex_usd += flows.opex[i];
    out.accelerator_hours += hours_by_quarter[i];
  }
  flows.book_value_end = run.fleet.book_value_usd_end.empty() ? 0 : run.fleet.book_value_usd_end.back();
  out.revenue = terms.revenue.has_value();
  out.statement = finance::statement(
      flows, {.period_years = kQuarterYears,
              .discount_rate = out.discount_rate,
              .debt_share = terms.debt_share.value_or(0),
              .debt_rate = terms.debt_rate.value_or(0),
              .debt_years = terms.debt_term ? terms.debt_term->si() / fleet::kPriceYear_s : 1,
              .tax_rate = terms.tax_rate.value_or(0)});
  for (std::size_t i = 0; i < out.quarters.size(); ++i) out.quarters[i].cash = out.statement.rows[i];

  const auto pv = [&](const std::vector<double>& x, double last) {
    return finance::present_value(x, last, out.discount_rate, kQuarterYears);
  };
  const double capital = pv(flows.capex, -flows.book_value_end);
  const double cost = capital + pv(flows.opex, 0);
  const double hours = pv(hours_by_quarter, 0);
  const double mw_months = pv(mw_by_quarter, 0);
  if (hours > 0) {
    out.usd_per_accelerator_hour = cost / hours;
    out.capital_usd_per_accelerator_hour = capital / hours;
  }
  if (mw_months > 0) out.usd_per_mw_month = cost / mw_months;
  if (!out.quarters.empty() && out.quarters.back().facility_mw > 0)
    out.capex_usd_per_w = out.capex_usd / (out.quarters.back().facility_mw * kMw);
  // Work by quarter, at the rates of what is installed.
  std::vector<double> flops(out.quarters.size()), tokens(out.quarters.size());
  for (const auto& d : plan.deliveries) {
    const auto& offer = compiled.problem.offers[static_cast<std::size_t>(d.offer)];
    const auto& system = compiled.problem.systems[static_cast<std::size_t>(offer.system)];
    const auto period = static_cast<std::size_t>(offer.lots[static_cast<std::size_t>(d.lot)].period);
    const double left_s = (compiled.goal.by - compiled.starts[period]).to_seconds();
    const double tokens_per_s =
        left_s > 0 ? system.tokens[period] * plan_unit(planner::Quantity::kTokens) / left_s : 0;
    for (std::size_t i = 0; i < out.quarters.size(); ++i) {
      const base::SimTime end = i + 1 < out.quarters.size() ? out.quarters[i + 1].from : months.end;
      const double s =
          std::max(0.0, (end - std::max(out.quarters[i].from, compiled.starts[period])).to_seconds());
      flops[i] += d.k * kThousand * compiled.training_flops[static_cast<std::size_t>(offer.system)] * s;
      tokens[i] += d.k * tokens_per_s * s;
    }
  }
  if (const double all = pv(flops, 0); all > 0) out.usd_per_exaflop = cost / all * 1e18;
  if (const double all = pv(tokens, 0); all > 0) out.usd_per_million_tokens = cost / all * 1e6;
  return out;
}

}  // namespace gigawatt::engine
