#include "gigawatt/base/random.h"

#include <cmath>

#include <Random123/philox.h>

#include "gigawatt/base/check.h"

namespace gigawatt::random {
namespace {

__extension__ using Uint128 = unsigned __int128;

template <std::size_t N>
double horner(const double (&c)[N], double x) {
  double sum = 0;
  for (std::size_t i = N; i-- > 0;) sum = sum * x + c[i];
  return sum;
}

}  // namespace

Stream::Stream(std::uint64_t seed, Domain domain, std::uint64_t entity)
    : key_{static_cast<std::uint32_t>(seed) ^ (static_cast<std::uint32_t>(domain) * 0x9E3779B9u),
           static_cast<std::uint32_t>(seed >> 32)},
      high_counter_{static_cast<std::uint32_t>(entity), static_cast<std::uint32_t>(entity >> 32)} {}

void Stream::refill() {
  const std::uint64_t block = position_ / 2;
  const r123::Philox4x32::ctr_type counter = {{static_cast<std::uint32_t>(block),
                                               static_cast<std::uint32_t>(block >> 32), high_counter_[0],
                                               high_counter_[1]}};
  const r123::Philox4x32::key_type key = {{key_[0], key_[1]}};
  const auto out = r123::Philox4x32{}(counter, key);
  block_ = {out[0] | std::uint64_t{out[1]} << 32, out[2] | std::uint64_t{out[3]} << 32};
}

std::uint64_t Stream::bits() {
  if (position_ % 2 == 0) refill();
  return block_[position_++ % 2];
}

void Stream::restore(State state) {
  position_ = state.position;
  if (position_ % 2 == 1) refill();
}

double Stream::uniform() {
  // 52 bits and half a step: symmetric, never 0 or 1.
  return (static_cast<double>(bits() >> 12) + 0.5) * 0x1.0p-52;
}

std::uint64_t Stream::below(std::uint64_t n) {
  GW_CHECK(n > 0);
  // Lemire 2019: multiply-shift with rejection of the biased low part.
  const std::uint64_t threshold = (0 - n) % n;
  for (;;) {
    const auto product = static_cast<Uint128>(bits()) * n;
    if (static_cast<std::uint64_t>(product) >= threshold) return static_cast<std::uint64_t>(product >> 64);
  }
}

double Stream::exponential(double mean) { return -mean * std::log(uniform()); }
double Stream::normal(double mean, double sigma) { return mean + sigma * normal_quantile(uniform()); }
double Stream::lognormal(double median, double sigma_log) { return median * std::exp(normal(0, sigma_log)); }
double Stream::weibull(double scale, double shape) {
  return scale * std::pow(-std::log(uniform()), 1 / shape);
}

std::uint64_t Stream::poisson(double mean) {
  GW_CHECK(mean >= 0 && mean < 1e15, "Poisson mean {}", mean);
  // Split off exact parts of at most 32 and count by multiplication; above 1000 the normal approximation with
  // continuity correction is within 1e-3 of the distribution function.
  if (mean > 1000) {
    const double x = std::floor(normal(mean, std::sqrt(mean)) + 0.5);
    return x < 0 ? 0 : static_cast<std::uint64_t>(x);
  }
  std::uint64_t count = 0;
  while (mean > 0) {
    const double part = mean > 32 ? 32 : mean;
    mean -= part;
    const double limit = std::exp(-part);
    for (double product = uniform(); product > limit; product *= uniform()) ++count;
  }
  return count;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double normal_quantile(double p) {
  GW_CHECK(p > 0 && p < 1, "quantile of {}", p);
  static constexpr double kA[] = {3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427,
                                  13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
                                  33430.575583588128105, 2509.0809287301226727};
  static constexpr double kB[] = {1.0,
                                  42.313330701600911252,
                                  687.18700749205790830,
                                  5394.1960214247511077,
                                  21213.794301586595867,
                                  39307.895800092710610,
                                  28729.085735721942674,
                                  5226.4952788528545610};
  static constexpr double kC[] = {1.42343711074968357734,   4.63033784615654529590,   5.76949722146069140550,
                                  3.64784832476320460504,   1.27045825245236838258,   0.241780725177450611770,
                                  0.0227238449892691845833, 7.74545014278341407640e-4};
  static constexpr double kD[] = {1.0,
                                  2.05319162663775882187,
                                  1.67638483018380384940,
                                  0.689767334985100004550,
                                  0.148103976427480074590,
                                  0.0151986665636164571966,
                                  5.47593808499534494600e-4,
                                  1.05075007164441684324e-9};
  static constexpr double kE[] = {6.65790464350110377720,    5.46378491116411436990,
                                  1.78482653991729133580,    0.296560571828504891230,
                                  0.0265321895265761230930,  1.24266094738807843860e-3,
                                  2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double kF[] = {1.0,
                                  0.599832206555887937690,
                                  0.136929880922735805310,
                                  0.0148753612908506148525,
                                  7.86869131145613259100e-4,
                                  1.84631831751005468180e-5,
                                  1.42151175831644588870e-7,
                                  2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * horner(kA, r) / horner(kB, r);
  }
  const double tail = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  const double x = tail <= 5 ? horner(kC, tail - 1.6) / horner(kD, tail - 1.6)
                             : horner(kE, tail - 5) / horner(kF, tail - 5);
  return q < 0 ? -x : x;
}

}  // namespace gigawatt::random
