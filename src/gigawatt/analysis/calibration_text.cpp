#include "gigawatt/analysis/calibration_text.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gigawatt::analysis {
namespace {

using Json = nlohmann::ordered_json;

Json errors_json(const ErrorSummary& e) {
  return {{"rows", e.rows},
          {"median_abs_pct", e.median_pct},
          {"mean_abs_pct", e.mean_pct},
          {"p90_abs_pct", e.p90_pct},
          {"bias_pct", e.bias_pct}};
}

std::map<std::string, std::size_t> reasons(const std::vector<SkippedKernelRow>& skipped) {
  std::map<std::string, std::size_t> out;
  for (const auto& s : skipped) ++out[s.why];
  return out;
}

}  // namespace

Json to_json(const FittedParameter& p) {
  return {{"name", p.name}, {"value", p.value}, {"stderr", p.standard_error}, {"unit", p.unit},
          {"low", p.low},   {"high", p.high},   {"determined", p.determined}, {"why", p.why}};
}

Json to_json(const CalibrationReport& report) {
  Json j;
  j["rows"] = report.rows;
  j["parameters"] = Json::array();
  for (const auto& [set, p] : report.parameters) {
    Json parameter = {{"set", set}};
    parameter.update(to_json(p));
    j["parameters"].push_back(std::move(parameter));
  }
  j["before"] = errors_json(report.before);
  j["after"] = errors_json(report.after);
  j["cross_validated"] = errors_json(report.cross_validated);
  j["undetermined"] = Json::array();
  for (const auto& [set, p] : report.undetermined)
    j["undetermined"].push_back({{"set", set}, {"name", p.name}, {"why", p.why}});
  j["sets"] = Json::array();
  for (const auto& s : report.sets) {
    Json quality = Json::array();
    for (const auto& q : s.quality)
      quality.push_back({{"what", q.what},
                         {"rows", q.rows},
                         {"before_median_pct", q.before_median_pct},
                         {"median_pct", q.median_pct},
                         {"p90_pct", q.p90_pct},
                         {"cross_validated_median_pct", q.cross_validated_median_pct}});
    j["sets"].push_back(
        {{"name", s.name}, {"kind", s.kind}, {"rows", s.rows}, {"quality", std::move(quality)}});
  }
  j["skipped"] = Json::array();
  for (const auto& s : report.skipped) j["skipped"].push_back({{"id", s.id}, {"why", s.why}});
  return j;
}

std::string to_text(const CalibrationReport& report) {
  std::string out = fmt::format(
      "{} rows: median error {:.1f}% before, {:.1f}% after, {:.1f}% on rows left out of the fit\n",
      report.rows, report.before.median_pct, report.after.median_pct, report.cross_validated.median_pct);
  out += fmt::format("\n{:<26} {:<24} {:>5} {:>9} {:>8} {:>7} {:>9}\n", "set", "rows of", "rows", "before %",
                     "after %", "p90 %", "left out %");
  for (const auto& s : report.sets)
    for (const auto& q : s.quality)
      out += fmt::format("{:<26} {:<24} {:>5} {:>9.1f} {:>8.1f} {:>7.1f} {:>9.1f}\n", s.name, q.what, q.rows,
                         q.before_median_pct, q.median_pct, q.p90_pct, q.cross_validated_median_pct);
  out += fmt::format("\n{:<26} {:<30} {:>12} {:>10}  {}\n", "set", "constant", "value", "+-", "unit");
  for (const auto& [set, p] : report.parameters)
    if (p.determined)
      out += fmt::format("{:<26} {:<30} {:>12.4g} {:>10.2g}  {}{}\n", set, p.name, p.value, p.standard_error,
                         p.unit, p.why.empty() ? "" : " (" + p.why + ")");
  std::map<std::string, std::size_t> kept;
  for (const auto& p : report.undetermined) ++kept[p.set];
  if (!kept.empty()) out += "\nnot determined by these rows, kept as they were:\n";
  for (const auto& [set, count] : kept) out += fmt::format("  {}: {} of its constants\n", set, count);
  if (!report.skipped.empty()) out += "\nskipped rows:\n";
  for (const auto& [why, count] : reasons(report.skipped)) out += fmt::format("  {:>4}  {}\n", count, why);
  return out;
}

}  // namespace gigawatt::analysis
