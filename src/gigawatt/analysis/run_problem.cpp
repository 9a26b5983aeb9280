#include "gigawatt/analysis/run_problem.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/parallel.h"
#include "gigawatt/step/load_calibration.h"

namespace gigawatt::analysis {
namespace {

constexpr double kRatioSpread = 0.12;  ///< of a chip's constant over that of the chip which it is like
constexpr double kUnpredictable = 10;  // log error of a row that the constants make impossible

template <typename Named>
std::size_t index_of(const std::vector<Named>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& x) { return x.name == name; });
  return at == all.end() ? RunProblem::npos : static_cast<std::size_t>(at - all.begin());
}

std::size_t index_of(std::span<const std::string> all, std::string_view name) {
  return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
}

/// What a chip's constant may differ from that of the chip which it is like: its own spread, by ratio.
FitConstant ratio_of(FitConstant c, double expected) {
  c.low = 0.5;
  c.high = 2;
  c.start = expected;
  c.spread = kRatioSpread;
  return c;
}

bool contains(const std::vector<std::string>& all, const std::string& name) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

}  // namespace

RunProblem::RunProblem(const TrainingFit& fit, const step::Calibration& start, std::vector<ResolvedRun> rows,
                       bool from_shipped)
    : fit_(fit), start_(start), rows_(std::move(rows)) {
  for (const auto& chip : start.chips) {
    const std::size_t own = index_of(fit.sets, chip.name);
    const std::size_t generation = index_of(fit.sets, chip.generation);
    chip_set_.push_back(own != npos ? own : generation != npos ? generation : index_of(fit.sets, "default"));
  }
  add_sets(from_shipped);
  auto shared = start.shared;
  for (const auto& c : fit.shared) {
    const double shipped = step::shared_parameter(shared, index_of(step::shared_parameter_names(), c.name));
    shared_.push_back(add(c, "shared", from_shipped ? shipped : c.start, !from_shipped && !c.fixed));
  }
  for (const auto& c : fit.host) {
    double shipped = c.start;
    for (const auto& run : rows_)
      if (run.software.host_class == c.name) shipped = run.software.host_launch_s;
    host_.push_back(add(c, "host", from_shipped ? shipped : c.start, !from_shipped && !c.fixed));
  }
  for (const auto& run : rows_) row_host_.push_back(index_of(fit.host, run.software.host_class));
}

bool RunProblem::tied_to_free(const FitSet& set, const FitConstant& c) const {
  if (c.tie.empty()) return false;
  return contains(set.free, c.tie) || tied_to_free(set, fit_.chip[index_of(fit_.chip, c.tie)]);
}

std::size_t RunProblem::set_of(const catalog::Accelerator& accelerator) const {
  const auto at = std::find_if(start_.chips.begin(), start_.chips.end(),
                               [&](const auto& c) { return c.name == accelerator.name; });
  return at == start_.chips.end() ? npos : chip_set_[static_cast<std::size_t>(at - start_.chips.begin())];
}

std::size_t RunProblem::add(const FitConstant& c, const std::string& owner, double start, bool free) {
  // The data term counts squares of log errors; a spread in units of residual_scale weighs like one such row.
  const bool logarithmic = c.low > 0 && c.high / c.low > 10;  // as fit.h searches it
  const double spread = logarithmic ? c.spread : c.spread * c.start;
  parameters_.push_back({fmt::format("{}/{}", owner, c.name), std::clamp(start, c.low, c.high), c.low, c.high,
                         c.unit, c.meaning, spread / fit_.residual_scale, !free});
  return parameters_.size() - 1;
}

double RunProblem::start_of(std::size_t set, std::size_t constant, bool from_shipped) const {
  const auto& c = fit_.chip[constant];
  if (!from_shipped) return c.start;
  for (std::size_t i = 0; i < chip_set_.size(); ++i)
    if (chip_set_[i] == set) {
      auto chip = start_.chips[i];
      return step::training_parameter(chip, index_of(step::training_parameter_names(), c.name));
    }
  return c.start;
}

void RunProblem::add_sets(bool from_shipped) {
  std::vector<bool> has_rows(fit_.sets.size(), false);
  for (const auto& run : rows_)
    if (const std::size_t set = set_of(*run.accelerator); set != npos) has_rows[set] = true;
  for (std::size_t s = 0; s < fit_.sets.size(); ++s) {
    const auto& set = fit_.sets[s];
    std::vector<Origin> origin(fit_.chip.size());
    const std::size_t like = set.like.empty() ? npos : index_of(fit_.sets, set.like);
    for (std::size_t k = 0; k < fit_.chip.size(); ++k) {
      const auto& c = fit_.chip[k];
      const bool own = contains(set.free, c.name) || (from_shipped && c.tie.empty() && has_rows[s]);
      const bool free = !c.fixed && (!from_shipped || has_rows[s]);
      if (own && like != npos && !from_shipped)
        origin[k] = {add(ratio_of(c, set.ratio), set.name, set.ratio, free), like};
      else if (own)
        origin[k].parameter = add(c, set.name, start_of(s, k, from_shipped), free);
      else if (like != npos && !tied_to_free(set, c))
        origin[k] = origin_[like][k];
      else if (c.tie.empty())
        origin[k].parameter = add(c, set.name, start_of(s, k, from_shipped), false);
    }
    for (std::size_t pass = 0; pass < fit_.chip.size(); ++pass)  // ties may follow ties
      for (std::size_t k = 0; k < fit_.chip.size(); ++k)
        if (origin[k].parameter == npos && !fit_.chip[k].tie.empty())
          origin[k] = origin[index_of(fit_.chip, fit_.chip[k].tie)];
    origin_.push_back(std::move(origin));
  }
}

std::vector<double> RunProblem::set_values(std::size_t set, std::span<const double> x) const {
  std::vector<double> values(fit_.chip.size(), 0);
  if (const auto& parents = fit_.sets[set].mean_of; !parents.empty()) {
    for (const auto& name : parents) {
      const auto parent = set_values(index_of(fit_.sets, name), x);
      for (std::size_t k = 0; k < values.size(); ++k)
        values[k] += std::log(parent[k]) / static_cast<double>(parents.size());
    }
    for (double& v : values) v = std::exp(v);
    return values;
  }
  for (std::size_t k = 0; k < values.size(); ++k) {
    const Origin& origin = origin_[set][k];
    values[k] = x[origin.parameter];
    if (origin.parent == npos) continue;
    const auto& c = fit_.chip[k];
    values[k] = std::clamp(values[k] * set_values(origin.parent, x)[k], c.low, c.high);
  }
  return values;
}

step::Calibration RunProblem::calibration(std::span<const double> x) const {
  step::Calibration c = start_;
  std::vector<std::vector<double>> sets;
  for (std::size_t s = 0; s < fit_.sets.size(); ++s) sets.push_back(set_values(s, x));
  const auto names = step::training_parameter_names();
  for (std::size_t i = 0; i < c.chips.size(); ++i)
    for (std::size_t k = 0; k < fit_.chip.size(); ++k)
      if (chip_set_[i] != npos)
        step::training_parameter(c.chips[i], index_of(names, fit_.chip[k].name)) = sets[chip_set_[i]][k];
  for (std::size_t k = 0; k < shared_.size(); ++k)
    step::shared_parameter(c.shared, index_of(step::shared_parameter_names(), fit_.shared[k].name)) =
        x[shared_[k]];
  return c;
}

FitProblem RunProblem::problem() const {
  FitProblem p;
  p.parameters = parameters_;
  p.rows = rows_.size();
  std::map<std::string, double> of_source;
  for (const auto& run : rows_) ++of_source[run.row->source];
  for (const auto& run : rows_) {
    const double n = of_source[run.row->source];
    const bool open = run.plans.size() > 1;
    p.weights.push_back((open ? fit_.incomplete_weight : 1) / (1 + (n - 1) * fit_.source_correlation));
    p.groups.push_back(fmt::format("{} on {}", run.row->model.name, run.accelerator->name));
  }
  p.residuals = [this](std::span<const double> x, std::span<double> out) {
    const auto c = calibration(x);
    base::parallel_for(rows_.size(), [&](std::size_t i) {
      auto& run = rows_[i];
      if (row_host_[i] != npos) run.software.host_launch_s = x[host_[row_host_[i]]];
      const auto prediction = predict(run, c);
      out[i] = prediction ? std::log(prediction->result.step_time_s / run.row->step_time_s) : kUnpredictable;
    });
  };
  return p;
}

}  // namespace gigawatt::analysis
