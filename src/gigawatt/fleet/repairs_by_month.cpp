#include "gigawatt/fleet/repairs_by_month.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/fleet/model.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::fleet {
namespace {

constexpr double kFewFailures = 32;  // above, the normal distribution counts them
// A log-normal that does not end is followed this far.
constexpr double kLongest_s = 3 * units::kYear_s;

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
