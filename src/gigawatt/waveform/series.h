#pragma once
/// Series of equal steps: what a grid operator reads off them.

#include <cstddef>
#include <vector>

namespace gigawatt::waveform {

/// Mean power of each step of `dt_s`, from zero on.
struct Series {
  double dt_s = 0;
  std::vector<double> watts;

  double seconds() const { return dt_s * static_cast<double>(watts.size()); }
};

struct Extremes {
  double mean = 0, least = 0, most = 0;
};
Extremes extremes(const std::vector<double>& x);

/// The largest rise (or fall, `sign` -1) from one sample to another at most `window_s` later, and when it is complete.
struct Change {
  double by = 0;
  double at_s = 0;
};
Change largest_change(const Series& s, double window_s, double sign);

/// The largest difference between two samples at most `window_s` apart, whichever comes first.
Change largest_range(const Series& s, double window_s);

/// First-order lag, y' = (x - y) / tau, exact for steps that are constant; it begins at `from`.
void lag(std::vector<double>& x, double dt_s, double tau_s, double from);

/// Running mean over `width_s` about each sample; the ends continue with their own value.
void spread(std::vector<double>& x, double dt_s, double width_s);

/// The same energy in `bins` equal steps over the first `seconds` of the series.
Series rebin(const Series& s, double seconds, std::size_t bins);

/// Mean over the first `seconds`, the last step counted in part.
double mean_over(const Series& s, double seconds);

}  // namespace gigawatt::waveform
