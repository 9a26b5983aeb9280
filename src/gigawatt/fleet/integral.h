#pragma once
/// Exact integrals over simulated time: counts times microseconds and milliwatts times microseconds in 128-bit
/// integers, so that sums do not depend on their order and ledgers balance to the last bit.

#include <cstdint>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::fleet {

__extension__ using Int128 = __int128;

/// Integral of a count (nodes, accelerators) over time.
using CountTime = Int128;  ///< count x microseconds
/// Integral of power over time.
using MilliwattTime = Int128;  ///< mW x microseconds = nJ

inline double to_hours(CountTime t) { return static_cast<double>(t) / 3.6e9; }
inline double to_joules(MilliwattTime e) { return static_cast<double>(e) * 1e-9; }

/// A count whose integral is kept lazily: `add` first accounts for the time since the last change.
class Integrated {
 public:
  std::int64_t value() const { return value_; }
  void advance(base::SimTime now) {
    integral_ += Int128{value_} * (now.us - since_us_);
    since_us_ = now.us;
  }
  void add(std::int64_t delta, base::SimTime now) {
    advance(now);
    value_ += delta;
  }
  void start(base::SimTime now) { since_us_ = now.us; }
  Int128 integral() const { return integral_; }

 private:
  std::int64_t value_ = 0;
  std::int64_t since_us_ = 0;
  Int128 integral_ = 0;
};

}  // namespace gigawatt::fleet
