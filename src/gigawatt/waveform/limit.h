#pragma once
/// Grid operators' limits on a large load, one file each in data/limits, and what a load makes of them.
///
///   ramp   the largest rise (fall) between two samples within `window` stays below `power` (or a share of the peak; the
///          lesser where both are given)
///   band   of the part of the load between two frequencies, the largest peak-to-peak within `window` stays below
///          `power` (or a share of the peak)
///   dynamic_range   most less least of the whole series
///   spectral_share  energy of the lines in a band over that of all lines
/// Ride-through (voltage and frequency bands, recovery) is evaluated by ride_through.h.
///
/// A file says which version of the rule it holds, from when, and its source. Bands that overlap are refused: two
/// bounds on one frequency, or two times at one voltage, leave open which one counts.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/config/node.h"
#include "gigawatt/waveform/series.h"

namespace gigawatt::waveform {

enum class Direction : std::uint8_t { kBoth, kUp, kDown };
inline constexpr std::array<std::string_view, 3> kDirectionNames = {"both", "up", "down"};

struct RampBound {
  Direction direction = Direction::kBoth;
  double power_w = 0;  ///< 0: no bound of that kind
  double share_of_peak = 0;
  double window_s = 1;
};

struct BandBound {
  double low_hz = 0, high_hz = 0;
  double power_w = 0;  ///< peak to peak
  double share_of_peak = 0;
  double window_s = 5;
};

struct SpectralBound {
  double low_hz = 0, high_hz = 0, share = 0;
};

/// The load stays connected for `seconds` while the voltage is between the two; 0: for ever.
struct VoltageBand {
  double low_pu = 0, high_pu = 0, seconds_s = 0;
};

struct Recovery {
  double share = 0;      ///< of the power before; 0: no rule
  double seconds_s = 0;  ///< from the voltage's return on
  double voltage_pu = 0.9;
};

struct Limit {
  std::string name, title, version, date, status, source, confidence;
  double at_least_w = 0;  ///< loads below it are exempt
  std::vector<RampBound> ramps;
  std::vector<BandBound> bands;
  double dynamic_range_w = 0, dynamic_range_share = 0;
  std::vector<SpectralBound> spectral;
  std::vector<VoltageBand> voltage;
  Recovery recovery;
  bool counted_transfers_allowed = true;

  bool bounds_power() const {
    return !ramps.empty() || !bands.empty() || dynamic_range_w > 0 || dynamic_range_share > 0 ||
           !spectral.empty();
  }
};

void fields(config::FieldVisitor& v, RampBound& x);
void fields(config::FieldVisitor& v, BandBound& x);
void fields(config::FieldVisitor& v, SpectralBound& x);
void fields(config::FieldVisitor& v, VoltageBand& x);
void fields(config::FieldVisitor& v, Recovery& x);
void fields(config::FieldVisitor& v, Limit& x);

/// One limit from a file's tree; overlapping bands and bounds without a bound are errors with their place.
tl::expected<Limit, base::Diagnostics> read_limit(const config::Node& root);

/// All of data/limits, ascending by name.
tl::expected<std::vector<Limit>, base::Diagnostics> load_limits(const std::filesystem::path& data_dir);

/// One bound of a limit on one load.
struct Check {
  std::string what;  ///< "rise in 15 s", "peak to peak in 0.1-55 Hz within 5 s"
  std::string unit;  ///< "MW" or "1"
  double value = 0;
  double bound = 0;
  double at_s = 0;                 ///< when the worst is complete
  double low_hz = 0, high_hz = 0;  ///< of the band that is bounded; both 0: the whole load
  double ratio() const { return bound > 0 ? value / bound : 0; }
};

struct Verdict {
  bool applies = true;  ///< false: the load is below the limit's size
  std::vector<Check> checks;
  bool holds() const;
  const Check* worst() const;  ///< highest value over bound; nullptr without checks
};

/// `window_s`: whole periods of a periodic load, for its spectrum; 0: not periodic.
Verdict evaluate(const Limit& limit, const Series& s, double window_s);

/// `evaluate(...).holds()` without what a quicker answer makes needless.
bool holds(const Limit& limit, const Series& s, double window_s);

}  // namespace gigawatt::waveform
