#include "gigawatt/reliability/repair_law.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "gigawatt/base/check.h"
#include "gigawatt/reliability/failure_model.h"

namespace gigawatt::reliability {
namespace {

constexpr double kWidestSigma = 8;  // nine orders of magnitude between quartiles and their median

/// The median before the cut that leaves `median` after it: the lower the one, the lower the other.
double uncut_median(double median, double sigma, double longest) {
  double low = std::log(median);
  double high = low + 60;
  for (int i = 0; i < 200 && high - low > 1e-13 * std::max(1.0, std::abs(low)); ++i) {
    const double m = 0.5 * (low + high);
    const double below = random::normal_cdf((std::log(longest) - m) / sigma);
    const double cut =
        below > 0 ? m + sigma * random::normal_quantile(std::max(0.5 * below, 1e-300)) : std::log(longest);
    (cut < std::log(median) ? low : high) = m;
  }
  return std::exp(0.5 * (low + high));
}

RepairLaw solve(double mean, double median, double longest) {
  double low = 1e-3;
  double high = kWidestSigma;
  const auto law = [&](double sigma) {
    return RepairLaw{uncut_median(median, sigma, longest), sigma, longest};
  };
  for (int i = 0; i < 60; ++i) {
    const double sigma = 0.5 * (low + high);
    (law(sigma).mean() < mean ? low : high) = sigma;
  }
  return law(0.5 * (low + high));
}

}  // namespace

double RepairLaw::mean() const {
  const double whole = median * std::exp(0.5 * sigma * sigma);
  if (!(longest > 0) || !(sigma > 0)) return whole;
  const double z = std::log(longest / median) / sigma;
  return whole * random::normal_cdf(z - sigma) / random::normal_cdf(z);
}

double RepairLaw::below() const {
  return longest > 0 && sigma > 0 ? random::normal_cdf(std::log(longest / median) / sigma) : 1;
}

double RepairLaw::draw(random::Stream& stream, double below) const {
  if (!(longest > 0) || !(sigma > 0)) return stream.lognormal(median, sigma);
  const double p = std::max(stream.uniform() * below, std::numeric_limits<double>::min());
  return median * std::exp(sigma * random::normal_quantile(p));
}

RepairLaw repair_law(double mean, double median, double longest) {
  GW_CHECK(median > 0 && mean >= median, "a repair with mean {} and median {}", mean, median);
  if (!(longest > median) || mean == median) return {median, lognormal_sigma(mean, median), 0};
  // Two nested bisections, 13 million instructions; the futures of a scenario ask for the same few laws.
  constexpr std::size_t kMostKept = 256;
  thread_local std::map<std::array<double, 3>, RepairLaw> solved;
  const std::array question = {mean, median, longest};
  if (const auto known = solved.find(question); known != solved.end()) return known->second;
  if (solved.size() == kMostKept) solved.clear();
  return solved.emplace(question, solve(mean, median, longest)).first->second;
}

}  // namespace gigawatt::reliability
