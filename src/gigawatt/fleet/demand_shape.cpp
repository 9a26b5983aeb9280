#include "gigawatt/fleet/demand_shape.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gigawatt::fleet {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::int64_t kHourUs = kDayUs / 24;
constexpr double kUsualPeakHour = 20;

}  // namespace

double demand_factor(const scenario::DemandShape& shape, base::SimTime t) {
  const std::int64_t day = t.us / kDayUs;
  const double hour = static_cast<double>(t.us % kDayUs) / static_cast<double>(kHourUs);
  const auto within_day = [&](double peak) {
    return 1 + (shape.swing - 1) * std::cos(2 * std::numbers::pi * (hour - peak) / 24);
  };
  double daily = 0;
  for (const auto& region : shape.regions) daily += region.share * within_day(region.peak_hour);
  if (shape.regions.empty()) daily = within_day(kUsualPeakHour);
  const bool weekend = (day + 3) % 7 >= 5;  // 1970-01-01 was a Thursday, three days after a Monday
  const double weekday = 7 / (5 + 2 * shape.weekend);
  return daily * (weekend ? weekday * shape.weekend : weekday);
}

double peak_demand_factor(const scenario::DemandShape& shape) {
  double most = 0;
  for (std::int64_t hour = 0; hour < 7 * 24; ++hour)
    most = std::max(most, demand_factor(shape, base::SimTime{hour * kHourUs}));
  return most;
}

double demanded(const scenario::Job& job, const scenario::DemandPoint& point) {
  if (point.tokens_per_day) return *point.tokens_per_day * job.kept();
  if (point.users)
    return *point.users * job.user->sessions_per_user * job.user->requests_per_session *
           static_cast<double>(job.output_tokens) * job.kept();
  return static_cast<double>(point.accelerators.value_or(0)) * job.kept();
}

}  // namespace gigawatt::fleet
