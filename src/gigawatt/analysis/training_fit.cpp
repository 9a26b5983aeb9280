#include "gigawatt/analysis/training_fit.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::analysis {

void fields(config::FieldVisitor& v, FitConstant& c) {
  v(c.name, {.key = "name", .doc = "Name of the constant.", .required = true});
  v(c.start, {.key = "start", .doc = "Value before any row."});
  v(c.low, {.key = "low", .doc = "Lower bound.", .required = true});
  v(c.high, {.key = "high", .doc = "Upper bound.", .required = true});
  v(c.spread, {.key = "spread",
               .doc = "Standard deviation of what is plausible before any row, share of the start value.",
               .min = 0});
  v(c.fixed, {.key = "fixed", .doc = "Kept at its start value."});
  v(c.tie, {.key = "tie", .doc = "The constant that it equals where a set does not free it."});
  v(c.unit, {.key = "unit", .doc = "Unit of values and bounds.", .required = true});
  v(c.meaning, {.key = "meaning", .doc = "What it is.", .required = true});
  v(c.basis, {.key = "basis", .doc = "Where a value that is not fitted comes from."});
}

void fields(config::FieldVisitor& v, FitSet& s) {
  v(s.name, {.key = "name", .doc = "An accelerator, a generation, or default.", .required = true});
  v(s.like, {.key = "like", .doc = "The set that gives what is not free."});
  v(s.ratio, {.key = "ratio",
              .doc = "Constants over those of the set that it is like, before any row.",
              .min = 0.5,
              .max = 2});
  v(s.basis, {.key = "basis", .doc = "Why that ratio."});
  v(s.free, {.key = "free", .doc = "Constants that this set's rows decide."});
  v(s.mean_of, {.key = "mean_of", .doc = "Sets whose mean stands for one without rows."});
}

void fields(config::FieldVisitor& v, TrainingFit& f) {
  v(f.source, {.key = "source", .doc = "Key of the table of rows.", .required = true});
  v(f.residual_scale, {.key = "residual_scale",
                       .doc = "Log error up to which a row counts as a square.",
                       .min = 0.001,
                       .max = 1});
  v(f.incomplete_weight, {.key = "incomplete_weight",
                          .doc = "Weight of a row that leaves a part of its plan open.",
                          .min = 0,
                          .max = 1});
  v(f.source_correlation,
    {.key = "source_correlation", .doc = "How alike the rows of a source err.", .min = 0, .max = 1});
  v(f.chip, {.key = "chip", .doc = "Constants of a chip or generation.", .required = true});
  v(f.shared, {.key = "shared", .doc = "Constants of all chips.", .required = true});
  v(f.host, {.key = "host", .doc = "Host time per kernel by class of framework code.", .required = true});
  v(f.sets, {.key = "set", .doc = "Chips and generations.", .required = true});
}

namespace {

template <typename Named>
bool has(const std::vector<Named>& all, const std::string& name) {
  return std::any_of(all.begin(), all.end(), [&](const auto& x) { return x.name == name; });
}

void check_fit(const TrainingFit& fit, const std::filesystem::path& path, base::Diagnostics& problems) {
  const auto unknown = [&](const std::string& where, const std::string& what) {
    problems.push_back(base::error(
        "unknown-name", fmt::format("{}: {} names '{}', which is not there", path.string(), where, what)));
  };
  for (const auto& list : {fit.chip, fit.shared, fit.host})
    for (const auto& c : list)
      if (c.tie.empty() && !(c.low <= c.start && c.start <= c.high))
        problems.push_back(
            base::error("out-of-bounds", fmt::format("{}: start {} of {} is outside [{}, {}]", path.string(),
                                                     c.start, c.name, c.low, c.high)));
  for (const auto& c : fit.chip)
    if (!c.tie.empty() && !has(fit.chip, c.tie)) unknown("tie of " + c.name, c.tie);
  for (auto set = fit.sets.begin(); set != fit.sets.end(); ++set) {
    const std::vector<FitSet> earlier(fit.sets.begin(), set);
    if (!set->like.empty() && !has(earlier, set->like)) unknown("like of set " + set->name, set->like);
    for (const auto& name : set->mean_of)
      if (!has(earlier, name)) unknown("mean_of of set " + set->name, name);
    for (const auto& name : set->free)
      if (!has(fit.chip, name)) unknown("free of set " + set->name, name);
  }
}

}  // namespace

tl::expected<TrainingFit, base::Diagnostics> read_training_fit(const std::filesystem::path& path) {
  const auto node = config::read_toml(path);
  if (!node) return tl::unexpected(node.error());
  TrainingFit fit;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(fit);
  check_fit(fit, path, problems);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return fit;
}

}  // namespace gigawatt::analysis
