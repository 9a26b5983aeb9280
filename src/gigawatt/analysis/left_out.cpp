#include "gigawatt/analysis/left_out.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

namespace gigawatt::analysis {
namespace {

constexpr double kShareOfRange = 0.01;  // of a constant's range: wide enough to see past kinks
constexpr double kFarthest = 3;         // log error beyond which a linear model says nothing
constexpr int kReweightings = 25;
constexpr int kActiveSets = 10;

double coordinate(const FitParameter& p, double x) { return logarithmic(p) ? std::log(x) : x; }
double value(const FitParameter& p, double u) { return logarithmic(p) ? std::exp(u) : u; }

}  // namespace

struct LeftOut::Linear {
  double huber = 0.1;
  Eigen::VectorXd weights, residuals, at, low, high, centre, precision;
  Eigen::MatrixXd slope;

  /// Normal equations of one reweighting, within the bounds.
  Eigen::VectorXd step(const Eigen::VectorXd& w) const {
    Eigen::MatrixXd normal = slope.transpose() * w.asDiagonal() * slope;
    normal.diagonal() += precision;
    const Eigen::VectorXd right =
        slope.transpose() * w.cwiseProduct(slope * at - residuals) + precision.cwiseProduct(centre);
    Eigen::VectorXd x = at;
    std::vector<bool> held(static_cast<std::size_t>(at.size()), false);
    for (int pass = 0; pass < kActiveSets; ++pass) {
      std::vector<Eigen::Index> free;
      for (Eigen::Index k = 0; k < at.size(); ++k)
        if (!held[static_cast<std::size_t>(k)]) free.push_back(k);
      if (free.empty()) break;
      Eigen::VectorXd rest = right - normal * x;
      for (const auto k : free) rest += normal.col(k) * x[k];
      const Eigen::MatrixXd part = normal(free, free);
      const Eigen::VectorXd wanted = rest(free);
      x(free) = Eigen::VectorXd(part.ldlt().solve(wanted));
      bool inside = true;
      for (const auto k : free)
        if (x[k] < low[k] || x[k] > high[k]) {
          x[k] = std::clamp(x[k], low[k], high[k]);
          held[static_cast<std::size_t>(k)] = true;
          inside = false;
        }
      if (inside) break;
    }
    return x;
  }

  Eigen::VectorXd residuals_at(const Eigen::VectorXd& x) const { return residuals + slope * (x - at); }

  Eigen::VectorXd without(const std::vector<std::size_t>& fold_of, std::size_t fold) const {
    Eigen::VectorXd w = weights;
    for (std::size_t i = 0; i < fold_of.size(); ++i)
      if (fold_of[i] == fold) w[static_cast<Eigen::Index>(i)] = 0;
    Eigen::VectorXd x = at;
    for (int i = 0; i < kReweightings; ++i) {
      const Eigen::ArrayXd r = residuals_at(x).array().max(-kFarthest).min(kFarthest) / huber;
      const Eigen::VectorXd next = step(w.array() / (1 + r.square()).sqrt());
      const double moved = (next - x).cwiseAbs().maxCoeff();
      x = next;
      if (moved < 1e-6) break;
    }
    return residuals_at(x);
  }
};

LeftOut::LeftOut(const FitProblem& problem, const FitResult& optimum, double huber)
    : linear_(std::make_unique<Linear>()) {
  const auto values = optimum.values();
  std::vector<std::size_t> free;
  for (std::size_t j = 0; j < values.size(); ++j)
    if (optimum.parameters[j].determined && !problem.parameters[j].fixed) free.push_back(j);
  const auto n = static_cast<Eigen::Index>(free.size());
  const auto rows = static_cast<Eigen::Index>(problem.rows);
  Linear& l = *linear_;
  l.huber = huber;
  l.residuals = Eigen::Map<const Eigen::VectorXd>(optimum.residuals.data(), rows);
  l.weights = problem.weights.empty()
                  ? Eigen::VectorXd::Ones(rows)
                  : Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(problem.weights.data(), rows));
  l.at.resize(n), l.low.resize(n), l.high.resize(n), l.centre.resize(n), l.precision.resize(n);
  l.slope.resize(rows, n);
  std::vector<double> up(problem.rows), down(problem.rows);
  for (Eigen::Index k = 0; k < n; ++k) {
    const std::size_t j = free[static_cast<std::size_t>(k)];
    const auto& p = problem.parameters[j];
    l.at[k] = coordinate(p, values[j]);
    l.low[k] = coordinate(p, p.low);
    l.high[k] = coordinate(p, p.high);
    l.centre[k] = coordinate(p, p.start);
    l.precision[k] = p.prior_width > 0 ? 1 / (p.prior_width * p.prior_width) : 0;
    const double step = kShareOfRange * (l.high[k] - l.low[k]);
    const double above = std::min(l.high[k], l.at[k] + step), below = std::max(l.low[k], l.at[k] - step);
    auto x = values;
    x[j] = value(p, above);
    problem.residuals(x, up);
    x[j] = value(p, below);
    problem.residuals(x, down);
    for (Eigen::Index i = 0; i < rows; ++i)
      l.slope(i, k) = (up[static_cast<std::size_t>(i)] - down[static_cast<std::size_t>(i)]) / (above - below);
  }
  l.precision.array() += 1e-12;  // a constant that nothing says anything of stays where it is
}

LeftOut::~LeftOut() = default;

std::vector<double> LeftOut::residuals(const std::vector<std::size_t>& fold_of) const {
  std::vector<double> out(fold_of.size(), 0);
  const std::size_t folds = fold_of.empty() ? 0 : *std::max_element(fold_of.begin(), fold_of.end()) + 1;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const Eigen::VectorXd r = linear_->without(fold_of, fold);
    for (std::size_t i = 0; i < fold_of.size(); ++i)
      if (fold_of[i] == fold) out[i] = r[static_cast<Eigen::Index>(i)];
  }
  return out;
}

}  // namespace gigawatt::analysis
