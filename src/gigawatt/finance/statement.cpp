#include "gigawatt/finance/statement.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::finance {
namespace {

constexpr double kLowestRate = -0.95, kHighestRate = 10;  ///< a year; outside nobody speaks of a return
constexpr int kHalvings = 100;

}  // namespace

double present_value(std::span<const double> flows, double last, double rate, double period_years) {
  double sum = 0;
  for (std::size_t t = 0; t < flows.size(); ++t)
    sum += flows[t] * std::pow(1 + rate, -(static_cast<double>(t) + 0.5) * period_years);
  return sum + last * std::pow(1 + rate, -static_cast<double>(flows.size()) * period_years);
}

std::optional<double> rate_of_return(std::span<const double> flows, double last, double period_years) {
  const auto value = [&](double rate) { return present_value(flows, last, rate, period_years); };
  double low = kLowestRate, high = kHighestRate;
  if (!(value(low) > 0) || !(value(high) < 0)) return std::nullopt;
  for (int i = 0; i < kHalvings; ++i) (value((low + high) / 2) > 0 ? low : high) = (low + high) / 2;
  return (low + high) / 2;
}

Statement statement(const CashFlows& flows, const CashTerms& terms) {
  const std::size_t periods = flows.capex.size();
  GW_CHECK(
      flows.revenue.size() == periods && flows.opex.size() == periods && flows.depreciation.size() == periods,
      "flows of {} and other periods", periods);
  GW_CHECK(terms.period_years > 0 && terms.debt_years > 0, "periods of {} years, debt of {}",
           terms.period_years, terms.debt_years);
  Statement out;
  const double installments = std::max(1.0, std::round(terms.debt_years / terms.period_years));
  double debt = 0, losses = 0;
  std::vector<double> cash, plain;
  for (std::size_t t = 0; t < periods; ++t) {
    CashRow row{flows.revenue[t], flows.opex[t], flows.depreciation[t], 0, 0, flows.capex[t], 0, 0, 0, 0};
    row.interest = terms.debt_rate * terms.period_years * debt;
    for (std::size_t k = 0; k < t; ++k)
      if (static_cast<double>(t - k) <= installments) row.repaid += out.rows[k].drawn / installments;
    row.drawn = terms.debt_share * row.capex;
    debt += row.drawn - row.repaid;
    row.debt_end = debt;
    const double profit = row.revenue - row.opex - row.depreciation - row.interest;
    const double used = std::clamp(profit, 0.0, losses);
    losses += std::max(0.0, -profit) - used;
    row.tax = terms.tax_rate * (std::max(0.0, profit) - used);
    row.cash = row.revenue - row.opex - row.interest - row.tax - row.capex + row.drawn - row.repaid;
    cash.push_back(row.cash);
    plain.push_back(row.revenue - row.opex - row.capex);
    out.rows.push_back(row);
  }
  out.terminal = flows.book_value_end - debt;
  out.npv = present_value(cash, out.terminal, terms.discount_rate, terms.period_years);
  out.irr = rate_of_return(cash, out.terminal, terms.period_years);
  out.npv_before_debt = present_value(plain, flows.book_value_end, terms.discount_rate, terms.period_years);
  out.irr_before_debt = rate_of_return(plain, flows.book_value_end, terms.period_years);
  return out;
}

}  // namespace gigawatt::finance
