#include "gigawatt/waveform/series.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "gigawatt/base/check.h"

namespace gigawatt::waveform {
namespace {

std::size_t steps_of(double window_s, double dt_s) {
  return static_cast<std::size_t>(std::max(1.0, std::round(window_s / dt_s)));
}

}  // namespace

Extremes extremes(const std::vector<double>& x) {
  GW_CHECK(!x.empty());
  Extremes e{0, x.front(), x.front()};
  for (const double v : x) {
    e.mean += v;
    e.least = std::min(e.least, v);
    e.most = std::max(e.most, v);
  }
  e.mean /= static_cast<double>(x.size());
  return e;
}

Change largest_change(const Series& s, double window_s, double sign) {
  // The least of the last steps: their places, ascending in value, from `front` on.
  const std::size_t window = steps_of(window_s, s.dt_s);
  std::vector<std::uint32_t> least(s.watts.size());
  std::size_t front = 0, end = 0;
  Change best;
  for (std::size_t i = 0; i < s.watts.size(); ++i) {
    const double x = sign * s.watts[i];
    if (front < end && least[front] + window < i) ++front;
    if (front < end) {
      const double by = x - sign * s.watts[least[front]];
      if (by > best.by) best = {by, static_cast<double>(i + 1) * s.dt_s};
    }
    while (front < end && sign * s.watts[least[end - 1]] >= x) --end;
    least[end++] = static_cast<std::uint32_t>(i);
  }
  return best;
}

Change largest_range(const Series& s, double window_s) {
  const Change up = largest_change(s, window_s, 1), down = largest_change(s, window_s, -1);
  return up.by >= down.by ? up : down;
}

void lag(std::vector<double>& x, double dt_s, double tau_s, double from) {
  if (tau_s <= 0) return;
  // The mean of the output over a step whose input is constant.
  const double keep = std::exp(-dt_s / tau_s);
  const double mean = (1 - keep) * tau_s / dt_s;
  double y = from;
  for (double& v : x) {
    const double input = v;
    v = input + (y - input) * mean;
    y = input + (y - input) * keep;
  }
}

void spread(std::vector<double>& x, double dt_s, double width_s) {
  const auto half = static_cast<std::ptrdiff_t>(std::round(width_s / dt_s / 2));
  if (half < 1 || x.empty()) return;
  const auto n = static_cast<std::ptrdiff_t>(x.size());
  const auto padded = [&](std::ptrdiff_t i) {
    return x[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, n - 1))];
  };
  std::vector<double> out(x.size());
  double sum = 0;
  for (std::ptrdiff_t i = -half; i <= half; ++i) sum += padded(i);
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    out[static_cast<std::size_t>(i)] = sum / static_cast<double>(2 * half + 1);
    sum += padded(i + half + 1) - padded(i - half);
  }
  x = std::move(out);
}

Series rebin(const Series& s, double seconds, std::size_t bins) {
  GW_CHECK(bins > 0 && seconds > 0 && seconds <= s.seconds() * (1 + 1e-9), "{} s of {} s", seconds,
           s.seconds());
  std::vector<double> sum(s.watts.size() + 1, 0.0);
  for (std::size_t i = 0; i < s.watts.size(); ++i) sum[i + 1] = sum[i] + s.watts[i];
  const auto upto = [&](double t) {
    const double at = std::min(t / s.dt_s, static_cast<double>(s.watts.size()));
    const auto i = std::min(static_cast<std::size_t>(at), s.watts.size() - 1);
    return sum[i] + (at - static_cast<double>(i)) * s.watts[i];
  };
  Series out{seconds / static_cast<double>(bins), std::vector<double>(bins)};
  double before = 0;
  for (std::size_t b = 0; b < bins; ++b) {
    const double after = upto(out.dt_s * static_cast<double>(b + 1));
    out.watts[b] = (after - before) * s.dt_s / out.dt_s;
    before = after;
  }
  return out;
}

double mean_over(const Series& s, double seconds) { return rebin(s, seconds, 1).watts.front(); }

}  // namespace gigawatt::waveform
