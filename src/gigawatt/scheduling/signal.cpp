#include "gigawatt/scheduling/signal.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::scheduling {
namespace {

// Means that differ by less are the same: the first start wins.
constexpr double kSame = 1e-12;

}  // namespace

Signal::Signal(std::vector<SignalStep> steps) : steps_(std::move(steps)) {
  GW_CHECK(!steps_.empty());
  integral_.resize(steps_.size());
  for (std::size_t i = 1; i < steps_.size(); ++i) {
    GW_CHECK(steps_[i].from > steps_[i - 1].from, "step {} of a signal is not after the one before", i);
    integral_[i] =
        integral_[i - 1] + steps_[i - 1].value * (steps_[i].from - steps_[i - 1].from).to_seconds();
  }
}

double Signal::integral(base::SimTime t) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t,
                                      [](base::SimTime x, const SignalStep& s) { return x < s.from; });
  const std::size_t i = after == steps_.begin() ? 0 : static_cast<std::size_t>(after - steps_.begin()) - 1;
  return integral_[i] + steps_[i].value * (t - steps_[i].from).to_seconds();
}

double Signal::at(base::SimTime t) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t,
                                      [](base::SimTime x, const SignalStep& s) { return x < s.from; });
  return after == steps_.begin() ? steps_.front().value : (after - 1)->value;
}

double Signal::mean(base::SimTime from, base::SimTime to) const {
  if (to <= from) return at(from);
  return (integral(to) - integral(from)) / (to - from).to_seconds();
}

base::SimTime Signal::best_start(base::SimTime earliest, base::SimTime latest, base::Duration length) const {
  base::SimTime best = earliest;
  double least = mean(earliest, earliest + length);
  std::vector<base::SimTime> starts;
  const auto meets = [&](base::SimTime first, base::Duration shift) {
    auto step = std::upper_bound(steps_.begin(), steps_.end(), first,
                                 [](base::SimTime x, const SignalStep& s) { return x < s.from; });
    for (; step != steps_.end() && step->from - shift <= latest; ++step) starts.push_back(step->from - shift);
  };
  meets(earliest, {0});
  meets(earliest + length, length);
  starts.push_back(latest);
  std::sort(starts.begin(), starts.end());
  for (const base::SimTime start : starts) {
    if (start < earliest) continue;
    const double value = mean(start, start + length);
    if (value < least - kSame * std::max(1.0, std::abs(least))) {
      least = value;
      best = start;
    }
  }
  return best;
}

}  // namespace gigawatt::scheduling
