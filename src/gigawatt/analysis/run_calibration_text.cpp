#include "gigawatt/analysis/run_calibration_text.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/analysis/calibration_text.h"
#include "gigawatt/config/csv.h"

namespace gigawatt::analysis {
namespace {

using Json = nlohmann::ordered_json;

struct View {
  const char* key;
  const char* title;
  double RunResidual::* residual;
};
constexpr View kViews[] = {{"before", "before the fit", &RunResidual::before},
                           {"fitted", "rows in the fit", &RunResidual::fitted},
                           {"group_left_out", "model and accelerator left out", &RunResidual::group_left_out},
                           {"source_left_out", "source left out", &RunResidual::source_left_out}};

bool computed(const RunCalibration& c, const View& view) {
  return !c.rows.empty() && !std::isnan(c.rows.front().*view.residual);
}

Json calibration_errors_json(const ErrorStatistics& e) {
  return {{"rows", e.rows},
          {"macro_median_abs_pct", e.macro_median_abs_pct},
          {"median_abs_pct", e.median_abs_pct},
          {"p90_abs_pct", e.p90_abs_pct},
          {"within_10_pct", e.within_10_pct}};
}

std::string percent(double residual) {
  return std::isnan(residual) ? "" : fmt::format("{:.3f}", 100 * std::expm1(residual));
}

}  // namespace

Json to_json(const RunCalibration& c) {
  Json j;
  j["rows"] = c.rows.size();
  for (const auto& view : kViews)
    if (computed(c, view))
      j[view.key] = {{"level_a", calibration_errors_json(errors_of(c.rows, view.residual, true))},
                     {"all", calibration_errors_json(errors_of(c.rows, view.residual, false))}};
  j["parameters"] = Json::array();
  for (const auto& p : c.parameters) j["parameters"].push_back(to_json(p));
  j["bands"] = Json::array();
  for (const auto& b : c.bands)
    j["bands"].push_back({{"regime", b.regime}, {"low", b.low}, {"high", b.high}, {"rows", b.rows}});
  j["band_coverage_pct"] = c.bands.empty() ? Json() : Json(c.band_coverage_pct);
  j["skipped"] = Json::array();
  for (const auto& s : c.skipped) j["skipped"].push_back({{"id", s.id}, {"why", s.why}});
  return j;
}

std::string to_text(const RunCalibration& c) {
  std::string out = fmt::format("{} training runs\n\n{:<32} {:>6} {:>8} {:>8} {:>7} {:>10}\n", c.rows.size(),
                                "errors of step time", "rows", "macro %", "median %", "p90 %", "within 10%");
  for (const auto& view : kViews)
    for (const bool complete : {true, false}) {
      if (!computed(c, view)) continue;
      const auto e = errors_of(c.rows, view.residual, complete);
      if (e.rows == 0) continue;
      out += fmt::format("{:<32} {:>6} {:>8.2f} {:>8.2f} {:>7.1f} {:>10.1f}\n",
                         fmt::format("{}{}", view.title, complete ? "" : ", all"), e.rows,
                         e.macro_median_abs_pct, e.median_abs_pct, e.p90_abs_pct, e.within_10_pct);
    }
  if (!c.bands.empty()) {
    out += fmt::format(
        "\n80% bands of measured over predicted, which hold {:.1f}% of a source left out (the worst "
        "{:.1f}%)\n",
        c.band_coverage_pct, c.least_coverage_pct);
    for (const auto& b : c.bands)
      out += fmt::format("  {:<20} {:.3f} to {:.3f}  ({} rows)\n", b.regime, b.low, b.high, b.rows);
  }
  out += fmt::format("\n{:<40} {:>12} {:>10}  {}\n", "constant", "value", "+-", "unit");
  std::size_t kept = 0;
  for (const auto& p : c.parameters) {
    if (p.determined)
      out += fmt::format("{:<40} {:>12.4g} {:>10.2g}  {}{}\n", p.name, p.value, p.standard_error, p.unit,
                         p.why.empty() ? "" : " (" + p.why + ")");
    else if (p.why != "fixed")
      out += fmt::format("{:<40} {:>12.4g} {:>10}  {} (kept: {})\n", p.name, p.value, "", p.unit, p.why);
    else
      ++kept;
  }
  if (kept > 0) out += fmt::format("{} constants were not free\n", kept);
  if (!c.skipped.empty()) out += "\nskipped rows:\n";
  for (const auto& s : c.skipped) out += fmt::format("  {}: {}\n", s.id, s.why);
  return out;
}

std::string residuals_csv(const RunCalibration& c) {
  std::string out =
      "id,source,group,level,regime,measured_s,fitted_error_pct,group_left_out_error_pct,source_left_out_"
      "error_pct\n";
  for (const auto& r : c.rows)
    out += fmt::format("{},{},{},{},{},{:.6g},{},{},{}\n", config::csv_cell(r.id), config::csv_cell(r.source),
                       config::csv_cell(r.group), r.level, r.regime, r.measured_s, percent(r.fitted),
                       percent(r.group_left_out), percent(r.source_left_out));
  return out;
}

std::string bands_toml(const RunCalibration& c, const std::string& provenance) {
  std::string out = fmt::format(
      "# {}\n# 80% bands of measured / predicted, from cross-validated residuals "
      "(docs/models/calibration.md).\n"
      "source = \"run-rows\"\n",
      provenance);
  out += fmt::format(
      "\n[widening]\nopen_plan = {:.3f}\nopen_by_tensor = {:.3f}\nunknown_fabric = {:.3f}\nnew_chip = "
      "{:.3f}\nfew_tokens = "
      "{:.3f}\nfew_tokens_below = "
      "{:.0f}\nper_distance = {:.3f}\n",
      c.widening.open_plan, c.widening.open_by_tensor, c.widening.unknown_fabric, c.widening.new_chip,
      c.widening.few_tokens, c.widening.few_tokens_below, c.widening.per_distance);
  for (const auto& b : c.bands)
    out += fmt::format("\n[[band]]\nregime = \"{}\"\nlow = {:.4f}\nhigh = {:.4f}\nrows = {}\n", b.regime,
                       b.low, b.high, b.rows);
  return out;
}

}  // namespace gigawatt::analysis
