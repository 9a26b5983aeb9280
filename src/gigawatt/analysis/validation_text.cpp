#include "gigawatt/analysis/validation_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "gigawatt/config/csv.h"

namespace gigawatt::analysis {
namespace {

using Json = nlohmann::ordered_json;

/// A statistic of no rows is null, not a perfect 0.
Json known(double value, std::size_t rows) { return rows > 0 ? Json(value) : Json(); }

Json statistics_json(const ValidationStatistics& s) {
  return {{"rows", s.rows},
          {"macro_median_abs_pct", known(s.macro_median_abs_pct, s.rows)},
          {"median_abs_pct", known(s.median_abs_pct, s.rows)},
          {"p90_abs_pct", known(s.p90_abs_pct, s.rows)},
          {"within_10_pct", known(s.within_10_pct, s.rows)},
          {"interval_coverage_80", known(s.interval_coverage_80, s.rows)}};
}

Json row_json(const ValidatedRow& r) {
  return {{"id", r.id},
          {"source", r.source},
          {"level", r.level},
          {"measured_s", r.measured_s},
          {"predicted_s", r.predicted_s},
          {"error_pct", r.error_pct},
          {"low_s", r.low_s},
          {"high_s", r.high_s}};
}

std::vector<const ValidatedRow*> worst_rows(const Validation& v, std::size_t count) {
  std::vector<const ValidatedRow*> rows;
  for (const auto& r : v.predictions) rows.push_back(&r);
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return std::abs(a->error_pct) > std::abs(b->error_pct);
  });
  rows.resize(std::min(rows.size(), count));
  return rows;
}

}  // namespace

Json to_json(const Validation& v) {
  Json j;
  j["rows"] = v.rows;
  j["predicted"] = v.predictions.size();
  j["skipped"] = Json::array();
  for (const auto& s : v.skipped) j["skipped"].push_back({{"id", s.id}, {"why", s.why}});
  j["overall"] = statistics_json(v.overall);
  j["level_a"] = statistics_json(v.level_a);
  j["groups"] = Json::array();
  for (const auto& g : v.groups)
    j["groups"].push_back({{"by", g.by},
                           {"value", g.value},
                           {"n", g.rows},
                           {"median_abs_pct", g.median_abs_pct},
                           {"p90_abs_pct", g.p90_abs_pct},
                           {"bias_pct", g.bias_pct}});
  const auto& m = v.memory;
  j["memory"] = {
      {"oom_rows", m.oom_rows},           {"oom_recall", known(m.oom_recall, m.oom_rows)},
      {"fit_rows", m.fit_rows},           {"fit_recall", known(m.fit_recall, m.fit_rows)},
      {"measured_rows", m.measured_rows}, {"median_abs_pct", known(m.median_abs_pct, m.measured_rows)}};
  j["ranking"] = Json::array();
  for (const auto& r : v.ranking)
    j["ranking"].push_back({{"source", r.source},
                            {"groups", r.groups},
                            {"plans", r.plans},
                            {"median_spearman", r.median_spearman},
                            {"least_spearman", r.least_spearman},
                            {"median_regret_pct", r.median_regret_pct},
                            {"worst_regret_pct", r.worst_regret_pct},
                            {"chosen_within_3_pct", r.chosen_within_3_pct}});
  j["scaling"] = Json::array();
  for (const auto& s : v.scaling)
    j["scaling"].push_back({{"kind", s.kind},
                            {"source", s.source},
                            {"series", s.series},
                            {"pairs", s.pairs},
                            {"median_abs_pct", s.median_abs_pct},
                            {"p90_abs_pct", s.p90_abs_pct}});
  j["worst"] = Json::array();
  for (const auto* r : worst_rows(v, 20)) {
    Json row = row_json(*r);
    row["time"] = Json::object();
    for (std::size_t t = 0; t < step::kTimeTerms; ++t)
      row["time"][std::string(step::kTimeTermNames[t])] = r->time->seconds[t];
    j["worst"].push_back(std::move(row));
  }
  j["rows_out"] = Json::array();
  for (const auto& r : v.predictions) j["rows_out"].push_back(row_json(r));
  return j;
}

std::string to_csv(const Validation& v) {
  std::string out = "id,source,level,measured_s,predicted_s,error_pct,low_s,high_s";
  for (const auto name : step::kTimeTermNames) out += fmt::format(",{}", name);
  out += ",measured_memory_GB,predicted_memory_GB,memory_use\n";
  for (const auto& r : v.predictions) {
    out += fmt::format("{},{},{},{:.6g},{:.6g},{:.3f},{:.6g},{:.6g}", config::csv_cell(r.id),
                       config::csv_cell(r.source), config::csv_cell(r.level), r.measured_s, r.predicted_s,
                       r.error_pct, r.low_s, r.high_s);
    for (const double s : r.time->seconds) out += fmt::format(",{:.6g}", s);
    if (r.measured_bytes > 0)
      out += fmt::format(",{:.4g},{:.4g},{:.3f}\n", r.measured_bytes / 1e9, r.predicted_bytes / 1e9,
                         r.memory_use);
    else
      out += fmt::format(",,{:.4g},{:.3f}\n", r.predicted_bytes / 1e9, r.memory_use);
  }
  return out;
}

std::string to_text(const Validation& v, std::size_t worst) {
  const auto line = [](const char* name, const ValidationStatistics& s) {
    if (s.rows == 0) return fmt::format("{:<10} {:>6} rows with a step time\n", name, 0);
    return fmt::format(
        "{:<10} {:>6} rows   macro median {:5.1f}%   median {:5.1f}%   90th percentile {:5.1f}%   within "
        "10%: {:3.0f}%   80% interval covers {:3.0f}%\n",
        name, s.rows, s.macro_median_abs_pct, s.median_abs_pct, s.p90_abs_pct, s.within_10_pct,
        s.interval_coverage_80);
  };
  std::string out = line("all", v.overall) + line("level A", v.level_a);
  const auto& m = v.memory;
  if (m.oom_rows > 0)
    out +=
        fmt::format("memory     out-of-memory rows caught {:.1f}% of {}\n", 100 * m.oom_recall, m.oom_rows);
  if (m.fit_rows > 0)
    out +=
        fmt::format("memory     fitting rows found to fit {:.1f}% of {}\n", 100 * m.fit_recall, m.fit_rows);
  if (m.measured_rows > 0)
    out += fmt::format("memory     median error of {} published peaks {:.1f}%\n", m.measured_rows,
                       m.median_abs_pct);
  std::string by;
  for (const auto& g : v.groups) {
    if (g.by != by)
      out += fmt::format("\n{:<22} {:>6} {:>9} {:>9} {:>9}\n", g.by, "rows", "median %", "90th %", "bias %");
    by = g.by;
    out += fmt::format("  {:<20} {:>6} {:>9.1f} {:>9.1f} {:>+9.1f}\n", g.value, g.rows, g.median_abs_pct,
                       g.p90_abs_pct, g.bias_pct);
  }
  if (!v.ranking.empty())
    out += fmt::format("\n{:<22} {:>6} {:>9} {:>9} {:>9} {:>9} {:>10}\n", "ranking of plans", "groups", "rho",
                       "least", "regret %", "worst %", "within 3%");
  for (const auto& r : v.ranking)
    out += fmt::format("  {:<20} {:>6} {:>9.2f} {:>9.2f} {:>9.1f} {:>9.1f} {:>9.0f}%\n", r.source, r.groups,
                       r.median_spearman, r.least_spearman, r.median_regret_pct, r.worst_regret_pct,
                       r.chosen_within_3_pct);
  if (!v.scaling.empty())
    out += fmt::format("\n{:<22} {:>6} {:>9} {:>9} {:>9}\n", "change of scale", "series", "pairs", "median %",
                       "90th %");
  for (const auto& s : v.scaling)
    out += fmt::format("  {:<20} {:>6} {:>9} {:>9.1f} {:>9.1f}\n", fmt::format("{} {}", s.kind, s.source),
                       s.series, s.pairs, s.median_abs_pct, s.p90_abs_pct);
  if (worst > 0 && !v.predictions.empty())
    out += fmt::format("\n{:<16} {:>11} {:>11} {:>8}  largest terms\n", "worst rows", "measured s",
                       "predicted s", "error %");
  for (const auto* r : worst_rows(v, worst)) {
    std::vector<std::size_t> order(step::kTimeTerms);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return r->time->seconds[a] > r->time->seconds[b]; });
    out += fmt::format("  {:<14} {:>11.4g} {:>11.4g} {:>+8.1f}  ", r->id, r->measured_s, r->predicted_s,
                       r->error_pct);
    for (std::size_t i = 0; i < 4; ++i)
      out += fmt::format("{} {:.0f}%  ", step::kTimeTermNames[order[i]],
                         100 * r->time->seconds[order[i]] / r->predicted_s);
    out += '\n';
  }
  if (!v.skipped.empty()) out += fmt::format("\n{} rows skipped:\n", v.skipped.size());
  for (const auto& s : v.skipped) out += fmt::format("  {:<14} {}\n", s.id, s.why);
  return out;
}

}  // namespace gigawatt::analysis
