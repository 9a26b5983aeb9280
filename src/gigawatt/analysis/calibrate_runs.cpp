#include "gigawatt/analysis/calibrate_runs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/analysis/evidence.h"
#include "gigawatt/analysis/left_out.h"
#include "gigawatt/analysis/run_problem.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/base/stop.h"

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

/// A value and how much it counts.
struct Weighed {
  double value;
  double weight;
};

double weighed_quantile(std::vector<Weighed> all, double share) {
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  double total = 0, below = 0;
  for (const auto& x : all) total += x.weight;
  for (const auto& x : all) {
    below += x.weight;
    if (below >= share * total) return x.value;
  }
  return all.empty() ? 0 : all.back().value;
}

using Use = std::function<bool(const RunResidual&)>;

/// How much wider the band of a row is for what it leaves open.
double open_factor(const RunResidual& row, const step::IntervalWidening& widening) {
  return row.open_by_tensor ? widening.open_by_tensor : row.open_plan ? widening.open_plan : 1;
}

/// The same for what a row is, known chips aside.
double kind_factor(const RunResidual& row, const step::IntervalWidening& widening) {
  return (row.unknown_fabric ? widening.unknown_fabric : 1) * (row.few_tokens ? widening.few_tokens : 1);
}

/// Log(measured / predicted) with group or source left out, over the factor by which the row's band is wider; the
/// rows of a source share one weight.
std::vector<Weighed> scatter(const std::vector<RunResidual>& rows, const step::IntervalWidening& widening,
                             const Use& use) {
  std::map<std::string, double> of_source;
  for (const auto& row : rows)
    if (use(row)) ++of_source[row.source];
  std::vector<Weighed> out;
  for (const auto& row : rows) {
    if (!use(row)) continue;
    double wider = kind_factor(row, widening) * open_factor(row, widening);
    const double weight = 1 / of_source[row.source];
    if (!std::isnan(row.group_left_out)) out.push_back({-row.group_left_out / wider, weight});
    if (row.lone_chip) wider *= widening.new_chip;
    if (!std::isnan(row.source_left_out)) out.push_back({-row.source_left_out / wider, weight});
  }
  return out;
}

std::vector<step::IntervalBand> bands_of(const std::vector<RunResidual>& rows,
                                         const step::IntervalWidening& widening, double tail,
                                         const Use& use) {
  std::set<std::string> regimes;
  for (const auto& row : rows)
    if (use(row)) regimes.insert(row.regime);
  std::vector<step::IntervalBand> bands;
  for (const auto& regime : regimes) {
    const Use here = [&](const RunResidual& row) { return row.regime == regime && use(row); };
    const auto rows_here = std::count_if(rows.begin(), rows.end(), here);
    if (static_cast<std::size_t>(rows_here) < kBandRows) continue;
    const auto all = scatter(rows, widening, here);
    bands.push_back({regime, std::min(1.0, std::exp(weighed_quantile(all, tail))),
                     std::max(1.0, std::exp(weighed_quantile(all, 1 - tail))), rows_here});
  }
  return bands;
}

double half_width(const std::vector<Weighed>& scatter) {
  auto absolute = scatter;
  for (auto& x : absolute) x.value = std::abs(x.value);
  return weighed_quantile(std::move(absolute), 0.8);
}

/// How much wider rows with a mark scatter than the others.
double wider(const std::vector<RunResidual>& rows, const step::IntervalWidening& so_far, const Use& marked) {
  constexpr double kMost = 2.5;
  if (static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), marked)) < kBandRows) return 1;
  const double with = half_width(scatter(rows, so_far, marked));
  const double without = half_width(scatter(rows, so_far, [&](const auto& row) { return !marked(row); }));
  return without > 0 ? std::clamp(with / without, 1.0, kMost) : 1;
}

struct Coverage {
  double mean = 0, least = 0;  ///< percent
};

/// Whether a row's band holds it with its source left out: the regime's, wider where the row scatters more, and stretched
/// to the bands of the choices that the row leaves open.
bool holds(const step::IntervalBand& band, const step::IntervalWidening& widening, const RunResidual& row) {
  const double wider = kind_factor(row, widening) * (row.lone_chip ? widening.new_chip : 1);
  const double low = wider * std::log(band.low), high = wider * std::log(band.high);
  const double open = open_factor(row, widening);
  const double ratio = std::isnan(row.source_left_out) ? -row.group_left_out : -row.source_left_out;
  return ratio >= std::min(open * low, row.fastest + low) &&
         ratio <= std::max(open * high, row.slowest + high);
}

/// Of each source with the source left out, by bands from the others.
Coverage coverage(const std::vector<RunResidual>& rows, const step::IntervalWidening& widening, double tail) {
  std::set<std::string> sources;
  for (const auto& row : rows) sources.insert(row.source);
  Coverage c{0, 100};
  double counted = 0;
  for (const auto& source : sources) {
    const auto bands = bands_of(rows, widening, tail, [&](const auto& row) { return row.source != source; });
    double held = 0, all = 0;
    for (const auto& row : rows) {
      const auto band =
          std::find_if(bands.begin(), bands.end(), [&](const auto& b) { return b.regime == row.regime; });
      if (row.source != source || band == bands.end()) continue;
      held += holds(*band, widening, row) ? 1 : 0;
      ++all;
    }
    if (all == 0) continue;
    c.mean += 100 * held / all;
    c.least = std::min(c.least, 100 * held / all);
    ++counted;
  }
  c.mean = counted > 0 ? c.mean / counted : 0;
  return c;
}

/// How much wider, for each unit of distance to the nearest run of another source, rows farther than the first unit
/// scatter than nearer ones.
double per_distance(const std::vector<RunResidual>& rows, const step::IntervalWidening& widening) {
  const Use far = [](const auto& row) { return row.distance > 1; };
  const double ratio = wider(rows, widening, far);
  double sum = 0, count = 0;
  for (const auto& row : rows)
    if (far(row)) sum += row.distance - 1, ++count;
  return count > 0 && sum > 0 ? (ratio - 1) / (sum / count) : 0;
}

/// Rows of one source err alike, so that a band with tails of 10% misses more than 20% of a new source: the tails are
/// the widest whose bands hold on average 82% of the rows of a source that had no say in them and 60% of each source,
/// or as near to it as bands come that hold no more than 88% on average.
void set_bands(RunCalibration& c) {
  constexpr double kWidestTail = 0.10, kTailStep = 0.005, kNarrowestTail = 0.02;
  constexpr double kMeanWanted = 82, kMeanMost = 88, kLeastWanted = 60;
  c.widening.open_by_tensor = wider(c.rows, c.widening, [](const auto& row) { return row.open_by_tensor; });
  c.widening.open_plan =
      wider(c.rows, c.widening, [](const auto& row) { return row.open_plan && !row.open_by_tensor; });
  c.widening.unknown_fabric = wider(c.rows, c.widening, [](const auto& row) { return row.unknown_fabric; });
  c.widening.few_tokens = wider(c.rows, c.widening, [](const auto& row) { return row.few_tokens; });
  c.widening.new_chip = wider(c.rows, c.widening, [](const auto& row) { return row.lone_chip; });
  c.widening.per_distance = per_distance(c.rows, c.widening);
  double tail = kWidestTail;
  Coverage held = coverage(c.rows, c.widening, tail);
  while ((held.mean < kMeanWanted || held.least < kLeastWanted) && tail > kNarrowestTail) {
    const Coverage next = coverage(c.rows, c.widening, tail - kTailStep);
    if (next.mean > kMeanMost) break;
    tail -= kTailStep;
    held = next;
  }
  c.band_coverage_pct = held.mean;
  c.least_coverage_pct = held.least;
  c.bands = bands_of(c.rows, c.widening, tail, [](const auto&) { return true; });
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
  const Evidence known(table, knowledge.accelerators);
  const step::Calibration fitted = runs.calibration(result.values());
  std::vector<double> optimum(problem.rows);
  problem.residuals(result.values(),
                    optimum);  // leaves each row's host time at the optimum for `predict` below
  std::map<std::size_t, std::set<std::string>> sources_of_set;
  for (const auto& run : runs.rows()) sources_of_set[runs.set_of(*run.accelerator)].insert(run.row->source);
  for (std::size_t i = 0; i < runs.rows().size(); ++i) {
    const auto& run = runs.rows()[i];
    const auto request = run.request(run.plans.front());
    RunResidual row{run.row->id, run.row->source, problem.groups[i], run.row->level,
                    std::string(step::regime_of(request))};
    row.unknown_fabric = run.system.fabric == step::kFabricNames.back() &&
                         run.row->gpus > static_cast<std::int64_t>(run.system.scaleup_domain.value);
    row.few_tokens = step::tokens_of_rank(request) < out.widening.few_tokens_below;
    row.open_plan = run.plans.size() > 1;
    row.open_by_tensor = row.open_plan && run.software.recompute_by_tensor;
    if (const auto prediction = predict(run, fitted); prediction && row.open_plan) {
      row.fastest = std::log(prediction->fastest_s / prediction->result.step_time_s);
      row.slowest = std::log(prediction->slowest_s / prediction->result.step_time_s);
    }
    row.lone_chip = sources_of_set[runs.set_of(*run.accelerator)].size() == 1;
    row.measured_s = run.row->step_time_s;
    row.distance = known.nearest(request, row.source).distance;
    row.before = before[i];
    row.fitted = result.residuals[i];
    out.rows.push_back(std::move(row));
  }
  if (options.cross_validate && !base::current_stop().stop_requested()) {
    const LeftOut left_out(problem, result, fit_options.huber);
    const auto groups = left_out.residuals(folds_of(problem, fit_options.folds));
    for (std::size_t i = 0; i < out.rows.size(); ++i) problem.groups[i] = out.rows[i].source;
    const auto sources = left_out.residuals(folds_of(problem, kLeaveEachOut));
    for (std::size_t i = 0; i < out.rows.size(); ++i) {
      out.rows[i].group_left_out = groups[i];
      out.rows[i].source_left_out = sources[i];
    }
    set_bands(out);
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
