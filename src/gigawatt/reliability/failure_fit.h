#pragma once
/// The failure behavior of a fleet from a log of its faults.
///
/// Gaps between successive faults of the whole fleet, by maximum likelihood:
///   exponential  rate = n / sum x, standard error rate / sqrt(n)
///   Weibull      shape k solves  sum x^k ln x / sum x^k - 1/k = mean ln x,  scale = (mean x^k)^(1/k); asymptotic
///                standard errors 0.7797 k / sqrt(n) and 1.0529 scale / (k sqrt(n)) (Cohen, Technometrics 7, 1965)
/// and log-normal repair times. Goodness of fit: the Kolmogorov-Smirnov distance D, and its p-value by a parametric
/// bootstrap that fits every replica anew (with fitted parameters the textbook's p-value is far too kind: Lilliefors
/// 1967; Clauset, Shalizi and Newman, SIAM Review 51, 2009). Which of the two describes the gaps better: Akaike's
/// criterion.
///
/// Of large samples (more than 1,000 values) the p-value is that of the scaled distance sqrt(n) D, whose distribution
/// no longer depends on n; beyond sqrt(n) D = 2 it is below 2 exp(-8), which even known parameters do not exceed
/// (Kolmogorov 1933), and nothing is drawn.
///
/// Repairs that were not over are right-censored: the log-normal law maximizes the likelihood with their length so far
/// as a lower bound (Dempster, Laird and Rubin, JRSS B 39, 1977); the mean of the sample counts that length and is then
/// a lower bound too.
///
/// Bursts: the coefficient of variation of the gaps; 1 without bursts. Its standard error is a bootstrap's.
/// Lemons: the share of faults on the tenth of the nodes with most of them, against what equal nodes would show by
/// chance (simulated), and the index of dispersion (variance over mean of the counts by node; 1 for equal nodes).
/// Rates by cause have exact Poisson intervals (Garwood 1936).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gigawatt::reliability {

struct FaultRecord {
  double start_s = 0;
  double end_s = 0;  ///< NaN: not over (`open`), or not known
  std::uint32_t node = 0;
  std::uint32_t cause = 0;
  bool open = false;  ///< was not over at the end of the observation
};

struct FaultSample {
  std::vector<FaultRecord> faults;  ///< by start
  std::vector<std::string> causes;
  std::int64_t nodes = 0;  ///< of the fleet, those without a fault included
  double observed_s = 0;
  double until_s =
      0;  ///< end of the observation, on the clock of the faults: open repairs are censored there
};

struct Estimate {
  double value = 0;
  double standard_error = 0;
};

struct Goodness {
  double distance = 0;  ///< Kolmogorov-Smirnov
  double p = 0;         ///< of a distance as large, were the fitted law true
};

struct ExponentialFit {
  Estimate rate_per_s;
  Goodness goodness;
  double log_likelihood = 0;
};
struct WeibullFit {
  Estimate shape;
  Estimate scale_s;
  Goodness goodness;
  double log_likelihood = 0;
};
struct LognormalFit {
  std::uint64_t samples = 0;  ///< repairs that were over and took time
  std::uint64_t open = 0;     ///< that were not over, counted with their length so far
  bool law = false;           ///< false: too few, or all alike; only the sample itself is described
  Estimate log_mean;          ///< of ln(seconds)
  Estimate log_sigma;
  Goodness goodness;
  double median_s = 0, mean_s = 0, p95_s = 0, longest_s = 0;  ///< of the sample itself
};

struct CauseFit {
  std::string name;
  std::uint64_t count = 0;
  double rate_per_node_s = 0, low = 0, high = 0;  ///< 90% interval
  std::uint64_t repairs = 0;                      ///< that are known, open ones included
  std::uint64_t repairs_no_length = 0;            ///< of these
  double repair_mean_s = 0, repair_median_s = 0;
};

struct LemonFit {
  double node_share = 0.1;       ///< of the nodes, those with most faults
  double fault_share = 0;        ///< that they have
  double expected_share = 0;     ///< by chance, were all nodes equal
  double highest_by_chance = 0;  ///< 95th percentile of the same
  double dispersion = 1;
  std::uint64_t nodes_with_faults = 0;
};

struct FailureFit {
  std::uint64_t faults = 0;
  double observed_s = 0;
  std::int64_t nodes = 0;
  Estimate rate_per_node_s;
  double unavailability = 0;                  ///< node time out of service, of all
  std::optional<ExponentialFit> exponential;  ///< none: fewer than three positive gaps
  std::optional<WeibullFit> weibull;          ///< none: these, or gaps that are all alike
  bool weibull_better = false;
  Estimate gap_variation;
  std::uint64_t zero_gaps = 0;  ///< several faults at one instant: left out of the laws, not of the variation
  LemonFit lemons;
  LognormalFit repair;
  std::uint64_t repairs_no_length = 0;  ///< in the mean and median of the sample, not in the law
  std::vector<CauseFit> causes;         ///< most frequent first
};

/// At least three faults, `observed_s` and `nodes` positive (base::InternalError otherwise).
FailureFit fit_failures(const FaultSample& sample, std::uint64_t seed);

/// Single laws, for tests and other data. `x` positive, at least two values, not all alike for the last two; `open`
/// are values that are known to be larger than these.
ExponentialFit fit_exponential(std::span<const double> x, std::uint64_t seed, int replicas);
WeibullFit fit_weibull(std::span<const double> x, std::uint64_t seed, int replicas);
LognormalFit fit_lognormal(std::span<const double> x, std::uint64_t seed, int replicas,
                           std::span<const double> open = {});

}  // namespace gigawatt::reliability
