#include "gigawatt/analysis/calibrate_runs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/analysis/run_problem.h"
#include "gigawatt/base/quantile.h"

namespace gigawatt::analysis {
namespace {

constexpr double kKeepAll = 1e9;
constexpr int kLeaveEachOut = 1'000'000;  // as many folds as there are groups
constexpr std::size_t kBandRows = 20;     // a band from fewer rows says too little

std::vector<ResolvedRun> resolved(const RunTable& table, const Knowledge& knowledge,
                                  std::vector<SkippedRow>& skipped) {
  std::vector<ResolvedRun> runs;
  for (const RunRow& row : table.rows) {
    if (row.step_time_s <= 0) continue;
    auto run = resolve(row, knowledge);
    if (!run)
      skipped.push_back({row.id, run.error()});
    else if (const auto possible = predict(*run, *knowledge.calibration); !possible)
      skipped.push_back({row.id, possible.error()});
    else
      runs.push_back(std::move(*run));
  }
  return runs;
}

base::Diagnostics no_rows(const std::vector<SkippedRow>& skipped) {
  constexpr std::size_t kShown = 5;
  std::string why;
  for (std::size_t i = 0; i < std::min(skipped.size(), kShown); ++i)
    why += fmt::format("{}{}: {}", i ? "; " : "", skipped[i].id, skipped[i].why);
  if (skipped.size() > kShown) why += fmt::format("; and {} more", skipped.size() - kShown);
  return {base::error("no-rows", "no row with a step time can be predicted", why)};
}

/// Measured / predicted between two tails of equal size by regime, from the rows that `use` selects.
std::vector<step::IntervalBand> bands_of(const std::vector<RunResidual>& rows, double tail,
                                         const std::function<bool(std::size_t)>& use) {
  std::map<std::string, std::vector<double>> by_regime;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (use(i)) by_regime[rows[i].regime].push_back(std::exp(-rows[i].group_left_out));
  std::vector<step::IntervalBand> bands;
  for (const auto& [regime, ratios] : by_regime)
    if (ratios.size() >= kBandRows)
      bands.push_back({regime, std::min(1.0, base::quantile_of(ratios, tail)),
                       std::max(1.0, base::quantile_of(ratios, 1 - tail)),
                       static_cast<std::int64_t>(ratios.size())});
  return bands;
}

/// Percent of rows inside bands that come from the other folds.
double coverage_pct(const std::vector<RunResidual>& rows, const std::vector<std::size_t>& fold_of,
                    double tail) {
  double covered = 0, counted = 0;
  const std::size_t folds = *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const auto bands = bands_of(rows, tail, [&](std::size_t i) { return fold_of[i] != fold; });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto band =
          std::find_if(bands.begin(), bands.end(), [&](const auto& b) { return b.regime == rows[i].regime; });
      if (fold_of[i] != fold || band == bands.end()) continue;
      const double ratio = std::exp(-rows[i].group_left_out);
      covered += ratio >= band->low && ratio <= band->high ? 1 : 0;
      ++counted;
    }
  }
  return counted > 0 ? 100 * covered / counted : 0;
}

/// Configurations of one group err alike, so that a band with tails of 10% misses more than 20% of a new group: the
/// tails are the widest whose bands hold 80% of the rows of folds that had no say in them.
void set_bands(RunCalibration& c, const std::vector<std::size_t>& fold_of) {
  constexpr double kWidestTail = 0.10, kTailStep = 0.005, kNarrowestTail = 0.02;
  double tail = kWidestTail;
  c.band_coverage_pct = coverage_pct(c.rows, fold_of, tail);
  while (c.band_coverage_pct < 80 && tail > kNarrowestTail) {
    tail -= kTailStep;
    c.band_coverage_pct = coverage_pct(c.rows, fold_of, tail);
  }
  c.bands = bands_of(c.rows, tail, [](std::size_t) { return true; });
}

/// Turns the fit's parameters into the files' sets.
class SetWriter {
 public:
  SetWriter(const TrainingFit& spec, const RunProblem& problem, const FitResult& fit)
      : spec_(spec), problem_(problem), fit_(fit), x_(fit.values()) {
    for (const auto& run : problem.rows()) {
      ++rows_[problem.set_of(*run.accelerator)];
      ++total_;
    }
  }

  std::vector<catalog::FittedSet> sets(bool only_with_rows) const {
    std::vector<catalog::FittedSet> out;
    for (std::size_t s = 0; s < spec_.sets.size(); ++s)
      if (!only_with_rows || rows_.contains(s)) out.push_back(chip_set(s));
    if (only_with_rows) return out;
    out.push_back(list("shared", spec_.shared));
    out.push_back(list("host", spec_.host));
    return out;
  }

 private:
  catalog::FittedSet described(const std::string& name, const std::string& kind, std::int64_t rows) const {
    catalog::FittedSet set;
    set.name = name;
    set.kind = kind;
    set.rows = rows;
    set.source = spec_.source;
    set.basis = rows > 0 ? "measured training runs" : "no training rows";
    return set;
  }

  catalog::FittedSet chip_set(std::size_t s) const {
    const auto& from = spec_.sets[s];
    const auto found = rows_.find(s);
    auto set = described(from.name, "training", found == rows_.end() ? 0 : found->second);
    if (!from.mean_of.empty())
      set.basis = fmt::format("no training rows: mean of {}", fmt::join(from.mean_of, ", "));
    const auto values = problem_.set_values(s, x_);
    for (std::size_t k = 0; k < spec_.chip.size(); ++k) {
      const auto& c = spec_.chip[k];
      const std::size_t parameter = problem_.parameter_of(s, k);
      catalog::FittedConstant out{c.name, values[k], 0, c.unit, c.low, c.high, false, c.basis, c.meaning};
      if (from.mean_of.empty() && parameter != RunProblem::npos) {
        const auto& p = fit_.parameters[parameter];
        const bool own = p.name == from.name + "/" + c.name;
        out.standard_error = p.value > 0 ? p.standard_error * values[k] / p.value : 0;  // of a ratio, too
        out.determined = own && p.determined;
        if (!own)
          out.basis = "as " + p.name;
        else if (!p.why.empty() && !c.fixed)
          out.basis = p.why;
      }
      set.parameters.push_back(std::move(out));
    }
    return set;
  }

  catalog::FittedSet list(const std::string& owner, const std::vector<FitConstant>& constants) const {
    auto set = described(owner, owner, total_);
    for (const auto& c : constants)
      for (const auto& p : fit_.parameters)
        if (p.name == owner + "/" + c.name)
          set.parameters.push_back({c.name, p.value, p.standard_error, c.unit, c.low, c.high, p.determined,
                                    c.fixed ? c.basis : p.why, c.meaning});
    return set;
  }

  const TrainingFit& spec_;
  const RunProblem& problem_;
  const FitResult& fit_;
  std::vector<double> x_;
  std::map<std::size_t, std::int64_t> rows_;
  std::int64_t total_ = 0;
};

}  // namespace

tl::expected<RunCalibration, base::Diagnostics> calibrate_runs(const RunTable& table,
                                                               const Knowledge& knowledge,
                                                               const catalog::FittedLibrary& library,
                                                               const RunCalibrationOptions& options) {
  const auto spec = read_training_fit(library.folder() / "training_fit.toml");
  if (!spec) return tl::unexpected(spec.error());
  RunCalibration out;
  out.skipped = table.skipped;
  const RunProblem runs(*spec, *knowledge.calibration, resolved(table, knowledge, out.skipped),
                        options.from_shipped);
  if (runs.rows().empty()) return tl::unexpected(no_rows(out.skipped));

  FitProblem problem = runs.problem();
  FitOptions fit_options = options.fit;
  fit_options.method = FitMethod::kLeastSquares;
  fit_options.huber = spec->residual_scale;
  fit_options.folds = options.max_folds;
  if (!options.from_shipped)
    fit_options.undetermined_above = kKeepAll;  // `spread` speaks for what rows do not
  const FitResult result = fit(problem, fit_options);
  out.parameters = result.parameters;
  std::vector<double> start, before(problem.rows);
  for (const auto& p : problem.parameters) start.push_back(p.start);
  problem.residuals(start, before);
  for (std::size_t i = 0; i < runs.rows().size(); ++i) {
    const auto& run = runs.rows()[i];
    out.rows.push_back({run.row->id, run.row->source, problem.groups[i], run.row->level,
                        std::string(step::regime_of(run.request(run.plans.front()))), run.row->step_time_s,
                        before[i], result.residuals[i]});
  }
  if (options.cross_validate) {
    const auto left_out = cross_validate(problem, fit_options);
    for (std::size_t i = 0; i < left_out.size(); ++i) out.rows[i].group_left_out = left_out[i];
    set_bands(out, folds_of(problem, fit_options.folds));
  }
  if (options.leave_sources_out) {
    for (std::size_t i = 0; i < out.rows.size(); ++i) problem.groups[i] = out.rows[i].source;
    fit_options.folds = kLeaveEachOut;
    const auto left_out = cross_validate(problem, fit_options);
    for (std::size_t i = 0; i < left_out.size(); ++i) out.rows[i].source_left_out = left_out[i];
  }
  out.sets = SetWriter(*spec, runs, result).sets(options.from_shipped);
  return out;
}

ErrorStatistics errors_of(const std::vector<RunResidual>& rows, double RunResidual::* residual,
                          bool complete_only) {
  std::vector<SourcedError> errors;
  for (const auto& row : rows)
    if (!complete_only || row.level == "A")
      errors.push_back({row.source, 100 * std::abs(std::expm1(row.*residual))});
  return error_statistics(errors);
}

}  // namespace gigawatt::analysis
