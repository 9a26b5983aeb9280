#include "gigawatt/report/money_bridge.h"

#include <numeric>

namespace gigawatt::report {
namespace {

double sum(const fleet::Series& series) { return std::accumulate(series.begin(), series.end(), 0.0); }

double sum(const fleet::NamedSeries& book) {
  double total = 0;
  for (const auto& [name, series] : book) total += sum(series);
  return total;
}

}  // namespace

MoneyBridge money_bridge(const fleet::FleetResult& r) {
  MoneyBridge b;
  b.capex_usd = sum(r.fleet.capex_usd);
  b.partners_usd = sum(r.fleet.partner_capex_usd);
  b.depreciation_usd = sum(r.fleet.depreciation_usd);
  b.book_value_usd = r.fleet.book_value_usd_end.empty() ? 0 : r.fleet.book_value_usd_end.back();
  b.opex_usd = sum(r.fleet.opex_usd);
  for (const auto& job : r.jobs) b.jobs_usd += job.cost_usd;
  return b;
}

}  // namespace gigawatt::report
