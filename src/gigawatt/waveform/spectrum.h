#pragma once
/// Amplitude spectrum of a load, and what of it lies in a band of frequencies.
///
/// The series (its first `window_s`, a whole number of steps of the job where it is periodic) is brought to a power of
/// two of equal bins, its energy unchanged, and transformed (Eigen's FFT); line k at k / window has the amplitude
/// 2 |X_k| / N: a sinusoid of amplitude A shows as A. Without a whole number of periods a Hann window keeps the lines
/// apart (amplitudes divided by its mean, 1/2).
///
/// A band keeps the lines between its ends and drops the others. Where the window holds whole periods it is taken as it
/// is; otherwise the series is continued as its mirror image, so that no jump from its end to its beginning adds lines.

#include <vector>

#include "gigawatt/waveform/series.h"

namespace gigawatt::waveform {

struct Line {
  double hz = 0;
  double w = 0;  ///< amplitude
};

/// Lines from `low_hz` to `high_hz`. `whole`: the window holds whole periods.
std::vector<Line> spectrum(const Series& s, double window_s, bool whole, double low_hz, double high_hz);

/// At most `count` lines: of each of as many equal parts on a logarithmic axis the largest.
std::vector<Line> thinned(const std::vector<Line>& lines, std::size_t count);

/// The part of the series between two frequencies, in steps of at most an eighth of a period of `high_hz` or the
/// series' own. `whole_s`: a window of whole periods, or 0.
Series band(const Series& s, double low_hz, double high_hz, double whole_s);

/// Energy of the lines of a band over that of all lines above zero.
double share_in_band(const std::vector<Line>& all, double low_hz, double high_hz);

}  // namespace gigawatt::waveform
