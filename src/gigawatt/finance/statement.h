#pragma once
/// Cash of an owner by period: what comes in, what goes out, debt and tax, and what it is worth.
///
///     drawn_t    = debt share x capex_t, repaid in equal parts over the term from the next period on
///     interest_t = rate x period x debt at the start of t
///     profit_t   = revenue - opex - depreciation - interest;  losses are carried forward without a limit in time
///     tax_t      = rate x max(0, profit_t - losses carried)
///     cash_t     = revenue - opex - interest - tax - capex + drawn - repaid
///
/// The present value discounts each period at its middle. The rate of return is the yearly rate at which the present value
/// is zero; flows that never change their sign have none. At the end the debt that is left is repaid and the assets are
/// worth their book value.

#include <optional>
#include <span>
#include <vector>

namespace gigawatt::finance {

/// By period, USD.
struct CashFlows {
  std::vector<double> revenue, opex, capex, depreciation;
  double book_value_end = 0;
};

struct CashTerms {
  double period_years = 0.25;
  double discount_rate = 0;  ///< a year
  double debt_share = 0, debt_rate = 0, debt_years = 1;
  double tax_rate = 0;
};

struct CashRow {
  double revenue = 0, opex = 0, depreciation = 0, interest = 0, tax = 0, capex = 0, drawn = 0, repaid = 0;
  double cash = 0;
  double debt_end = 0;
};

struct Statement {
  std::vector<CashRow> rows;
  double terminal = 0;         ///< book value less debt at the end
  double npv = 0;              ///< of cash and terminal
  std::optional<double> irr;   ///< a year, of the same
  double npv_before_debt = 0;  ///< of revenue - opex - capex and the book value: without debt and tax
  std::optional<double> irr_before_debt;
};
Statement statement(const CashFlows& flows, const CashTerms& terms);

/// Of flows in the middle of periods of equal length; `last` at the end of the last one.
double present_value(std::span<const double> flows, double last, double rate, double period_years);
std::optional<double> rate_of_return(std::span<const double> flows, double last, double period_years);

}  // namespace gigawatt::finance
