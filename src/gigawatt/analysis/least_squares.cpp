#include "gigawatt/analysis/least_squares.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>
#include <unsupported/Eigen/LevenbergMarquardt>

#include "gigawatt/base/stop.h"

namespace gigawatt::analysis {
namespace {

constexpr double kDifference = 2e-3;  // in z: wide enough to see past kinks, narrow enough for the slope
constexpr double kInside = 1e-3;      // a start on a bound has no slope in z

struct Functor : Eigen::DenseFunctor<double> {
  const BoxResiduals& residuals;
  std::stop_token stop = base::current_stop();

  Functor(const BoxResiduals& f, std::size_t unknowns, std::size_t terms)
      : DenseFunctor(static_cast<int>(unknowns), static_cast<int>(terms)), residuals(f) {}

  static std::vector<double> inside(const InputType& z) {
    std::vector<double> u(static_cast<std::size_t>(z.size()));
    for (std::size_t k = 0; k < u.size(); ++k) u[k] = (1 + std::sin(z[static_cast<Eigen::Index>(k)])) / 2;
    return u;
  }

  int operator()(const InputType& z, ValueType& out) const {
    residuals(inside(z), {out.data(), static_cast<std::size_t>(out.size())});
    return 0;
  }

  int df(const InputType& z, JacobianType& jacobian) const {
    ValueType here(values()), there(values());
    (*this)(z, here);
    for (Eigen::Index k = 0; k < z.size(); ++k) {
      if (stop.stop_requested()) throw base::Stopped();
      InputType at = z;
      at[k] += kDifference;
      (*this)(at, there);
      jacobian.col(k) = (there - here) / kDifference;
    }
    return 0;
  }
};

}  // namespace

std::vector<double> least_squares(const BoxResiduals& residuals, std::size_t terms, std::vector<double> u,
                                  const LeastSquaresOptions& options) {
  if (u.empty() || terms < u.size() || base::current_stop().stop_requested()) return u;
  Functor functor(residuals, u.size(), terms);
  Functor::InputType z(static_cast<Eigen::Index>(u.size()));
  for (std::size_t k = 0; k < u.size(); ++k)
    z[static_cast<Eigen::Index>(k)] = std::asin(2 * std::clamp(u[k], kInside, 1 - kInside) - 1);
  Eigen::LevenbergMarquardt<Functor> search(functor);
  search.setFtol(options.relative_tolerance);
  search.setXtol(options.relative_tolerance);
  if (search.minimizeInit(z) == Eigen::LevenbergMarquardtSpace::ImproperInputParameters) return u;
  try {
    for (int i = 0; i < options.max_iterations; ++i)
      if (search.minimizeOneStep(z) != Eigen::LevenbergMarquardtSpace::Running) break;
  } catch (const base::Stopped&) {
    // A step moves z at its end: it is the best so far.
  }
  return Functor::inside(z);
}

}  // namespace gigawatt::analysis
