#include "gigawatt/fleet/repairs_by_month.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "gigawatt/fleet/model.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::fleet {
namespace {

constexpr double kFewFailures = 32;  // above, the normal distribution counts them
// A log-normal that does not end is followed this far.
constexpr double kLongest_s = 3 * units::kYear_s;
constexpr double kMonth_s = units::kYear_s / 12;
constexpr std::size_t kInstants = 48;   // of a span, at which the path is drawn
constexpr double kSpansInOctave = 8.0;  // that share one shape of the path

/// E[S^k] of the log-normal before it is cut.
double moment(const reliability::RepairLaw& law, int k) {
  return std::pow(law.median, k) * std::exp(0.5 * k * k * law.sigma * law.sigma);
}

}  // namespace

RepairsByMonth::RepairsByMonth(const reliability::FailureModel& failures) {
  for (std::uint32_t cause = 0; cause < failures.classes().size(); ++cause) {
    const reliability::FailureClass& c = failures.classes()[cause];
    const double rate = failures.idle_rate(cause);
    rates_.push_back(rate);
    if (!(rate > 0) || !(c.repair_median_s > 0)) continue;
    const reliability::RepairLaw law{c.repair_median_s, c.repair_sigma, c.repair_longest_s};
    const Repairs one{rate, law, law.below(), moment(law, 1), moment(law, 2)};
    const auto known = std::find_if(repairs_.begin(), repairs_.end(), [&](const Repairs& r) {
      return r.law.median == law.median && r.law.sigma == law.sigma && r.law.longest == law.longest;
    });
    if (known == repairs_.end())
      repairs_.push_back(one);
    else
      known->rate += rate;
    longest_s_ = std::max(longest_s_, law.longest > 0 ? law.longest : kLongest_s);
    second_s_ += rate * one.part(2, kLongest_s);
  }
}

double RepairsByMonth::Repairs::part(int k, double x) const {
  const double whole = k == 0 ? 1 : k == 1 ? first : second;
  if (!(law.sigma > 0)) return x > law.median ? whole : 0;
  if (!(x > 0)) return 0;
  if (law.longest > 0) x = std::min(x, law.longest);
  return whole * random::normal_cdf(std::log(x / law.median) / law.sigma - k * law.sigma) / below;
}

double RepairsByMonth::within(double span_s) const {
  double sum = 0;
  for (const Repairs& r : repairs_)
    sum += r.rate * (span_s * r.part(1, span_s) - 0.5 * r.part(2, span_s) +
                     0.5 * span_s * span_s * (1 - r.part(0, span_s)));
  return sum;
}

double RepairsByMonth::left_over(const std::vector<InService>& history, base::SimTime from,
                                 base::SimTime until) const {
  double sum = 0, before = 0;  // nodes in service until the edge
  for (const InService& edge : history) {
    sum += (edge.nodes - before) *
           (within((until - edge.from).to_seconds()) - within((from - edge.from).to_seconds()));
    before = edge.nodes;
  }
  const double span_s = (until - from).to_seconds();
  return std::max(0.0, (sum - before * within(span_s)) / span_s);
}

double RepairsByMonth::draw(double expected, double nodes, double span_s, random::Stream& stream) const {
  if (!(expected > 0)) return 0;
  const double served = nodes / (nodes + expected);
  const double variance = std::min(expected * served, nodes * second_s_ / span_s * served * served);
  return std::max(0.0, stream.normal(expected, std::sqrt(variance)));
}

double RepairsByMonth::covariance(double lag_s) const {
  double sum = 0;
  for (const Repairs& r : repairs_) {
    const double left = std::max(0.0, r.part(1, kLongest_s) - r.part(1, lag_s));  // E[S; S > lag]
    sum += r.rate * std::max(0.0, left - lag_s * (1 - r.part(0, lag_s)));
  }
  return sum;
}

const std::vector<double>& RepairsByMonth::path_factor(double span_s) {
  const int octave = static_cast<int>(std::lround(kSpansInOctave * std::log2(span_s / kMonth_s)));
  auto& factor = factors_[octave];
  if (!factor.empty()) return factor;
  const double step_s = kMonth_s * std::exp2(octave / kSpansInOctave) / kInstants;
  std::vector<double> at(kInstants);
  for (std::size_t i = 0; i < kInstants; ++i) at[i] = covariance(static_cast<double>(i) * step_s);
  factor.resize(kInstants * kInstants);
  const double least = 1e-12 * at[0];  // what rounding leaves of a pivot
  for (std::size_t i = 0; i < kInstants; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double left = at[i - j];
      for (std::size_t k = 0; k < j; ++k) left -= factor[i * kInstants + k] * factor[j * kInstants + k];
      factor[i * kInstants + j] =
          i == j ? std::sqrt(std::max(least, left)) : left / factor[j * kInstants + j];
    }
  return factor;
}

Excursion RepairsByMonth::excursion(double expected, double nodes, double span_s, random::Stream& stream) {
  if (!(expected > 0) || !(nodes > 0) || !(span_s > 0)) return {};
  const auto& factor = path_factor(span_s);
  const double served = nodes / (nodes + expected);
  const double scale = std::sqrt(nodes * served);
  std::array<double, kInstants> deviates{}, path{};
  for (double& deviate : deviates) deviate = stream.normal(0, 1);
  double mean = 0;
  for (std::size_t i = 0; i < kInstants; ++i) {
    for (std::size_t k = 0; k <= i; ++k) path[i] += factor[i * kInstants + k] * deviates[k];
    path[i] *= scale;
    mean += path[i] / kInstants;
  }
  // Between two instants a bridge, whose extremes follow by reflection from one uniform number.
  const double step_s = span_s / kInstants;
  const double variance = 2 * scale * scale * std::max(0.0, covariance(0) - covariance(step_s));
  double highest = path[0], lowest = path[0];
  std::size_t highest_at = 0, lowest_at = 0;
  for (std::size_t i = 1; i < kInstants; ++i) {
    const double middle = 0.5 * (path[i - 1] + path[i]), apart = path[i] - path[i - 1];
    const double reach = 0.5 * std::sqrt(apart * apart - 2 * variance * std::log(1 - stream.uniform()));
    if (middle + reach > highest) highest = middle + reach, highest_at = i;
    if (middle - reach < lowest) lowest = middle - reach, lowest_at = i;
  }
  return {std::max(0.0, highest - mean), std::max(0.0, mean - lowest), highest_at <= lowest_at};
}

double RepairsByMonth::expected_in_month(double nodes) const {
  double rate = 0;
  for (const Repairs& r : repairs_) rate += r.rate;
  return rate * nodes * kMonth_s;
}

void RepairsByMonth::forget(std::vector<InService>& history, base::SimTime now) const {
  // What was in service before the first edge is taken as if it had always been: its repairs are over or steady.
  const auto first = std::find_if(history.begin(), history.end(), [&](const InService& edge) {
    return (now - edge.from).to_seconds() < longest_s_;
  });
  if (first - history.begin() > 1) history.erase(history.begin(), first - 1);
}

std::int64_t RepairsByMonth::failures(std::uint32_t cause, double nodes, double span_s,
                                      random::Stream& stream) const {
  const double expected = rates_[cause] * nodes * span_s;
  if (!(expected > 0)) return 0;
  if (expected <= kFewFailures) return static_cast<std::int64_t>(stream.poisson(expected));
  return std::max<std::int64_t>(0, std::llround(stream.normal(expected, std::sqrt(expected))));
}

std::string why_not_by_month(const NodeKind& kind, const SiteModel& site) {
  if (site.repair.limited()) return "repairs wait for technicians";
  if (kind.failures.ages()) return "failures depend on age";
  if (kind.frailty.ages() || kind.frailty.lemons()) return "nodes differ";
  if (kind.bursts.any()) return "failures come in bursts";
  return {};
}

}  // namespace gigawatt::fleet
