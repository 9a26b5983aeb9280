#include "gigawatt/kernels/law.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::kernels {
namespace {

constexpr std::array<double, 4> kExponents = {1, 1.5, 2, 3};
constexpr int kReweightings = 6;
constexpr int kSweeps = 2000;
constexpr double kErrorFloor = 0.03;   // relative error below which calls weigh the same
constexpr double kErrorCeiling = 0.7;  // an outlier counts no more than this when exponents are compared
constexpr double kConverged = 1e-9;

using Row = std::array<double, Terms::kCapacity>;

double power(double x, double exponent) {
  if (exponent == 1) return x;
  if (exponent == 2) return x * x;
  return exponent == 3 ? x * x * x : x * std::sqrt(x);
}

double root(double x, double exponent) {
  if (exponent == 1) return x;
  if (exponent == 2) return std::sqrt(x);
  return exponent == 3 ? std::cbrt(x) : std::cbrt(x * x);
}

/// min |A x - b|^2 over x >= 0 from the normal equations, by coordinate descent; columns are scaled to unit diagonal.
Row non_negative(const std::array<Row, Terms::kCapacity>& normal, const Row& right, std::size_t n, Row x) {
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    double moved = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!(normal[i][i] > 0)) continue;
      double gradient = right[i];
      for (std::size_t j = 0; j < n; ++j) gradient -= normal[i][j] * x[j];
      const double next = std::max(0.0, x[i] + gradient / normal[i][i]);
      moved = std::max(moved, std::abs(next - x[i]) / (std::abs(next) + 1e-300) * (next > 0 || x[i] > 0));
      x[i] = next;
    }
    if (moved < kConverged) break;
  }
  return x;
}

struct Candidate {
  Law law;
  double mean_error = 0;
};

Candidate fit_exponent(std::span<const Terms> terms, std::span<const double> seconds, double exponent) {
  const std::size_t n = terms[0].count;
  const std::size_t rows = terms.size();
  std::vector<Row> relative(rows);
  Row scale{};
  for (std::size_t k = 0; k < rows; ++k)
    for (std::size_t i = 0; i < n; ++i) {
      relative[k][i] = power(terms[k].list[i].seconds / seconds[k], exponent);
      scale[i] = std::max(scale[i], relative[k][i]);
    }
  for (auto& row : relative)
    for (std::size_t i = 0; i < n; ++i) row[i] = scale[i] > 0 ? row[i] / scale[i] : 0;

  std::vector<double> weight(rows, 1.0);
  std::vector<double> error(rows, 0.0);
  Row x{};
  for (int round = 0; round < kReweightings; ++round) {
    std::array<Row, Terms::kCapacity> normal{};
    Row right{};
    for (std::size_t k = 0; k < rows; ++k)
      for (std::size_t i = 0; i < n; ++i) {
        const double a = weight[k] * relative[k][i];
        right[i] += a;
        for (std::size_t j = i; j < n; ++j) normal[i][j] += a * relative[k][j];
      }
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < i; ++j) normal[i][j] = normal[j][i];
    x = non_negative(normal, right, n, x);
    for (std::size_t k = 0; k < rows; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) sum += x[i] * relative[k][i];
      error[k] = std::abs(std::log(std::max(root(sum, exponent), 1e-9)));
      weight[k] = 1 / std::max(error[k], kErrorFloor);
    }
  }
  Candidate out;
  out.law.exponent = exponent;
  out.law.calls = rows;
  for (std::size_t i = 0; i < n; ++i)
    out.law.slowness[i] = scale[i] > 0 ? std::pow(x[i] / scale[i], 1 / exponent) : 0;
  for (double& e : error) {
    out.mean_error += std::min(e, kErrorCeiling) / static_cast<double>(rows);
    e = std::abs(std::expm1(e));
  }
  const auto middle = error.begin() + static_cast<std::ptrdiff_t>(rows / 2);
  std::nth_element(error.begin(), middle, error.end());
  out.law.median_error_pct = 100 * *middle;
  return out;
}

}  // namespace

void Terms::add(const char* name, double seconds) {
  GW_CHECK(count < kCapacity);
  list[count++] = {name, seconds > 0 && std::isfinite(seconds) ? seconds : 0.0};
}

double Law::seconds(const Terms& terms) const {
  double sum = 0;
  for (std::size_t i = 0; i < terms.count; ++i)
    if (slowness[i] > 0) sum += power(slowness[i] * terms.list[i].seconds, exponent);
  return root(sum, exponent);
}

Law fit_law(std::span<const Terms> terms, std::span<const double> seconds) {
  GW_CHECK(!terms.empty() && terms.size() == seconds.size());
  Candidate best;
  for (std::size_t i = 0; i < kExponents.size(); ++i) {
    Candidate next = fit_exponent(terms, seconds, kExponents[i]);
    if (i == 0 || next.mean_error < best.mean_error) best = next;
  }
  return best.law;
}

}  // namespace gigawatt::kernels
