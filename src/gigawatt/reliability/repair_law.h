#pragma once
/// How long a node is away: a log-normal that may end.
///
/// The times of a year's repairs have a heavy tail, but an end: what takes longer is exchanged. Without the end, a
/// log-normal of the mean and median that were measured has a large part of its mean in repairs longer than the record
/// itself (InfiniteHBD's GPUs, 6.48 and 0.70 days: 31% in repairs of more than half a year), and a fleet that draws
/// from it over a year is available more often than the one that was measured. So mean and median are those of the
/// log-normal cut at `longest`: with Phi the standard normal distribution function and z = ln(longest / m) / sigma
///
///     mean   = m exp(sigma^2 / 2) Phi(z - sigma) / Phi(z)
///     median = m exp(sigma Phi^-1(Phi(z) / 2))

#include "gigawatt/base/random.h"

namespace gigawatt::reliability {

struct RepairLaw {
  double median = 0;   ///< of the log-normal before it is cut
  double sigma = 0;    ///< of its logarithm
  double longest = 0;  ///< 0: it does not end

  double mean() const;
  /// Share of the uncut law that lies below the end; 1 where it does not end.
  double below() const;
  double draw(random::Stream& stream) const { return draw(stream, below()); }
  /// For many draws: with below() worked out once.
  double draw(random::Stream& stream, double below) const;
};

/// The law with this mean and median, in any unit. Where none that ends at `longest` has so large a mean, the one with
/// the widest spread that is tried. `mean` >= `median` > 0; a `longest` not above the median is none.
RepairLaw repair_law(double mean, double median, double longest);

}  // namespace gigawatt::reliability
