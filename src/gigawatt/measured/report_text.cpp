#include "gigawatt/measured/report_text.h"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/power/library.h"

namespace gigawatt::measured {
namespace {

using Json = nlohmann::ordered_json;

/// What a serving row must name at least; a table without such a column is one of something else.
base::Diagnostics missing_columns(const config::CsvTable& table, const std::string& name) {
  base::Diagnostics out;
  for (const char* column : {"model", "gpu", "isl", "osl"})
    if (table.column(column) < 0)
      out.push_back(base::error("no-column",
                                fmt::format("{}: the serving rows have no column '{}'", name, column),
                                "the columns of data/validation/serving.csv"));
  return out;
}

Json number_or_null(const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); }

/// A mean of nothing is none.
Json of_rows(double mean, std::size_t rows) { return rows > 0 ? Json(mean) : Json(nullptr); }

}  // namespace

Json to_json(const KernelReport& report) {
  Json groups = Json::array();
  for (const auto& g : report.groups)
    groups.push_back({{"gpu", g.gpu},
                      {"op", g.op},
                      {"n", g.n},
                      {"median_abs_pct", g.median_abs_pct},
                      {"p90_abs_pct", g.p90_abs_pct},
                      {"power_median_abs_pct", number_or_null(g.power_median_abs_pct)}});
  Json skipped = Json::array();
  for (const auto& s : report.skipped)
    skipped.push_back({{"op", s.op}, {"gpu", s.gpu}, {"rows", s.rows}, {"why", s.why}});
  return {{"groups", std::move(groups)},
          {"macro_median_abs_pct", of_rows(report.macro_median_abs_pct, report.groups.size())},
          {"skipped", std::move(skipped)}};
}

Json to_json(const ServingReport& report) {
  Json skipped = Json::array();
  for (const auto& s : report.skipped) skipped.push_back({{"id", s.id}, {"why", s.why}});
  Json groups = Json::array();
  for (const auto& g : report.groups)
    groups.push_back({{"by", g.by},
                      {"value", g.value},
                      {"quantity", g.quantity},
                      {"n", g.n},
                      {"median_abs_pct", g.median_abs_pct},
                      {"p90_abs_pct", g.p90_abs_pct},
                      {"interval_coverage_80", g.coverage_80}});
  Json rows = Json::array();
  for (const auto& r : report.rows_out)
    rows.push_back({{"id", r.id},
                    {"quantity", r.quantity},
                    {"measured", r.measured},
                    {"predicted", r.predicted},
                    {"error_pct", 100 * (r.predicted / r.measured - 1)},
                    {"low", r.low},
                    {"high", r.high}});
  Json macro = Json::object();
  for (const auto& [quantity, value] : report.macro_by_quantity) macro[quantity] = value;
  return {{"rows", report.rows},
          {"predicted", report.predicted},
          {"skipped", std::move(skipped)},
          {"macro_median_abs_pct", of_rows(report.macro_median_abs_pct, report.rows_out.size())},
          {"macro_by_quantity", std::move(macro)},
          {"interval_coverage_80", of_rows(report.coverage_80, report.rows_out.size())},
          {"groups", std::move(groups)},
          {"rows_out", std::move(rows)}};
}

std::string to_text(const KernelReport& report) {
  std::string out =
      fmt::format("{:32} {:24} {:>7} {:>9} {:>7}\n", "operation", "GPU", "calls", "median %", "p90 %");
  for (const auto& g : report.groups)
    out +=
        fmt::format("{:32} {:24} {:7} {:9.1f} {:7.1f}\n", g.op, g.gpu, g.n, g.median_abs_pct, g.p90_abs_pct);
  for (const auto& s : report.skipped)
    out +=
        fmt::format("skipped {}{}{}: {} rows, {}\n", s.op, s.gpu.empty() ? "" : " on ", s.gpu, s.rows, s.why);
  return out + fmt::format("mean over groups of the median error {:.1f}%\n", report.macro_median_abs_pct);
}

std::string to_text(const ServingReport& report) {
  std::string out = fmt::format("{} rows, {} predicted, {} skipped\n{:22} {:14} {:>5} {:>9} {:>7} {:>9}\n",
                                report.rows, report.predicted, report.skipped.size(), "quantity", "source",
                                "rows", "median %", "p90 %", "in band");
  for (const auto& g : report.groups)
    out += fmt::format("{:22} {:14} {:5} {:9.1f} {:7.1f} {:8.0f}%\n", g.quantity,
                       g.value.empty() ? "all" : g.value, g.n, g.median_abs_pct, g.p90_abs_pct,
                       100 * g.coverage_80);
  // Why rows were left out: each reason once, with the rows that it is of.
  std::map<std::string, std::pair<std::size_t, std::string>> reasons;
  for (const auto& s : report.skipped) {
    auto& [rows, first] = reasons[s.why];
    if (rows++ == 0) first = s.id;
  }
  for (const auto& [why, rows] : reasons)
    out += fmt::format("skipped {}{}: {}\n", rows.second,
                       rows.first > 1 ? fmt::format(" and {} more", rows.first - 1) : "", why);
  if (report.rows_out.empty()) return out + "no row was predicted\n";
  for (const auto& [quantity, value] : report.macro_by_quantity)
    out += fmt::format("mean over sources of the median error of {}: {:.1f}%\n", quantity, value);
  return out;
}

tl::expected<KernelReport, base::Diagnostics> validate_kernels_of(const std::filesystem::path& folder,
                                                                  const std::filesystem::path& data,
                                                                  const catalog::Catalog& catalog) {
  const auto laws = kernels::LawBook::load(data / "calibration" / "laws");
  if (!laws) return tl::unexpected(laws.error());
  const auto known = power::load_power(data);
  if (!known) return tl::unexpected(known.error());
  return validate_kernels(folder, *laws, catalog.accelerators(), &known->accelerators);
}

tl::expected<ServingReport, base::Diagnostics> validate_serving_of(const config::CsvTable& rows,
                                                                   const std::string& name,
                                                                   const std::filesystem::path& data,
                                                                   const catalog::Catalog& catalog) {
  if (auto problems = missing_columns(rows, name); !problems.empty())
    return tl::unexpected(std::move(problems));
  const auto laws = kernels::LawBook::load(data / "calibration" / "laws");
  if (!laws) return tl::unexpected(laws.error());
  const catalog::FittedLibrary calibration(data / "calibration", {});
  const auto basis = serving_basis(data, catalog, *laws, calibration);
  if (!basis) return tl::unexpected(basis.error());
  return validate_serving(parse_serving_rows(rows, *basis), *basis);
}

}  // namespace gigawatt::measured
