#pragma once
/// Counter-based random streams (Philox 4x32-10, Salmon et al., SC'11, through Random123) and our own distributions,
/// since the standard library's differ between implementations.
///
/// A stream is named by (seed, domain, entity): job 7's failures do not move when job 6 gets one draw more, and
/// no draw depends on the thread that makes it.

#include <array>
#include <cstdint>

namespace gigawatt::random {

/// What a stream is for. Values are part of stored results: append, never renumber.
enum class Domain : std::uint32_t {
  kBuildout = 1,
  kFailure = 2,
  kVictim = 3,
  kRepair = 4,
  kDetection = 5,
  kJob = 6,
  kArrival = 7,
  kCause = 8,
  kMonteCarlo = 9,
  kTraffic = 10,
  kStepTime = 11,
  kTest = 1000,
};

class Stream {
 public:
  Stream(std::uint64_t seed, Domain domain, std::uint64_t entity);

  std::uint64_t bits();                  ///< 64 uniform bits
  double uniform();                      ///< (0, 1), never 0 or 1
  std::uint64_t below(std::uint64_t n);  ///< uniform on {0..n-1}, unbiased; n > 0
  double exponential(double mean);
  double normal(double mean, double sigma);
  /// Log-normal given by its own median and the sigma of its logarithm.
  double lognormal(double median, double sigma_log);
  double weibull(double scale, double shape);
  std::uint64_t poisson(double mean);

  /// State for snapshots: the counter's position; restoring it continues the same sequence.
  struct State {
    std::uint64_t position = 0;
    friend bool operator==(const State&, const State&) = default;
  };
  State state() const { return {position_}; }
  void restore(State state);

 private:
  void refill();

  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 2> high_counter_{};
  std::uint64_t position_ = 0;  // 64-bit words handed out
  std::array<std::uint64_t, 2> block_{};
};

/// The standard normal distribution function.
double normal_cdf(double z);

/// Inverse of the standard normal distribution function (Wichura 1988, AS241, relative error < 1e-15), p in (0, 1).
double normal_quantile(double p);

}  // namespace gigawatt::random
