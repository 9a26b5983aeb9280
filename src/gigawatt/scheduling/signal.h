#pragma once
/// A price or a carbon intensity over time, as steps that hold until the next; constant before the first and after
/// the last. Known in advance, as a day-ahead market's is.

#include <vector>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::scheduling {

struct SignalStep {
  base::SimTime from;
  double value = 0;
};

class Signal {
 public:
  /// `steps` ascending in time, at least one.
  explicit Signal(std::vector<SignalStep> steps);

  /// What it covers: from the first step to the end of the last, taken to be as long as the one before it.
  base::SimTime from() const { return steps_.front().from; }
  base::SimTime to() const {
    const std::size_t n = steps_.size();
    return n == 1 ? steps_[0].from : steps_[n - 1].from + (steps_[n - 1].from - steps_[n - 2].from);
  }

  double at(base::SimTime t) const;
  /// Mean over [from, to]; the value at `from` where the span is empty.
  double mean(base::SimTime from, base::SimTime to) const;

  /// When to start a job of this length between `earliest` and `latest` so that its mean is least; the first such
  /// start. The mean over a moving window is piecewise linear in its start, so that only the ends of the span and
  /// starts at which either end of the job meets a step can be best.
  base::SimTime best_start(base::SimTime earliest, base::SimTime latest, base::Duration length) const;

 private:
  double integral(base::SimTime t) const;  // from the first step on; value x seconds

  std::vector<SignalStep> steps_;
  std::vector<double> integral_;  // up to each step
};

}  // namespace gigawatt::scheduling
