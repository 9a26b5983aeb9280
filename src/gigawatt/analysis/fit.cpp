#include "gigawatt/analysis/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>

#include <fmt/format.h>
#include <Eigen/Dense>
#include <nlopt.hpp>

#include "gigawatt/analysis/least_squares.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/base/stop.h"

namespace gigawatt::analysis {
namespace {

constexpr double kUniformPrecision = 12;  // 1 / variance of a uniform distribution on [0, 1]
constexpr double kHugeResidual = 10;
constexpr double kJacobianStep = 2e-3;  // step of the Jacobian in u: wide enough to average over tile steps
constexpr double kBoundMargin = 1e-3;
constexpr int kRestarts = 3;
constexpr double kMadToSigma = 1.4826;
constexpr double kRepeatability = 0.02;  // kernel benchmarks repeat within about 2%: the least residual scale

double to_unit(const FitParameter& p, double x) {
  if (p.high <= p.low) return 0;
  const double u =
      logarithmic(p) ? std::log(x / p.low) / std::log(p.high / p.low) : (x - p.low) / (p.high - p.low);
  return std::clamp(u, 0.0, 1.0);
}

double from_unit(const FitParameter& p, double u) {
  return logarithmic(p) ? p.low * std::pow(p.high / p.low, u) : p.low + u * (p.high - p.low);
}

/// d x / d u, to bring standard errors back to the parameter's unit.
double scale(const FitParameter& p, double x) {
  return logarithmic(p) ? x * std::log(p.high / p.low) : p.high - p.low;
}

void check(const FitProblem& problem) {
  if (!problem.residuals) throw std::invalid_argument("fit: no residual function");
  if (!problem.weights.empty() && problem.weights.size() != problem.rows)
    throw std::invalid_argument(
        fmt::format("fit: {} weights for {} rows", problem.weights.size(), problem.rows));
  if (!problem.groups.empty() && problem.groups.size() != problem.rows)
    throw std::invalid_argument(
        fmt::format("fit: {} groups for {} rows", problem.groups.size(), problem.rows));
  for (const auto& p : problem.parameters)
    if (!(p.low <= p.start && p.start <= p.high))
      throw std::invalid_argument(
          fmt::format("fit: start {} of '{}' is outside [{}, {}]", p.start, p.name, p.low, p.high));
}

/// One fit: which parameters are free, and the rows that count.
class Search {
 public:
  Search(const FitProblem& problem, const FitOptions& options, std::vector<double> weights)
      : problem_(problem), options_(options), weights_(std::move(weights)), residuals_(problem.rows) {
    for (const auto& p : problem.parameters) {
      values_.push_back(p.start);
      free_.push_back(!p.fixed && p.high > p.low);
    }
    used_ = static_cast<std::size_t>(
        std::count_if(weights_.begin(), weights_.end(), [](double w) { return w > 0; }));
  }

  const std::vector<double>& values() const { return values_; }
  bool is_free(std::size_t j) const { return free_[j]; }
  void release_to_start(std::size_t j) {
    free_[j] = false;
    values_[j] = problem_.parameters[j].start;
  }
  int evaluations() const { return evaluations_; }
  std::size_t used_rows() const { return used_; }
  std::vector<std::size_t> free_indices() const {
    std::vector<std::size_t> out;
    for (std::size_t j = 0; j < free_.size(); ++j)
      if (free_[j]) out.push_back(j);
    return out;
  }

  const std::vector<double>& residuals_at(const std::vector<double>& x) {
    problem_.residuals(x, residuals_);
    for (double& r : residuals_)
      if (!std::isfinite(r)) r = kHugeResidual;
    ++evaluations_;
    return residuals_;
  }

  double cost(const std::vector<double>& x) {
    residuals_at(x);
    const double d = options_.huber;
    double sum = 0;
    for (std::size_t i = 0; i < residuals_.size(); ++i) {
      const double q = residuals_[i] / d;
      sum += weights_[i] * 2 * d * d * (std::sqrt(1 + q * q) - 1);
    }
    for (std::size_t j = 0; j < x.size(); ++j) sum += prior_term(j, x[j]) * prior_term(j, x[j]);
    return sum;
  }

  /// Terms whose squares sum to `cost`.
  void square_roots(const std::vector<double>& x, std::span<double> out) {
    const double d = options_.huber;
    residuals_at(x);
    for (std::size_t i = 0; i < residuals_.size(); ++i) {
      const double q = residuals_[i] / d;
      out[i] = std::copysign(std::sqrt(weights_[i] * 2 * d * d * (std::sqrt(1 + q * q) - 1)), q);
    }
    for (std::size_t j = 0; j < x.size(); ++j) out[residuals_.size() + j] = prior_term(j, x[j]);
  }

  void minimize() {
    const auto free = free_indices();
    if (free.empty() || used_ == 0) return;
    std::vector<double> u(free.size());
    for (std::size_t k = 0; k < free.size(); ++k)
      u[k] = std::clamp(to_unit(problem_.parameters[free[k]], values_[free[k]]), 0.01, 0.99);
    const auto spread = [&](std::span<const double> at) {
      std::vector<double> x = values_;
      for (std::size_t k = 0; k < free.size(); ++k)
        x[free[k]] = from_unit(problem_.parameters[free[k]], std::clamp(at[k], 0.0, 1.0));
      return x;
    };
    if (options_.method == FitMethod::kLeastSquares) {
      const auto terms = [&](std::span<const double> at, std::span<double> out) {
        square_roots(spread(at), out);
      };
      values_ = spread(least_squares(terms, problem_.rows + problem_.parameters.size(), u,
                                     {.relative_tolerance = options_.relative_tolerance}));
      return;
    }
    double best = cost(values_);
    using Context = std::tuple<Search*, decltype(&spread), nlopt::opt*, const std::stop_token*>;
    const std::stop_token stop = base::current_stop();
    for (int restart = 0; restart < kRestarts && !stop.stop_requested(); ++restart) {
      nlopt::opt search(nlopt::LN_SBPLX, static_cast<unsigned>(free.size()));
      nlopt::vfunc f = [](const std::vector<double>& at, std::vector<double>&, void* self) {
        auto& [owner, expand, algorithm, told] = *static_cast<Context*>(self);
        if (told->stop_requested()) algorithm->force_stop();
        return owner->cost((*expand)(at));
      };
      Context context{this, &spread, &search, &stop};
      search.set_min_objective(f, &context);
      search.set_lower_bounds(0.0);
      search.set_upper_bounds(1.0);
      search.set_initial_step(restart == 0 ? 0.2 : 0.05);
      search.set_ftol_rel(options_.relative_tolerance);
      search.set_maxeval(std::max(1, options_.max_evaluations / kRestarts));
      double reached = 0;
      try {
        search.optimize(u, reached);
      } catch (const nlopt::forced_stop&) {
        reached = cost(spread(u));  // the best so far
      } catch (const nlopt::roundoff_limited&) {
        reached = cost(spread(u));
      }
      if (reached < best) {
        best = reached;
        values_ = spread(u);
      }
      for (double& x : u) x = std::clamp(x, 0.01, 0.99);
    }
  }

  /// sqrt(w) dr/du of the free parameters, scaled by the robust residual scale: what the rows say about u.
  Eigen::MatrixXd information_root() {
    const auto free = free_indices();
    std::vector<double> absolute;
    const auto at_optimum = residuals_at(values_);
    for (std::size_t i = 0; i < at_optimum.size(); ++i)
      if (weights_[i] > 0) absolute.push_back(std::abs(at_optimum[i]));
    const double sigma = std::max(kMadToSigma * base::quantile_of(absolute, 0.5), kRepeatability);
    Eigen::MatrixXd j(static_cast<Eigen::Index>(problem_.rows), static_cast<Eigen::Index>(free.size()));
    for (std::size_t k = 0; k < free.size(); ++k) {
      const auto& p = problem_.parameters[free[k]];
      const double u = to_unit(p, values_[free[k]]);
      const double up = std::min(1.0, u + kJacobianStep), down = std::max(0.0, u - kJacobianStep);
      std::vector<double> x = values_;
      x[free[k]] = from_unit(p, up);
      const std::vector<double> high = residuals_at(x);
      x[free[k]] = from_unit(p, down);
      const std::vector<double>& low = residuals_at(x);
      for (std::size_t i = 0; i < problem_.rows; ++i)
        j(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) =
            std::sqrt(weights_[i]) * (high[i] - low[i]) / (up - down) / sigma;
    }
    return j;
  }

 private:
  double prior_term(std::size_t j, double x) const {
    const auto& p = problem_.parameters[j];
    if (p.prior_width <= 0) return 0;
    return (logarithmic(p) ? std::log(x / p.start) : x - p.start) / p.prior_width;
  }

  const FitProblem& problem_;
  const FitOptions& options_;
  std::vector<double> weights_;
  std::vector<double> residuals_;
  std::vector<double> values_;
  std::vector<bool> free_;
  std::size_t used_ = 0;
  int evaluations_ = 0;
};

std::vector<double> weights_of(const FitProblem& problem) {
  return problem.weights.empty() ? std::vector<double>(problem.rows, 1.0) : problem.weights;
}

/// Frees only as many parameters as half of the rows, those of which the rows say most.
void limit_free(Search& search, std::vector<std::string>& why) {
  const auto free = search.free_indices();
  const std::size_t allowed = (search.used_rows() + 1) / 2;
  if (free.size() <= allowed) return;
  const Eigen::MatrixXd j = search.information_root();
  const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(j);
  const auto order = qr.colsPermutation().indices();
  for (std::size_t k = allowed; k < free.size(); ++k) {
    const std::size_t p = free[static_cast<std::size_t>(order(static_cast<Eigen::Index>(k)))];
    search.release_to_start(p);
    why[p] = "too few rows";
  }
}

struct Uncertainty {
  std::vector<double> unit_error;  ///< of u, per parameter
  std::vector<bool> seen;          ///< some row depends on it
};

Uncertainty uncertainty(Search& search, std::size_t parameters) {
  Uncertainty out{std::vector<double>(parameters, 0), std::vector<bool>(parameters, false)};
  const auto free = search.free_indices();
  if (free.empty()) return out;
  const Eigen::MatrixXd j = search.information_root();
  const auto n = static_cast<Eigen::Index>(free.size());
  const Eigen::MatrixXd precision = j.transpose() * j + kUniformPrecision * Eigen::MatrixXd::Identity(n, n);
  const Eigen::MatrixXd covariance = precision.ldlt().solve(Eigen::MatrixXd::Identity(n, n));
  for (Eigen::Index k = 0; k < n; ++k) {
    out.unit_error[free[static_cast<std::size_t>(k)]] = std::sqrt(std::max(0.0, covariance(k, k)));
    out.seen[free[static_cast<std::size_t>(k)]] = j.col(k).norm() > 1e-6;
  }
  return out;
}

/// Releases what the rows do not determine and fits the rest again.
Uncertainty settle(Search& search, const FitProblem& problem, const FitOptions& options,
                   std::vector<std::string>& why) {
  limit_free(search, why);
  search.minimize();
  Uncertainty u = uncertainty(search, problem.parameters.size());
  bool again = false;
  for (const std::size_t j : search.free_indices()) {
    if (u.seen[j] && u.unit_error[j] <= options.undetermined_above) continue;
    why[j] = u.seen[j] ? "too uncertain" : "no row depends on it";
    search.release_to_start(j);
    again = true;
  }
  if (again) {
    search.minimize();
    u = uncertainty(search, problem.parameters.size());
  }
  return u;
}

std::uint64_t name_hash(const std::string& name) {  // FNV-1a: the same on every machine
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return h;
}

}  // namespace

std::vector<double> FitResult::values() const {
  std::vector<double> out;
  for (const auto& p : parameters) out.push_back(p.value);
  return out;
}

ErrorSummary summarize(std::span<const double> residuals) {
  ErrorSummary s;
  s.rows = residuals.size();
  if (residuals.empty()) return s;
  std::vector<double> absolute, relative;
  for (const double r : residuals) {
    relative.push_back(std::expm1(r) * 100);
    absolute.push_back(std::abs(relative.back()));
  }
  s.median_pct = base::quantile_of(absolute, 0.5);
  s.bias_pct = base::quantile_of(relative, 0.5);
  s.mean_pct = std::accumulate(absolute.begin(), absolute.end(), 0.0) / static_cast<double>(absolute.size());
  s.p90_pct = base::quantile_of(std::move(absolute), 0.9);
  return s;
}

FitResult fit(const FitProblem& problem, const FitOptions& options) {
  check(problem);
  Search search(problem, options, weights_of(problem));
  FitResult result;
  std::vector<double> start;
  for (const auto& p : problem.parameters) start.push_back(p.start);
  result.before = summarize(search.residuals_at(start));

  std::vector<std::string> why(problem.parameters.size());
  for (std::size_t j = 0; j < why.size(); ++j)
    if (!search.is_free(j)) why[j] = "fixed";
  const Uncertainty u = settle(search, problem, options, why);

  for (std::size_t j = 0; j < problem.parameters.size(); ++j) {
    const auto& p = problem.parameters[j];
    FittedParameter f{p.name,    search.values()[j], 0,     p.unit, p.low, p.high,
                      p.meaning, why[j].empty(),     why[j]};
    if (f.determined) {
      f.standard_error = u.unit_error[j] * scale(p, f.value);
      const double at = to_unit(p, f.value);
      if (at < kBoundMargin || at > 1 - kBoundMargin) f.why = "at its bound";
    }
    result.parameters.push_back(f);
  }
  result.cost = search.cost(search.values());
  result.residuals = search.residuals_at(search.values());
  result.after = summarize(result.residuals);
  result.evaluations = search.evaluations();
  return result;
}

std::vector<std::size_t> folds_of(const FitProblem& problem, int wanted) {
  const auto group = [&](std::size_t i) {
    return problem.groups.empty() ? fmt::format("row {}", i) : problem.groups[i];
  };
  std::vector<std::pair<std::uint64_t, std::string>> names;
  for (std::size_t i = 0; i < problem.rows; ++i) names.emplace_back(name_hash(group(i)), group(i));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const auto folds = static_cast<std::size_t>(
      std::clamp<int>(wanted, 1, static_cast<int>(std::max<std::size_t>(1, names.size()))));

  std::vector<std::size_t> fold_of(problem.rows, 0);
  for (std::size_t i = 0; i < problem.rows; ++i) {
    const auto at = std::lower_bound(names.begin(), names.end(), std::pair{name_hash(group(i)), group(i)});
    fold_of[i] = static_cast<std::size_t>(at - names.begin()) % folds;
  }
  return fold_of;
}

std::vector<double> cross_validate(const FitProblem& problem, const FitOptions& options) {
  check(problem);
  const auto fold_of = folds_of(problem, options.folds);
  const std::size_t folds = fold_of.empty() ? 0 : *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  std::vector<double> out(problem.rows, 0);
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<double> weights = weights_of(problem);
    for (std::size_t i = 0; i < problem.rows; ++i)
      if (fold_of[i] == fold) weights[i] = 0;
    Search search(problem, options, weights);
    std::vector<std::string> why(problem.parameters.size());
    settle(search, problem, options, why);
    const auto& residuals = search.residuals_at(search.values());
    for (std::size_t i = 0; i < problem.rows; ++i)
      if (fold_of[i] == fold) out[i] = residuals[i];
  }
  return out;
}

}  // namespace gigawatt::analysis
