#include "gigawatt/waveform/taut_string.h"

#include <algorithm>
#include <cstddef>

namespace gigawatt::waveform {
namespace {

struct Knot {
  std::size_t at = 0;
  double energy = 0;
};

double slope(const Knot& a, const Knot& b) {
  return (b.energy - a.energy) / static_cast<double>(b.at - a.at);
}

/// The walls' hulls from the last bend on, and the string up to it.
class Funnel {
 public:
  Funnel(std::size_t steps) : power_(steps) { start({0, 0}); }

  /// Goes on to the next step, whose walls are `low` and `high`.
  void step(std::size_t at, double low, double high) {
    enter(upper_, lower_, {at, high}, 1);
    enter(lower_, upper_, {at, low}, -1);
  }

  std::vector<double> finish(const Knot& end) {
    draw(end);
    return std::move(power_);
  }

 private:
  struct Hull {
    std::vector<Knot> knots;  ///< from `first` on; the first is the last bend
    std::size_t first = 0;
  };

  void start(const Knot& bend) {
    for (Hull* h : {&upper_, &lower_}) {
      h->knots.assign(1, bend);
      h->first = 0;
    }
  }

  /// Adds a knot to one wall's hull; `side` 1 for the upper wall. Where the straight line to it would leave the other
  /// wall, the string bends around that wall's knots.
  void enter(Hull& own, Hull& other, const Knot& knot, double side) {
    while (own.knots.size() - own.first >= 2 &&
           side * slope(own.knots[own.knots.size() - 2], own.knots.back()) >=
               side * slope(own.knots.back(), knot))
      own.knots.pop_back();
    if (own.knots.size() - own.first == 1) {
      // The line from the last bend is straight: hold it against the other wall.
      while (other.knots.size() - other.first >= 2 &&
             side * slope(other.knots[other.first], knot) <
                 side * slope(other.knots[other.first], other.knots[other.first + 1])) {
        ++other.first;
        draw(other.knots[other.first]);
      }
      own.knots.assign(1, other.knots[other.first]);
      own.first = 0;
    }
    if (knot.at > own.knots.back().at) own.knots.push_back(knot);
  }

  /// A straight piece from the last bend.
  void draw(const Knot& to) {
    if (to.at <= drawn_.at) return;
    const double w = slope(drawn_, to);
    std::fill(power_.begin() + static_cast<std::ptrdiff_t>(drawn_.at),
              power_.begin() + static_cast<std::ptrdiff_t>(to.at), w);
    drawn_ = to;
  }

  std::vector<double> power_;
  Knot drawn_;
  Hull upper_, lower_;
};

}  // namespace

std::vector<double> taut_string(const std::vector<double>& watts, double dt_s, double usable_j) {
  if (watts.empty()) return {};
  // In units of watt steps; the walls stand half of the energy on either side.
  const double half = usable_j / dt_s / 2;
  Funnel funnel(watts.size());
  double taken = 0;
  for (std::size_t i = 1; i <= watts.size(); ++i) {
    taken += watts[i - 1];
    const double room = i == watts.size() ? 0 : half;
    funnel.step(i, taken - room, taken + room);
  }
  return funnel.finish({watts.size(), taken});
}

}  // namespace gigawatt::waveform
