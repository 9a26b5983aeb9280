#include "gigawatt/reliability/failure_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gigawatt/base/check.h"
#include "gigawatt/reliability/repair_law.h"

namespace gigawatt::reliability {

namespace {

RepairLaw repair_law_of(const FailureClass& c) {
  return {c.repair_median_s, c.repair_sigma, c.repair_longest_s};
}

}  // namespace

double lognormal_sigma(double mean, double median) {
  GW_CHECK(median > 0 && mean >= median, "a log-normal with mean {} and median {}", mean, median);
  return std::sqrt(2 * std::log(mean / median));
}

FailureModel::FailureModel(std::vector<FailureClass> classes, double accelerators_per_node)
    : classes_(std::move(classes)),
      accelerators_per_node_(accelerators_per_node),
      node_rates_(classes_.size()) {
  for (const FailureClass& c : classes_) repair_below_.push_back(repair_law_of(c).below());
  for (std::uint32_t i = 0; i < classes_.size(); ++i) {
    const FailureClass& c = classes_[i];
    if (!(c.scale_s > 0) || std::isinf(c.scale_s)) continue;
    GW_CHECK(c.shape > 0, "failure class '{}' has shape {}", c.name, c.shape);
    if (c.scope == FailureScope::kDomain) {
      GW_CHECK(c.shape == 1 && c.domain_nodes > 0, "failure class '{}': a domain of {} nodes, shape {}",
               c.name, c.domain_nodes, c.shape);
      domains_ = true;
      continue;
    }
    if (c.scope == FailureScope::kJob) {
      GW_CHECK(c.shape == 1, "failure class '{}': a job does not age", c.name);
      if (c.grows_to_nodes > 1)
        growing_.push_back(i);
      else
        job_rate_ += 1 / c.scale_s;
    } else if (c.shape == 1) {
      node_rates_[i] = (c.scope == FailureScope::kAccelerator ? accelerators_per_node_ : 1.0) / c.scale_s;
    } else {
      aging_.push_back(i);
    }
    node_rate_ += node_rates_[i];
    if (c.removes_node) idle_node_rate_ += node_rates_[i];
  }
}

double FailureModel::job_rate_of(const FailureClass& c, double nodes) {
  if (c.scope != FailureScope::kJob || !(c.scale_s > 0) || std::isinf(c.scale_s)) return 0;
  return std::max(1.0, std::min(nodes, c.grows_to_nodes)) / c.scale_s;
}

double FailureModel::job_rate(double nodes) const {
  double rate = job_rate_;
  for (const std::uint32_t i : growing_) rate += job_rate_of(classes_[i], nodes);
  return rate;
}

double FailureModel::memoryless_rate(double nodes, double jobs) const {
  return jobs > 0 ? nodes * node_rate_ + jobs * job_rate(nodes / jobs) : nodes * idle_node_rate_;
}

double FailureModel::rate(std::span<const Cohort> cohorts, double jobs) const {
  double nodes = 0;
  for (const Cohort& cohort : cohorts) nodes += cohort.nodes;
  double rate = memoryless_rate(nodes, jobs);
  for (const std::uint32_t i : aging_) {
    const FailureClass& c = classes_[i];
    if (jobs <= 0 && !c.removes_node) continue;
    const double units = c.scope == FailureScope::kAccelerator ? accelerators_per_node_ : 1.0;
    for (const Cohort& cohort : cohorts)
      rate += units * cohort.nodes * c.shape / c.scale_s * std::pow(cohort.age_s / c.scale_s, c.shape - 1);
  }
  return rate;
}

FailureModel::Failure FailureModel::next(std::span<const Cohort> cohorts, double jobs,
                                         random::Stream& stream) const {
  double nodes = 0;
  for (const Cohort& cohort : cohorts) nodes += cohort.nodes;
  const double rate = memoryless_rate(nodes, jobs);
  Failure next{std::numeric_limits<double>::infinity(), 0};
  if (rate > 0) {
    next.delay_s = stream.exponential(1 / rate);
    next.cause = pick(nodes, jobs, stream);
  }
  if (aging_.empty()) return next;
  const Failure aged = next_aged(cohorts, jobs, stream);
  return aged.delay_s < next.delay_s ? aged : next;
}

FailureModel::Failure FailureModel::next_aged(std::span<const Cohort> cohorts, double jobs,
                                              random::Stream& stream) const {
  Failure next{std::numeric_limits<double>::infinity(), 0};
  for (const std::uint32_t i : aging_) {
    const FailureClass& c = classes_[i];
    if (jobs <= 0 && !c.removes_node) continue;
    const double units = c.scope == FailureScope::kAccelerator ? accelerators_per_node_ : 1.0;
    for (const Cohort& cohort : cohorts) {
      if (cohort.nodes <= 0) continue;
      // n (L(age + delay) - L(age)) is exponential with mean 1: invert it.
      const double intensity =
          std::pow(cohort.age_s / c.scale_s, c.shape) + stream.exponential(1) / (units * cohort.nodes);
      const double delay = c.scale_s * std::pow(intensity, 1 / c.shape) - cohort.age_s;
      if (delay < next.delay_s) next = {delay, i};
    }
  }
  return next;
}

std::uint32_t FailureModel::pick(double nodes, double jobs, random::Stream& stream) const {
  double mark = stream.uniform() * memoryless_rate(nodes, jobs);
  const double per_job = jobs > 0 ? nodes / jobs : 0;
  std::uint32_t cause = 0;
  for (std::uint32_t i = 0; i < classes_.size(); ++i) {
    const bool fires = jobs > 0 || classes_[i].removes_node;
    const double part = (fires ? nodes * node_rates_[i] : 0) + jobs * job_rate_of(classes_[i], per_job);
    if (part <= 0) continue;
    cause = i;
    mark -= part;
    if (mark < 0) break;
  }
  return cause;
}

double FailureModel::rate_of_domains(const FailureClass& c, double nodes) {
  if (c.scope != FailureScope::kDomain || !(c.scale_s > 0) || std::isinf(c.scale_s) || nodes <= 0) return 0;
  return std::max(1.0, nodes / static_cast<double>(c.domain_nodes)) / c.scale_s;
}

double FailureModel::stop_rate(double nodes, double effective) const {
  double rate = domain_rate(nodes);
  for (const FailureClass& c : classes_) {
    if (c.slowdown > 0 || c.planned || c.scope == FailureScope::kDomain) continue;
    if (!(c.scale_s > 0) || std::isinf(c.scale_s)) continue;
    const double units =
        c.scope == FailureScope::kAccelerator ? accelerators_per_node_ * effective : effective;
    rate += c.scope == FailureScope::kJob ? job_rate_of(c, nodes) : units / c.scale_s;
  }
  return rate;
}

double FailureModel::domain_rate(double nodes) const {
  double rate = 0;
  for (const FailureClass& c : classes_) rate += rate_of_domains(c, nodes);
  return rate;
}

std::uint32_t FailureModel::pick_domain(double nodes, random::Stream& stream) const {
  double mark = stream.uniform() * domain_rate(nodes);
  std::uint32_t cause = 0;
  for (std::uint32_t i = 0; i < classes_.size(); ++i) {
    const double part = rate_of_domains(classes_[i], nodes);
    if (part <= 0) continue;
    cause = i;
    mark -= part;
    if (mark < 0) break;
  }
  return cause;
}

namespace {

constexpr double kClearly = 1 + 1e-6;  // more than the inversion's rounding

/// t with steady t + fresh decay (1 - exp(-t / decay)) = amount. The left side rises and is concave: Newton from 0
/// approaches from below and cannot overshoot.
double invert(double steady, double fresh, double decay_s, double amount) {
  if (!(fresh * decay_s > 0)) return amount / steady;
  double t = 0;
  for (int i = 0; i < 60; ++i) {
    const double left = i == 0 ? 1 : std::exp(-t / decay_s);
    const double gap = i == 0 ? amount : amount - (steady * t - fresh * decay_s * std::expm1(-t / decay_s));
    const double step = gap / (steady + fresh * left);
    t += step;
    if (!(step > 1e-9 * t)) break;
  }
  return t;
}

}  // namespace

FailureModel::Failure next_under(const FailureModel& model, const Exposure& e, const BurstPath& bursts,
                                 double now_s, random::Stream& stream, double horizon_s) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const double per_node = e.jobs > 0 ? model.node_rate() : model.idle_node_rate();
  const double steady = e.nodes * per_node + (e.jobs > 0 ? e.jobs * model.job_rate(e.nodes / e.jobs) : 0);
  double fresh = e.excess * per_node;
  if (!(steady > 0)) return {kNever, 0};
  double left = stream.exponential(1);
  double t = now_s;
  for (;;) {
    const BurstPath::Piece piece = bursts.at(t);
    const double until_s = std::min(piece.until_s, now_s + horizon_s);
    // Most pieces and phases end well before the next failure: where even the rate at their beginning would not bring
    // it, nobody needs its time and cause.
    const bool within = !(left > kClearly * (steady + fresh) * piece.factor * (until_s - t));
    if (!within && until_s < piece.until_s) {
      stream.bits();  // the cause's
      return {kNever, 0};
    }
    if (within) {
      const double end = t + invert(steady * piece.factor, fresh * piece.factor, e.decay_s, left);
      if (end <= piece.until_s) {
        const double excess =
            e.excess > 0 && e.decay_s > 0 ? e.excess * std::exp(-(end - now_s) / e.decay_s) : 0;
        return {end - now_s, model.pick(e.nodes + excess, e.jobs, stream)};
      }
    }
    const double span = piece.until_s - t;
    left -= piece.factor * steady * span;
    if (fresh > 0 && e.decay_s > 0) {
      left += piece.factor * fresh * e.decay_s * std::expm1(-span / e.decay_s);
      fresh *= std::exp(-span / e.decay_s);
    }
    left = std::max(left, 0.0);
    t = piece.until_s;
  }
}

double FailureModel::repair_s(std::uint32_t cause, random::Stream& stream) const {
  const FailureClass& c = classes_[cause];
  return repair_law_of(c).draw(stream, repair_below_[cause]);
}

double repair_mean_s(const FailureClass& c) { return repair_law_of(c).mean(); }

}  // namespace gigawatt::reliability
