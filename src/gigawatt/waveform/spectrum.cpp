#include "gigawatt/waveform/spectrum.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include <unsupported/Eigen/FFT>

#include "gigawatt/base/check.h"

namespace gigawatt::waveform {
namespace {

std::size_t power_of_two(std::size_t at_least) {
  std::size_t n = 2;
  while (n < at_least) n *= 2;
  return n;
}

}  // namespace

std::vector<Line> spectrum(const Series& s, double window_s, bool whole, double low_hz, double high_hz) {
  const auto steps = static_cast<std::size_t>(std::ceil(window_s / s.dt_s));
  const std::size_t n = power_of_two(std::max<std::size_t>(steps, 16));
  Series even = rebin(s, std::min(window_s, s.seconds()), n);
  double mean = 0;
  for (const double w : even.watts) mean += w / static_cast<double>(n);
  for (std::size_t i = 0; i < n; ++i) {
    even.watts[i] -= mean;
    if (!whole)
      even.watts[i] *=
          1 - std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(n));
  }
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<std::complex<double>> x;
  fft.fwd(x, even.watts);
  const double step_hz = 1 / (even.dt_s * static_cast<double>(n));
  std::vector<Line> lines;
  for (std::size_t k = 1; k < x.size(); ++k) {
    const double hz = step_hz * static_cast<double>(k);
    if (hz < low_hz * (1 - 1e-9) || hz > high_hz * (1 + 1e-9)) continue;
    // A bin is a mean over its time, which lowers fast lines a little.
    const double a = std::numbers::pi * hz * even.dt_s;
    const double averaged = a > 1e-9 ? std::sin(a) / a : 1;
    lines.push_back({hz, 2 * std::abs(x[k]) / static_cast<double>(n) / averaged});
  }
  return lines;
}

std::vector<Line> thinned(const std::vector<Line>& lines, std::size_t count) {
  if (lines.size() <= count) return lines;
  const double from = std::log(lines.front().hz), to = std::log(lines.back().hz);
  std::vector<Line> out;
  std::size_t i = 0;
  for (std::size_t b = 0; b < count && i < lines.size(); ++b) {
    const double end = std::exp(from + (to - from) * static_cast<double>(b + 1) / static_cast<double>(count));
    const Line* best = nullptr;
    for (; i < lines.size() && (lines[i].hz <= end || b + 1 == count); ++i)
      if (best == nullptr || lines[i].w > best->w) best = &lines[i];
    if (best != nullptr) out.push_back(*best);
  }
  return out;
}

Series band(const Series& s, double low_hz, double high_hz, double whole_s) {
  const double seconds = whole_s > 0 ? std::min(whole_s, s.seconds()) : s.seconds();
  const double steps = std::min(seconds / s.dt_s, seconds * high_hz * 8);
  const std::size_t n = power_of_two(static_cast<std::size_t>(std::max(16.0, std::ceil(steps))));
  Series even = rebin(s, seconds, n);
  std::vector<double> x = even.watts;
  if (whole_s <= 0) x.insert(x.end(), even.watts.rbegin(), even.watts.rend());
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<std::complex<double>> lines;
  fft.fwd(lines, x);
  const double step_hz = 1 / (even.dt_s * static_cast<double>(x.size()));
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const double hz = step_hz * static_cast<double>(k);
    if (hz < low_hz || hz > high_hz) lines[k] = 0;
  }
  fft.inv(x, lines, static_cast<Eigen::Index>(x.size()));
  x.resize(n);
  even.watts = std::move(x);
  return even;
}

double share_in_band(const std::vector<Line>& all, double low_hz, double high_hz) {
  double inside = 0, sum = 0;
  for (const Line& l : all) {
    sum += l.w * l.w;
    if (l.hz >= low_hz && l.hz <= high_hz) inside += l.w * l.w;
  }
  return sum > 0 ? inside / sum : 0;
}

}  // namespace gigawatt::waveform
