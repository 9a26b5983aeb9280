#include "gigawatt/engine/futures.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/base/random.h"

namespace gigawatt::engine {
namespace {

fleet::FleetResult with_figures(const fleet::FleetResult& shape, const std::vector<double>& figures) {
  fleet::FleetResult result = shape;
  std::size_t next = 0;
  visit_figures(result, [&](double& value) { value = figures[next++]; });
  return result;
}

}  // namespace

std::uint64_t future_seed(std::uint64_t seed, std::uint64_t index) {
  return random::Stream(seed, random::Domain::kMonteCarlo, index).bits();
}

std::vector<double> sample(const fleet::FleetResult& result) {
  std::vector<double> figures;
  visit_figures(result, [&](const double& value) { figures.push_back(value); });
  return figures;
}

Bands merge(const fleet::FleetResult& shape, std::span<const std::vector<double>> samples) {
  GW_CHECK(!samples.empty());
  const std::size_t figures = samples[0].size();
  for (const auto& s : samples) GW_CHECK(s.size() == figures, "{} figures against {}", s.size(), figures);
  std::vector<double> low(figures), median(figures), high(figures), column(samples.size());
  for (std::size_t i = 0; i < figures; ++i) {
    for (std::size_t k = 0; k < samples.size(); ++k) column[k] = samples[k][i];
    std::sort(column.begin(), column.end());
    low[i] = base::quantile(column, 0.1);
    median[i] = base::quantile(column, 0.5);
    high[i] = base::quantile(column, 0.9);
  }
  return {with_figures(shape, low), with_figures(shape, median), with_figures(shape, high)};
}

}  // namespace gigawatt::engine
