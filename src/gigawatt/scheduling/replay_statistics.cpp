#include "gigawatt/scheduling/replay_statistics.h"

#include <algorithm>
#include <bit>
#include <map>

namespace gigawatt::scheduling {
namespace {

constexpr double kSlowdownBound_s = 10;
constexpr base::SimTime kNever = base::SimTime::max();

/// Linear interpolation between order statistics; reorders `values`.
double quantile(std::vector<double>& values, double q) {
  const double place = q * static_cast<double>(values.size() - 1);
  const auto i = static_cast<std::size_t>(place);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(i);
  std::nth_element(values.begin(), nth, values.end());
  const double below = *nth;
  if (i + 1 == values.size()) return below;
  const double above = *std::min_element(nth + 1, values.end());
  return below + (place - static_cast<double>(i)) * (above - below);
}

Spread spread(std::vector<double> values) {
  if (values.empty()) return {};
  double sum = 0;
  for (const double v : values) sum += v;
  return {.mean = sum / static_cast<double>(values.size()),
          .median = quantile(values, 0.5),
          .p90 = quantile(values, 0.9),
          .p99 = quantile(values, 0.99),
          .max = *std::max_element(values.begin(), values.end())};
}

}  // namespace

Statistics::Statistics(std::span<const ReplayJob> jobs, const ReplayOptions& options)
    : jobs_(jobs), options_(options), first_start_(jobs.size(), kNever) {
  wait_s_.reserve(jobs.size());
  slowdown_.reserve(jobs.size());
}

void Statistics::started(std::uint32_t job, base::SimTime now) {
  if (first_start_[job] == kNever) first_start_[job] = now;
}

void Statistics::ran(std::uint32_t job, base::SimTime start, base::SimTime end) {
  const double unit_s = static_cast<double>(jobs_[job].units) * (end - start).to_seconds();
  ran_unit_s_ += unit_s;
  if (options_.signal != nullptr) signal_unit_s_ += unit_s * options_.signal->mean(start, end);
}

void Statistics::ended(std::uint32_t job, base::SimTime eligible, base::SimTime now) {
  const ReplayJob& j = jobs_[job];
  const double run_s = static_cast<double>(j.run_us) * 1e-6;
  work_unit_s_ += static_cast<double>(j.units) * run_s;
  // A preempted job's time in between counts as waiting.
  const double wait_s = static_cast<double>((now - eligible).us - j.run_us) * 1e-6;
  wait_s_.push_back(wait_s);
  slowdown_.push_back(std::max(1.0, (wait_s + run_s) / std::max(run_s, kSlowdownBound_s)));
  who_.push_back(job);
  last_end_ = std::max(last_end_, now);
}

double Statistics::done() const {
  return jobs_.empty() ? 1 : static_cast<double>(who_.size()) / static_cast<double>(jobs_.size());
}

void Statistics::finish(ReplayResult& result) const {
  result.jobs = who_.size();
  if (jobs_.empty() || who_.empty()) return;
  result.first_submit = jobs_.front().submit;
  result.last_end = last_end_;
  result.makespan_s = (last_end_ - result.first_submit).to_seconds();
  const double offered = static_cast<double>(options_.cluster.units) * result.makespan_s;
  result.utilization = offered > 0 ? work_unit_s_ / offered : 0;
  result.wait_s = spread(wait_s_);
  result.bounded_slowdown = spread(slowdown_);
  result.signal_mean = ran_unit_s_ > 0 ? signal_unit_s_ / ran_unit_s_ : 0;
  std::map<int, SizeClass> sizes;  // by powers of two
  for (std::size_t i = 0; i < who_.size(); ++i) {
    const std::int64_t units = jobs_[who_[i]].units;
    const int power = std::bit_width(static_cast<std::uint64_t>(units)) - 1;
    SizeClass& c = sizes[power];
    c.from = std::int64_t{1} << power;
    c.to = c.from * 2 - 1;
    ++c.jobs;
    c.wait_mean_s += wait_s_[i];
    c.bounded_slowdown_mean += slowdown_[i];
    c.wait_max_s = std::max(c.wait_max_s, wait_s_[i]);
    if (wait_s_[i] > 0) ++result.waited;
  }
  for (auto& [power, c] : sizes) {
    c.wait_mean_s /= static_cast<double>(c.jobs);
    c.bounded_slowdown_mean /= static_cast<double>(c.jobs);
    result.sizes.push_back(c);
  }
}

}  // namespace gigawatt::scheduling
