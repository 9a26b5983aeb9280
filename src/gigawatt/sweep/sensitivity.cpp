#include "gigawatt/sweep/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/config/csv.h"
#include "gigawatt/results/parquet.h"

namespace gigawatt::sweep {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Figures by point, the mean over its seeds; not a number where a run has none.
using Figures = std::map<std::tuple<std::string, std::string, std::string, std::string>, std::vector<double>>;

tl::expected<Figures, base::Diagnostic> figures(const std::filesystem::path& file, const Plan& plan) {
  const auto table = results::read_parquet(file);
  if (!table) return tl::unexpected(table.error());
  const auto text = [&](const char* name, std::size_t row) -> const std::string& {
    const auto* column = table->column(name);
    return column->dictionary[static_cast<std::size_t>(column->words[row])];
  };
  for (const char* name : {"run", "status", "subject_kind", "subject", "metric", "unit", "value"})
    if (table->column(name) == nullptr)
      return tl::unexpected(
          base::error("missing-column", fmt::format("{} has no column '{}'", file.string(), name)));
  const auto* run = table->column("run");
  const auto* value = table->column("value");
  Figures out;
  for (std::size_t r = 0; r < table->rows; ++r) {
    if (text("status", r) != "done") continue;
    auto& list = out[{text("subject_kind", r), text("subject", r), text("metric", r), text("unit", r)}];
    if (list.empty()) list.resize(plan.runs(), kNone);
    list[static_cast<std::size_t>(run->numbers[r])] = value->numbers[r];
  }
  const std::size_t seeds = plan.seeds.size();
  for (auto& [key, list] : out) {
    std::vector<double> means;
    for (std::size_t p = 0; p < plan.points.size(); ++p) {
      double sum = 0;
      for (std::size_t s = 0; s < seeds; ++s) sum += list[p * seeds + s];
      means.push_back(sum / static_cast<double>(seeds));
    }
    list = std::move(means);
  }
  return out;
}

Sensitivity of(const Plan& plan, const std::vector<double>& values) {
  const std::size_t axes = plan.keys.size();
  Sensitivity out;
  analysis::SobolSample sample;
  sample.mixed.resize(axes);
  for (std::size_t k = 0; k < plan.samples; ++k) {
    const auto* row = &values[k * (axes + 2)];
    if (std::any_of(row, row + axes + 2, [](double x) { return !std::isfinite(x); })) {
      ++out.dropped;
      continue;
    }
    sample.a.push_back(row[0]);
    sample.b.push_back(row[1]);
    for (std::size_t i = 0; i < axes; ++i) sample.mixed[i].push_back(row[2 + i]);
  }
  if (out.dropped == 0)
    out.indices = analysis::sobol_indices(sample, plan.sample_seed);
  else  // over what is left the indices would answer for another range
    out.indices.mean = out.indices.deviation = std::nan("");
  const std::size_t middle = plan.samples * (axes + 2);
  out.middle = values[middle];
  for (std::size_t i = 0; i < axes; ++i)
    out.tornado.push_back({values[middle + 1 + 2 * i], values[middle + 2 + 2 * i]});
  return out;
}

bool varies(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end(), [](double x, double y) {
    return !std::isfinite(x) ? false : !std::isfinite(y) || x < y;
  });
  return low != values.end() && std::isfinite(*low) && *low != *high;
}

std::string cell(double x) { return std::isfinite(x) ? fmt::format("{}", x) : ""; }

}  // namespace

std::string Sensitivity::name() const {
  return subject.empty() || subject == subject_kind ? subject_kind + "." + metric
                                                    : subject_kind + "." + subject + "." + metric;
}

tl::expected<std::vector<Sensitivity>, base::Diagnostics> sensitivities(
    const std::filesystem::path& folder, const Plan& plan, const std::vector<std::string>& names) {
  const auto all = figures(folder / "results.parquet", plan);
  if (!all) return tl::unexpected(base::Diagnostics{all.error()});
  std::vector<Sensitivity> out;
  std::vector<std::string> known;
  std::vector<bool> found(names.size());
  for (const auto& [key, values] : *all) {
    Sensitivity named;
    std::tie(named.subject_kind, named.subject, named.metric, named.unit) = key;
    const std::string name = named.name();
    known.push_back(name);
    bool wanted = names.empty() && varies(values);
    for (std::size_t n = 0; n < names.size(); ++n)
      if (names[n] == name || "fleet." + names[n] == name) wanted = found[n] = true;
    if (!wanted) continue;
    Sensitivity one = of(plan, values);
    std::tie(one.subject_kind, one.subject, one.metric, one.unit) = key;
    out.push_back(std::move(one));
  }
  base::Diagnostics problems;
  for (std::size_t n = 0; n < names.size(); ++n)
    if (!found[n])
      problems.push_back(base::error("unknown-name",
                                     fmt::format("no run has a figure '{}'", names[n].substr(0, 80)),
                                     base::did_you_mean(names[n], known)));
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return out;
}

std::string sensitivity_csv(const Plan& plan, const std::vector<Sensitivity>& list) {
  std::string out =
      "subject_kind,subject,metric,unit,input,samples,first,first_low,first_high,total,total_low,total_high,"
      "middle,at_low,at_high\n";
  for (const Sensitivity& s : list)
    for (std::size_t i = 0; i < plan.keys.size(); ++i) {
      out += fmt::format("{},{},{},{},{},{}", s.subject_kind, config::csv_cell(s.subject), s.metric, s.unit,
                         config::csv_cell(plan.keys[i].path), s.indices.samples);
      if (s.indices.inputs.empty()) {
        out += ",,,,,,";
      } else {
        const auto& input = s.indices.inputs[i];
        for (const auto* index : {&input.first, &input.total})
          out += fmt::format(",{},{},{}", index->value, index->low, index->high);
      }
      out += fmt::format(",{},{},{}\n", cell(s.middle), cell(s.tornado[i].low), cell(s.tornado[i].high));
    }
  return out;
}

}  // namespace gigawatt::sweep
