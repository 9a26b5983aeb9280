#include "gigawatt/reliability/failure_fit.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "gigawatt/base/check.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/base/random.h"

namespace gigawatt::reliability {
namespace {

constexpr int kReplicas = 500;
constexpr std::size_t kDraws = 4'000'000;  // that resampling may cost; at least kFewest replicas
constexpr std::size_t kFewest = 60;
constexpr std::size_t kFewestGaps = 3;
constexpr double kAlike = 1e-9;
constexpr double kInterval = 0.9;
constexpr double kTop = 0.1;

/// Fewer where the sample is large: what they estimate is then all the more certain.
int replicas(std::size_t n) {
  return static_cast<int>(std::clamp(kDraws / std::max<std::size_t>(n, 1), kFewest, std::size_t{kReplicas}));
}

bool all_alike(const std::vector<double>& x) {
  const auto [least, most] = std::minmax_element(x.begin(), x.end());
  return *most - *least <= kAlike * *most;
}

/// How long a repair took, or takes so far; NaN: not known.
double length_s(const FaultRecord& fault, const FaultSample& sample) {
  return (fault.open ? sample.until_s : fault.end_s) - fault.start_s;
}

double variation(std::span<const double> x) {
  double sum = 0;
  for (const double v : x) sum += v;
  const double mean = sum / static_cast<double>(x.size());
  double square = 0;
  for (const double v : x) square += (v - mean) * (v - mean);
  return mean > 0 ? std::sqrt(square / static_cast<double>(x.size() - 1)) / mean : 0;
}

/// P(X <= n) of a Poisson count.
double poisson_cdf(double n, double mean) {
  double sum = 0;
  for (double k = n; k >= 0; --k) {
    const double term = std::exp(k * std::log(mean) - mean - std::lgamma(k + 1));
    sum += term;
    if (k < mean && term < 1e-17 * sum) break;
  }
  return std::min(sum, 1.0);
}

/// The mean at which P(X <= n) is `p`.
double poisson_mean(double n, double p) {
  double low = 0;
  double high = 2 * n + 20;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (poisson_cdf(n, middle) > p ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// Share of the faults that the tenth with most of them has; sorts `counts`.
double top_share(std::vector<std::int64_t>& counts, std::size_t top, std::uint64_t faults) {
  std::partial_sort(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(top), counts.end(),
                    std::greater<>());
  std::int64_t held = 0;
  for (std::size_t i = 0; i < top; ++i) held += counts[i];
  return static_cast<double>(held) / static_cast<double>(faults);
}

LemonFit lemons(const FaultSample& sample, std::uint64_t seed) {
  LemonFit f;
  const auto nodes = static_cast<std::size_t>(sample.nodes);
  const std::size_t top =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(kTop * static_cast<double>(nodes))));
  std::vector<std::int64_t> counts(nodes, 0);
  for (const FaultRecord& fault : sample.faults) ++counts[fault.node];
  const auto faults = static_cast<double>(sample.faults.size());
  const double mean = faults / static_cast<double>(nodes);
  double square = 0;
  for (const std::int64_t c : counts) {
    square += (static_cast<double>(c) - mean) * (static_cast<double>(c) - mean);
    if (c > 0) ++f.nodes_with_faults;
  }
  f.node_share = static_cast<double>(top) / static_cast<double>(nodes);
  f.dispersion = nodes > 1 ? square / static_cast<double>(nodes - 1) / mean : 1;
  f.fault_share = top_share(counts, top, sample.faults.size());
  random::Stream stream(seed, random::Domain::kMonteCarlo, 4);
  std::vector<double> shares;
  const int rounds = replicas(sample.faults.size() + nodes);
  for (int r = 0; r < rounds; ++r) {
    std::fill(counts.begin(), counts.end(), 0);
    for (std::size_t i = 0; i < sample.faults.size(); ++i) ++counts[stream.below(nodes)];
    shares.push_back(top_share(counts, top, sample.faults.size()));
    f.expected_share += shares.back() / rounds;
  }
  std::sort(shares.begin(), shares.end());
  f.highest_by_chance = shares[static_cast<std::size_t>(0.95 * (rounds - 1))];
  return f;
}

std::vector<CauseFit> causes(const FaultSample& sample, double exposure_s) {
  std::vector<CauseFit> out(sample.causes.size());
  std::vector<std::vector<double>> repairs(out.size());
  for (const FaultRecord& fault : sample.faults) {
    ++out[fault.cause].count;
    const double length = length_s(fault, sample);
    if (std::isnan(length)) continue;
    repairs[fault.cause].push_back(length);
    if (length <= 0) ++out[fault.cause].repairs_no_length;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    CauseFit& c = out[i];
    c.name = sample.causes[i];
    const auto n = static_cast<double>(c.count);
    c.rate_per_node_s = n / exposure_s;
    c.low = n > 0 ? poisson_mean(n - 1, 0.5 * (1 + kInterval)) / exposure_s : 0;
    c.high = poisson_mean(n, 0.5 * (1 - kInterval)) / exposure_s;
    auto& r = repairs[i];
    c.repairs = r.size();
    if (r.empty()) continue;
    std::sort(r.begin(), r.end());
    const std::size_t middle = r.size() / 2;
    c.repair_median_s = r.size() % 2 == 1 ? r[middle] : 0.5 * (r[middle - 1] + r[middle]);
    for (const double v : r) c.repair_mean_s += v / static_cast<double>(r.size());
  }
  std::erase_if(out, [](const CauseFit& c) { return c.count == 0; });
  std::stable_sort(out.begin(), out.end(),
                   [](const CauseFit& a, const CauseFit& b) { return a.count > b.count; });
  return out;
}

/// Time in which at least one fault of a node was open, summed over the nodes.
double down_s(const FaultSample& sample) {
  std::map<std::uint32_t, double> until;  // by node
  double down = 0;
  for (const FaultRecord& fault : sample.faults) {
    const double end_s = fault.open ? sample.until_s : fault.end_s;
    if (std::isnan(end_s)) continue;
    const auto [entry, added] = until.try_emplace(fault.node, fault.start_s);
    const double from = std::max(entry->second, fault.start_s);
    if (end_s > from) down += end_s - from;
    entry->second = std::max(entry->second, end_s);
  }
  return down;
}

/// Median, mean and 95th percentile of all repairs, those of no length and those that were not over too.
void describe(const FaultSample& sample, LognormalFit& fit) {
  std::vector<double> x;
  double sum = 0;
  for (const FaultRecord& fault : sample.faults) {
    const double length = length_s(fault, sample);
    if (std::isnan(length)) continue;
    x.push_back(length);
    sum += length;
  }
  std::sort(x.begin(), x.end());
  fit.median_s = base::quantile(x, 0.5);
  fit.p95_s = base::quantile(x, 0.95);
  fit.longest_s = x.back();
  fit.mean_s = sum / static_cast<double>(x.size());
}

void fit_repairs(const FaultSample& sample, std::uint64_t seed, FailureFit& f) {
  std::vector<double> over, open;
  for (const FaultRecord& fault : sample.faults) {
    const double length = length_s(fault, sample);
    if (std::isnan(length)) continue;
    if (length <= 0)
      f.repairs_no_length += fault.open ? 0 : 1;
    else
      (fault.open ? open : over).push_back(length);
  }
  if (over.size() >= 2 && (!open.empty() || !all_alike(over)))
    f.repair = fit_lognormal(over, seed, kReplicas, open);
  f.repair.samples = over.size();
  f.repair.open = open.size();
  f.repair.law = f.repair.law && f.repair.log_sigma.value > 0;
  if (over.size() + open.size() + f.repairs_no_length > 0) describe(sample, f.repair);
}

void fit_gaps(const FaultSample& sample, std::uint64_t seed, FailureFit& f) {
  std::vector<double> gaps, positive;
  for (std::size_t i = 1; i < sample.faults.size(); ++i) {
    gaps.push_back(sample.faults[i].start_s - sample.faults[i - 1].start_s);
    if (gaps.back() > 0) positive.push_back(gaps.back());
  }
  f.zero_gaps = gaps.size() - positive.size();
  f.gap_variation.value = variation(gaps);
  random::Stream stream(seed, random::Domain::kMonteCarlo, 5);
  std::vector<double> replica(gaps.size()), values;
  const int rounds = replicas(gaps.size());
  for (int r = 0; r < rounds; ++r) {
    for (double& v : replica) v = gaps[stream.below(gaps.size())];
    values.push_back(variation(replica));
  }
  double mean = 0, square = 0;
  for (const double v : values) mean += v / rounds;
  for (const double v : values) square += (v - mean) * (v - mean);
  f.gap_variation.standard_error = std::sqrt(square / (rounds - 1));
  if (positive.size() < kFewestGaps) return;
  f.exponential = fit_exponential(positive, seed, kReplicas);
  if (all_alike(positive)) return;
  f.weibull = fit_weibull(positive, seed, kReplicas);
  // Akaike: twice the parameters minus twice the log-likelihood.
  f.weibull_better = 2 * 2 - 2 * f.weibull->log_likelihood < 2 * 1 - 2 * f.exponential->log_likelihood;
}

}  // namespace

FailureFit fit_failures(const FaultSample& sample, std::uint64_t seed) {
  GW_CHECK(sample.faults.size() >= 3 && sample.observed_s > 0 && sample.nodes > 0,
           "{} faults of {} nodes in {} s", sample.faults.size(), sample.nodes, sample.observed_s);
  FailureFit f;
  f.faults = sample.faults.size();
  f.observed_s = sample.observed_s;
  f.nodes = sample.nodes;
  const double exposure_s = static_cast<double>(sample.nodes) * sample.observed_s;
  const auto n = static_cast<double>(f.faults);
  f.rate_per_node_s = {n / exposure_s, std::sqrt(n) / exposure_s};
  f.unavailability = down_s(sample) / exposure_s;

  fit_gaps(sample, seed, f);
  f.lemons = lemons(sample, seed);
  fit_repairs(sample, seed, f);
  f.causes = causes(sample, exposure_s);
  return f;
}

}  // namespace gigawatt::reliability
