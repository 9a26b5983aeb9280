#include "gigawatt/report/money_bridge.h"

#include <numeric>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/report/json_parts.h"

namespace gigawatt::report {
namespace {

double sum(const fleet::Series& series) { return std::accumulate(series.begin(), series.end(), 0.0); }

double sum(const fleet::NamedSeries& book) {
  double total = 0;
  for (const auto& [name, series] : book) total += sum(series);
  return total;
}

Json quarters_json(const fleet::FleetResult& r) {
  Json rows = Json::array();
  const auto& f = r.fleet;
  for (std::size_t m = 0; m < r.months.size(); ++m) {
    if (rows.empty() || base::civil(r.months[m]).month % 3 == 1)
      rows.push_back({{"date", base::to_iso_date(r.months[m])},
                      {"capex_usd", 0.0},
                      {"partners_usd", 0.0},
                      {"opex_usd", 0.0},
                      {"depreciation_usd", 0.0}});
    Json& row = rows.back();
    const auto add = [&row](const char* key, double usd) { row[key] = row[key].get<double>() + usd; };
    for (const auto& [name, values] : f.capex_usd) add("capex_usd", values[m]);
    for (const auto& [name, values] : f.opex_usd) add("opex_usd", values[m]);
    add("partners_usd", f.partner_capex_usd[m]);
    add("depreciation_usd", f.depreciation_usd[m]);
    row["book_value_usd"] = number(f.book_value_usd_end[m]);
    row["accelerators"] = number(f.accelerators_end[m]);
  }
  return rows;
}

/// What an hour of an accelerator costs that is there, used or not: what is written off, and operation.
Json accelerator_hour_usd(const fleet::FleetResult& r) {
  const double hours = r.hours.total();
  return hours > 0 ? number((sum(r.fleet.depreciation_usd) + sum(r.fleet.opex_usd)) / hours) : Json(nullptr);
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

nlohmann::ordered_json money_json(const fleet::FleetResult& r) {
  const auto totals = [](const fleet::NamedSeries& books) {
    Json out = Json::object();
    for (const auto& [category, values] : books) {
      double sum = 0;
      for (const double usd : values) sum += usd;
      out[category] = number(sum);
    }
    return out;
  };
  Json depreciation = Json::object(), bridge = Json::array();
  for (const auto& [name, usd] : r.depreciation_usd) depreciation[name] = number(usd);
  for (const auto& [line, usd] : r.bridge_usd) bridge.push_back({{"line", line}, {"usd", number(usd)}});
  return {{"capex", totals(r.fleet.capex_usd)}, {"opex", totals(r.fleet.opex_usd)},
          {"depreciation", depreciation},       {"bridge", bridge},
          {"quarters", quarters_json(r)},       {"usd_per_accelerator_hour", accelerator_hour_usd(r)}};
}

}  // namespace gigawatt::report
