#include "gigawatt/scheduling/profile.h"

#include <algorithm>

namespace gigawatt::scheduling {

std::int64_t Profile::at(base::SimTime t) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t,
                                      [](base::SimTime x, const Step& s) { return x < s.from; });
  return after == steps_.begin() ? steps_.front().free : (after - 1)->free;
}

std::size_t Profile::cut(base::SimTime t) {
  const auto at_or_after = std::lower_bound(steps_.begin(), steps_.end(), t,
                                            [](const Step& s, base::SimTime x) { return s.from < x; });
  const auto i = static_cast<std::size_t>(at_or_after - steps_.begin());
  if (i < steps_.size() && steps_[i].from == t) return i;
  steps_.insert(at_or_after, {t, steps_[i - 1].free});
  return i;
}

void Profile::add(base::SimTime from, base::SimTime to, std::int64_t units) {
  from = std::max(from, steps_.front().from);
  if (to <= from || units == 0) return;
  const std::size_t first = cut(from);
  const std::size_t last = cut(to);
  for (std::size_t i = first; i < last; ++i) steps_[i].free += units;
  // Neighbors that have become equal are one.
  const auto begin = steps_.begin() + static_cast<std::ptrdiff_t>(first == 0 ? 0 : first - 1);
  const auto end = steps_.begin() + static_cast<std::ptrdiff_t>(std::min(last + 1, steps_.size()));
  const auto kept = std::unique(begin, end, [](const Step& a, const Step& b) { return a.free == b.free; });
  steps_.erase(kept, end);
}

base::SimTime Profile::earliest(std::int64_t units, base::Duration length) const {
  std::size_t i = 0;
  while (i < steps_.size()) {
    if (steps_[i].free < units) {
      ++i;
      continue;
    }
    const base::SimTime end = steps_[i].from + length;
    std::size_t j = i + 1;
    while (j < steps_.size() && steps_[j].from < end && steps_[j].free >= units) ++j;
    if (j == steps_.size() || steps_[j].from >= end) return steps_[i].from;
    i = j;
  }
  return base::SimTime::max();
}

void Profile::advance(base::SimTime now) {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), now,
                                      [](base::SimTime x, const Step& s) { return x < s.from; });
  if (after == steps_.begin()) return;
  steps_.erase(steps_.begin(), after - 1);
  steps_.front().from = now;
}

}  // namespace gigawatt::scheduling
