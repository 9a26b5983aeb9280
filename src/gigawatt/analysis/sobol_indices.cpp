#include "gigawatt/analysis/sobol_indices.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gigawatt/base/check.h"
#include "gigawatt/base/parallel.h"
#include "gigawatt/base/quantile.h"
#include "gigawatt/base/random.h"

namespace gigawatt::analysis {
namespace {

constexpr std::size_t kDraws = 400;
constexpr double kTail = 0.05;
/// Relative to the mean: a spread below is rounding.
constexpr double kNoSpread = 1e-12;
/// Streams of the bootstrap lie apart from those of futures and designs.
constexpr std::uint64_t kFirstSobolStream = std::uint64_t{1} << 41;

struct IndexEstimate {
  double mean = 0, variance = 0;
  std::vector<double> first, total;
};

/// Over the samples with these numbers, which may repeat.
IndexEstimate estimate(const SobolSample& s, const std::vector<std::size_t>& which) {
  const auto n = static_cast<double>(which.size());
  IndexEstimate out;
  for (const std::size_t k : which) out.mean += s.a[k] + s.b[k];
  out.mean /= 2 * n;
  for (const std::size_t k : which)
    for (const double x : {s.a[k], s.b[k]}) out.variance += (x - out.mean) * (x - out.mean);
  out.variance /= 2 * n - 1;
  for (const auto& mixed : s.mixed) {
    double first = 0, total = 0;
    for (const std::size_t k : which) {
      first += (s.b[k] - out.mean) * (mixed[k] - s.a[k]);
      total += (s.a[k] - mixed[k]) * (s.a[k] - mixed[k]);
    }
    out.first.push_back(first / (n * out.variance));
    out.total.push_back(total / (2 * n * out.variance));
  }
  return out;
}

std::vector<std::size_t> up_to(std::size_t n) {
  std::vector<std::size_t> out(n);
  std::iota(out.begin(), out.end(), std::size_t{0});
  return out;
}

}  // namespace

double SobolIndices::widest() const {
  double out = 0;
  for (const SobolInput& input : inputs) out = std::max(out, (input.total.high - input.total.low) / 2);
  return out;
}

SobolIndices sobol_indices(const SobolSample& sample, std::uint64_t seed) {
  const std::size_t n = sample.a.size();
  GW_CHECK(sample.b.size() == n, "{} and {} samples", n, sample.b.size());
  SobolIndices out;
  out.samples = n;
  if (n < 2) return out;
  const IndexEstimate all = estimate(sample, up_to(n));
  out.mean = all.mean;
  out.deviation = std::sqrt(all.variance);
  if (!(out.deviation > kNoSpread * std::abs(out.mean))) return out;
  for (const std::size_t part : {n / 4, n / 2, n})
    if (part >= 2) {
      IndexEstimate then = estimate(sample, up_to(part));
      if (then.variance > 0) out.stages.push_back({part, std::move(then.first), std::move(then.total)});
    }
  std::vector<IndexEstimate> draws(kDraws);
  base::parallel_for(kDraws, [&](std::size_t d) {
    random::Stream stream(seed, random::Domain::kMonteCarlo, kFirstSobolStream + d);
    std::vector<std::size_t> which(n);
    for (auto& k : which) k = stream.below(n);
    draws[d] = estimate(sample, which);
  });
  std::erase_if(draws, [](const IndexEstimate& e) { return !(e.variance > 0); });
  for (std::size_t i = 0; i < sample.mixed.size(); ++i) {
    const auto index = [&](double value, std::vector<double> IndexEstimate::* part) {
      std::vector<double> drawn;
      for (const IndexEstimate& e : draws) drawn.push_back((e.*part)[i]);
      return SobolIndex{value, base::quantile_of(drawn, kTail), base::quantile_of(drawn, 1 - kTail)};
    };
    out.inputs.push_back(
        {index(all.first[i], &IndexEstimate::first), index(all.total[i], &IndexEstimate::total)});
  }
  return out;
}

}  // namespace gigawatt::analysis
