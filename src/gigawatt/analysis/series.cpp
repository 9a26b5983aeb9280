#include "gigawatt/analysis/series.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "gigawatt/base/quantile.h"

namespace gigawatt::analysis {
namespace {

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && !(values[order[first]] < values[order[last + 1]])) ++last;
    for (std::size_t k = first; k <= last; ++k) rank[order[k]] = static_cast<double>(first + last) / 2;
    first = last + 1;
  }
  return rank;
}

/// What two runs share when only the plan differs.
std::string task_key(const RunRow& r) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", r.model.name, r.model.layers, r.model.hidden,
                     r.model.vocab, r.seq_len, r.accelerator, r.framework, r.release,
                     static_cast<int>(r.kind), static_cast<int>(r.plan.precision));
}

/// And when only the scale differs.
std::string plan_key(const RunRow& r) {
  const auto& p = r.plan;
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", p.tp, p.cp, p.pp, p.ep, p.etp,
                     r.micro_batch.value_or(0), r.vpp.value_or(0), r.zero_stage.value_or(-1),
                     static_cast<int>(p.recompute.kind), r.flash_attention.value_or(true), r.notes);
}

using Groups = std::map<std::pair<std::string, std::string>, std::vector<const TimedRow*>>;  // (source, key)

struct Choice {
  double rho = 0;
  double regret_pct = 0;
};

Choice judge(const std::vector<const TimedRow*>& plans) {
  std::vector<double> measured, predicted;
  for (const auto* r : plans) {
    measured.push_back(r->measured_s);
    predicted.push_back(r->predicted_s);
  }
  const auto chosen =
      static_cast<std::size_t>(std::min_element(predicted.begin(), predicted.end()) - predicted.begin());
  const double best = *std::min_element(measured.begin(), measured.end());
  return {spearman(measured, predicted), 100 * (measured[chosen] / best - 1)};
}

/// Errors of the ratios from a series' smallest size to its larger ones.
void add_pairs(std::vector<const TimedRow*> series, std::vector<double>& errors) {
  std::sort(series.begin(), series.end(), [](auto* a, auto* b) { return a->row->gpus < b->row->gpus; });
  const TimedRow& base = *series.front();
  for (const auto* r : series)
    if (r->row->gpus > base.row->gpus)
      errors.push_back(100 *
                       std::abs((r->predicted_s / base.predicted_s) / (r->measured_s / base.measured_s) - 1));
}

}  // namespace

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  const auto x = ranks(a), y = ranks(b);
  const double mean = (static_cast<double>(x.size()) - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean) * (y[i] - mean);
    xx += (x[i] - mean) * (x[i] - mean);
    yy += (y[i] - mean) * (y[i] - mean);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

std::vector<RankingStatistics> ranking(const std::vector<TimedRow>& rows) {
  Groups groups;
  for (const auto& r : rows)
    groups[{r.row->source, fmt::format("{}|{}|{}", task_key(*r.row), r.row->gpus, r.row->global_batch)}]
        .push_back(&r);
  std::map<std::string, std::vector<Choice>> by_source;
  std::map<std::string, std::size_t> plans;
  for (const auto& [key, group] : groups) {
    if (group.size() < kRankedPlans) continue;
    by_source[key.first].push_back(judge(group));
    plans[key.first] += group.size();
  }
  std::vector<RankingStatistics> out;
  for (const auto& [source, choices] : by_source) {
    std::vector<double> rho, regret;
    double good = 0;
    for (const auto& c : choices) {
      rho.push_back(c.rho);
      regret.push_back(c.regret_pct);
      good += c.regret_pct <= 3 ? 1 : 0;
    }
    out.push_back({source, choices.size(), plans[source], base::quantile_of(rho, 0.5),
                   base::quantile_of(rho, 0), base::quantile_of(regret, 0.5), base::quantile_of(regret, 1),
                   100 * good / static_cast<double>(choices.size())});
  }
  return out;
}

std::vector<ScalingStatistics> scaling(const std::vector<TimedRow>& rows) {
  std::vector<ScalingStatistics> out;
  for (const bool strong : {true, false}) {
    Groups groups;
    for (const auto& r : rows) {
      const auto load = strong ? fmt::format("{}", r.row->global_batch)
                               : fmt::format("{:.6g}", static_cast<double>(r.row->global_batch) /
                                                           static_cast<double>(r.row->gpus));
      groups[{r.row->source, fmt::format("{}|{}|{}", task_key(*r.row), plan_key(*r.row), load)}].push_back(
          &r);
    }
    std::map<std::string, std::pair<std::size_t, std::vector<double>>> by_source;
    for (const auto& [key, series] : groups) {
      auto& [count, errors] = by_source[key.first];
      const std::size_t before = errors.size();
      add_pairs(series, errors);
      count += errors.size() > before ? 1 : 0;
    }
    for (const auto& [source, found] : by_source)
      if (!found.second.empty())
        out.push_back({strong ? "strong" : "weak", source, found.first, found.second.size(),
                       base::quantile_of(found.second, 0.5), base::quantile_of(found.second, 0.9)});
  }
  return out;
}

}  // namespace gigawatt::analysis
