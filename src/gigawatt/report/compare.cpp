#include "gigawatt/report/compare.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/report/json_parts.h"
#include "gigawatt/report/text.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::report {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const results::ComparedRun& r) {
  return {{"file", r.file},     {"run", r.id},    {"scenario", r.scenario},
          {"hash", r.hash},     {"seed", r.seed}, {"program", r.program},
          {"status", r.status}, {"from", r.from}, {"to", r.to}};
}

Json numbers_json(const std::vector<results::NumberDifference>& list) {
  Json out = Json::array();
  for (const auto& d : list)
    out.push_back({{"name", d.name},
                   {"unit", d.unit},
                   {"subject_kind", d.subject_kind},
                   {"subject", d.subject},
                   {"a", number(d.a)},
                   {"b", number(d.b)},
                   {"difference", number(d.b - d.a)},
                   {"relative", d.relative}});
  return out;
}

/// A date is stored as seconds since 1970; its difference is told in days, and a share of it means nothing.
bool is_date(const results::NumberDifference& d) { return d.unit == "s since 1970"; }

std::string date(double seconds) {
  return std::isfinite(seconds) ? base::to_iso_date(base::SimTime{std::llround(seconds * 1e6)}) : "-";
}

std::string value(double v) { return std::isfinite(v) ? units::format_number(v, 5) : "-"; }

std::string numbers_text(const std::vector<results::NumberDifference>& list, const std::string& title,
                         std::size_t rows, bool color) {
  if (list.empty()) return "";
  Table table({{title, Table::Align::kLeft},
               {"of", Table::Align::kLeft},
               {"A"},
               {"B"},
               {"B - A"},
               {"%"},
               {"unit", Table::Align::kLeft}});
  for (std::size_t i = 0; i < std::min(rows, list.size()); ++i) {
    const auto& d = list[i];
    if (is_date(d)) {
      table.row({d.name, d.subject.empty() ? d.subject_kind : d.subject, date(d.a), date(d.b),
                 value((d.b - d.a) / 86400), "", "days"});
      continue;
    }
    table.row(
        {d.name, d.subject.empty() ? d.subject_kind : d.subject, value(d.a), value(d.b), value(d.b - d.a),
         std::isfinite(d.a) && d.a != 0 && std::isfinite(d.b) ? fmt::format("{:+.2f}", (d.b / d.a - 1) * 100)
                                                              : "",
         d.unit});
  }
  std::string out = "\n" + table.render(color);
  if (list.size() > rows) out += fmt::format("and {} more\n", list.size() - rows);
  return out;
}

}  // namespace

Json compare_json(const results::Comparison& c) {
  Json inputs = Json::array();
  for (const auto& d : c.inputs)
    inputs.push_back({{"path", d.path}, {"a", d.a}, {"b", d.b}, {"unit", d.unit}});
  Json claims = Json::array();
  for (const auto& d : c.claims)
    claims.push_back({{"id", d.id},
                      {"verdict_a", d.verdict_a},
                      {"verdict_b", d.verdict_b},
                      {"a", number(d.a)},
                      {"b", number(d.b)}});
  return {{"a", run_json(c.a)},
          {"b", run_json(c.b)},
          {"inputs", inputs},
          {"claims", claims},
          {"metrics", numbers_json(c.metrics)},
          {"series", numbers_json(c.series)},
          {"equal_metrics", c.equal_metrics},
          {"equal_series", c.equal_series}};
}

std::string compare_text(const results::Comparison& c, std::size_t rows, bool color) {
  std::string out;
  for (const auto& [name, r] : {std::pair("A", &c.a), std::pair("B", &c.b)})
    out += fmt::format("{}: run {} of {}: {}, seed {}, {} to {}, {}\n", name, r->id, r->file, r->scenario,
                       r->seed, r->from, r->to, r->status);
  if (c.inputs.empty() && c.metrics.empty() && c.series.empty() && c.claims.empty())
    return out + fmt::format("no difference in {} figures and {} series\n", c.equal_metrics, c.equal_series);
  if (!c.inputs.empty()) {
    Table table({{"input", Table::Align::kLeft}, {"A", Table::Align::kLeft}, {"B", Table::Align::kLeft}});
    for (std::size_t i = 0; i < std::min(rows, c.inputs.size()); ++i)
      table.row({c.inputs[i].path, c.inputs[i].a, c.inputs[i].b});
    out += "\n" + table.render(color);
    if (c.inputs.size() > rows) out += fmt::format("and {} more\n", c.inputs.size() - rows);
  }
  if (!c.claims.empty()) {
    Table table({{"claim", Table::Align::kLeft}, {"A", Table::Align::kLeft}, {"B", Table::Align::kLeft}});
    for (const auto& d : c.claims) table.row({d.id, d.verdict_a, d.verdict_b});
    out += "\n" + table.render(color);
  }
  out += numbers_text(c.metrics, "figure", rows, color);
  out += numbers_text(c.series, "series, largest gap", rows, color);
  return out + fmt::format("\nequal: {} figures, {} series\n", c.equal_metrics, c.equal_series);
}

}  // namespace gigawatt::report
