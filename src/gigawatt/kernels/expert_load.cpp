#include "gigawatt/kernels/expert_load.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace gigawatt::kernels {
namespace {

double padded(double rows) {
  if (rows < 1) return (1 - std::exp(-rows)) * 16;
  if (rows < 64) return std::ceil(rows / 16) * 16;
  return std::ceil(rows / 64) * 64;
}

ExpertLoad balanced(double tokens, double topk, double experts, double here, double devices) {
  const double choices = tokens * topk;
  if (choices < experts) {  // some experts have one row, the others none
    const double rows = choices / devices;
    const double active = std::min(std::max(rows, std::min(1.0, choices)), here);
    return {active, std::max(rows, 1.0), active * 16};
  }
  // Where devices do not divide the experts, copies of the busiest fill the last places.
  const double places = std::ceil(here - 1e-9);
  const double rows = choices / devices;
  return {places, rows, padded(rows / places) * places};
}

}  // namespace

ExpertLoad busiest_device(double tokens, double topk, double experts, double devices, double skew) {
  const double here = std::max(experts / devices, 1.0);
  if (!(skew > 0)) return balanced(tokens, topk, experts, here, devices);
  const auto count = static_cast<std::size_t>(experts);
  const double largest = std::max(0.8 * tokens, 2.0);
  const double exponent = skew == 1 ? 1e-6 : 1 - skew;
  std::vector<double> load(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double u = (static_cast<double>(count - 1 - i) + 0.5) / experts;  // largest first
    load[i] = std::pow(1 + u * (std::pow(largest, exponent) - 1), 1 / exponent);
    sum += load[i];
  }
  double mean = 0;
  for (double& x : load) {
    x = std::min(x / sum * tokens * topk, tokens);
    mean += x / experts;
  }
  double scale = 1;
  std::vector<double> chosen;
  if (devices > 1) {
    double variance = 0;
    for (double x : load) variance += (x - mean) * (x - mean) / experts;
    const double deviation = std::sqrt(variance * here * std::max(0.0, 1 - here / experts));
    const double busiest = std::max(mean * here + deviation * std::sqrt(2 * std::log(devices)), load[0]);
    const auto n = static_cast<std::size_t>(here);
    chosen.push_back(load[0]);
    for (std::size_t j = 0; j + 1 < n; ++j) {  // evenly spaced over the others
      const double at = n == 2 ? 1 : 1 + (experts - 2) * static_cast<double>(j) / static_cast<double>(n - 2);
      chosen.push_back(load[static_cast<std::size_t>(at)]);
    }
    double held = 0;
    for (double x : chosen) held += x;
    scale = std::min(busiest / std::max(held, 1e-9), 1.5);
  } else {
    chosen = load;
  }
  ExpertLoad out;
  for (double x : chosen) {
    const double rows = x * scale;
    out.active += 1 - std::exp(-rows);
    out.rows += rows;
    out.padded_rows += padded(rows);
  }
  return out;
}

}  // namespace gigawatt::kernels
