#include "gigawatt/reliability/failure_model.h"

#include <cmath>
#include <limits>

#include "gigawatt/base/check.h"

namespace gigawatt::reliability {

double lognormal_sigma(double mean, double median) {
  GW_CHECK(median > 0 && mean >= median, "a log-normal with mean {} and median {}", mean, median);
  return std::sqrt(2 * std::log(mean / median));
}

FailureModel::FailureModel(std::vector<FailureClass> classes, double accelerators_per_node)
    : classes_(std::move(classes)),
      accelerators_per_node_(accelerators_per_node),
      node_rates_(classes_.size()),
      job_rates_(classes_.size()) {
  for (std::uint32_t i = 0; i < classes_.size(); ++i) {
    const FailureClass& c = classes_[i];
    if (!(c.scale_s > 0) || std::isinf(c.scale_s)) continue;
    GW_CHECK(c.shape > 0, "failure class '{}' has shape {}", c.name, c.shape);
    if (c.scope == FailureScope::kJob) {
      GW_CHECK(c.shape == 1, "failure class '{}': a job does not age", c.name);
      job_rates_[i] = 1 / c.scale_s;
    } else if (c.shape == 1) {
      node_rates_[i] = (c.scope == FailureScope::kAccelerator ? accelerators_per_node_ : 1.0) / c.scale_s;
    } else {
      ageing_.push_back(i);
    }
    node_rate_ += node_rates_[i];
    if (c.removes_node) idle_node_rate_ += node_rates_[i];
    job_rate_ += job_rates_[i];
  }
}

double FailureModel::rate(std::span<const Cohort> cohorts, double jobs) const {
  double nodes = 0;
  for (const Cohort& cohort : cohorts) nodes += cohort.nodes;
  double rate = nodes * (jobs > 0 ? node_rate_ : idle_node_rate_) + jobs * job_rate_;
  for (const std::uint32_t i : ageing_) {
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
  const double rate = nodes * (jobs > 0 ? node_rate_ : idle_node_rate_) + jobs * job_rate_;
  Failure next{std::numeric_limits<double>::infinity(), 0};
  if (rate > 0) {
    next.delay_s = stream.exponential(1 / rate);
    double mark = stream.uniform() * rate;
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      const bool fires = jobs > 0 || classes_[i].removes_node;
      const double part = (fires ? nodes * node_rates_[i] : 0) + jobs * job_rates_[i];
      if (part <= 0) continue;
      next.cause = i;
      mark -= part;
      if (mark < 0) break;
    }
  }
  for (const std::uint32_t i : ageing_) {
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

double FailureModel::repair_s(std::uint32_t cause, random::Stream& stream) const {
  const FailureClass& c = classes_[cause];
  return stream.lognormal(c.repair_median_s, c.repair_sigma);
}

}  // namespace gigawatt::reliability
