#include "gigawatt/waveform/limit.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/units/scale.h"
#include "gigawatt/waveform/spectrum.h"

namespace gigawatt::waveform {
namespace {

using units::kMega;

/// The lesser of a power and a share of the peak, where given.
double bound_w(double power_w, double share, double peak_w) {
  if (power_w <= 0) return share * peak_w;
  return share > 0 ? std::min(power_w, share * peak_w) : power_w;
}

template <typename T, typename Low, typename High>
void refuse_overlaps(const std::vector<T>& bands, Low low, High high, const config::SpanMap& spans,
                     std::string_view key, std::string_view unit, base::Diagnostics& problems) {
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const auto place = spans.find(fmt::format("{}[{}]", key, i));
    const base::SourceSpan span = place == spans.end() ? base::SourceSpan{} : place->second;
    if (low(bands[i]) >= high(bands[i]))
      problems.push_back(
          {"band-order", base::Severity::kError, span,
           fmt::format("the band from {} to {} {} is empty", low(bands[i]), high(bands[i]), unit),
           "the lower end comes first"});
    for (std::size_t j = 0; j < i; ++j)
      if (low(bands[i]) < high(bands[j]) && low(bands[j]) < high(bands[i]))
        problems.push_back(
            {"bands-overlap", base::Severity::kError, span,
             fmt::format("the bands {} to {} and {} to {} {} overlap", low(bands[j]), high(bands[j]),
                         low(bands[i]), high(bands[i]), unit),
             "let one end where the other begins: two bounds in one place leave open which one counts"});
  }
}

void ramp_checks(const Limit& limit, const Series& s, double peak, Verdict& out) {
  for (const RampBound& r : limit.ramps) {
    const double bound = bound_w(r.power_w, r.share_of_peak, peak);
    const auto add = [&](std::string_view word, double sign) {
      const Change c = largest_change(s, r.window_s, sign);
      out.checks.push_back(
          {fmt::format("{} within {:g} s", word, r.window_s), "MW", c.by / kMega, bound / kMega, c.at_s});
    };
    if (r.direction != Direction::kDown) add("rise", 1);
    if (r.direction != Direction::kUp) add("fall", -1);
  }
}

void band_checks(const Limit& limit, const Series& s, double peak, double window_s, Verdict& out) {
  for (const BandBound& b : limit.bands) {
    const Change c = largest_range(band(s, b.low_hz, b.high_hz, window_s), b.window_s);
    out.checks.push_back(
        {fmt::format("peak to peak in {:g}-{:g} Hz within {:g} s", b.low_hz, b.high_hz, b.window_s), "MW",
         c.by / kMega, bound_w(b.power_w, b.share_of_peak, peak) / kMega, c.at_s, b.low_hz, b.high_hz});
  }
}

}  // namespace

bool Verdict::holds() const {
  return !applies ||
         std::all_of(checks.begin(), checks.end(), [](const Check& c) { return c.value <= c.bound; });
}

const Check* Verdict::worst() const {
  const auto it = std::max_element(checks.begin(), checks.end(),
                                   [](const Check& a, const Check& b) { return a.ratio() < b.ratio(); });
  return it == checks.end() ? nullptr : &*it;
}

Verdict evaluate(const Limit& limit, const Series& s, double window_s) {
  const Extremes e = extremes(s.watts);
  Verdict out;
  out.applies = e.most >= limit.at_least_w;
  ramp_checks(limit, s, e.most, out);
  band_checks(limit, s, e.most, window_s, out);
  if (const double bound = bound_w(limit.dynamic_range_w, limit.dynamic_range_share, e.most); bound > 0)
    out.checks.push_back({"most less least", "MW", (e.most - e.least) / kMega, bound / kMega, 0});
  for (const SpectralBound& b : limit.spectral) {
    const double window = window_s > 0 ? window_s : s.seconds();
    // A share of nothing is not asked for: a flat load has no harmonics.
    const bool flat = e.most - e.least <= 1e-3 * e.most;
    const double share =
        flat ? 0 : share_in_band(spectrum(s, window, window_s > 0, 0, 0.5 / s.dt_s), b.low_hz, b.high_hz);
    out.checks.push_back({fmt::format("share of harmonic energy in {:g}-{:g} Hz", b.low_hz, b.high_hz), "1",
                          share, b.share, 0, b.low_hz, b.high_hz});
  }
  return out;
}

bool holds(const Limit& limit, const Series& s, double window_s) {
  const Extremes e = extremes(s.watts);
  if (e.most < limit.at_least_w) return true;
  const double range = e.most - e.least;
  if (const double bound = bound_w(limit.dynamic_range_w, limit.dynamic_range_share, e.most);
      bound > 0 && range > bound)
    return false;
  for (const RampBound& r : limit.ramps) {
    const double bound = bound_w(r.power_w, r.share_of_peak, e.most);
    // No change is larger than the whole range.
    if (range <= bound) continue;
    if (r.direction != Direction::kDown && largest_change(s, r.window_s, 1).by > bound) return false;
    if (r.direction != Direction::kUp && largest_change(s, r.window_s, -1).by > bound) return false;
  }
  if (limit.bands.empty() && limit.spectral.empty()) return true;
  return evaluate(limit, s, window_s).holds();
}

tl::expected<Limit, base::Diagnostics> read_limit(const config::Node& root) {
  base::Diagnostics problems;
  Limit limit;
  config::Reader reader(root, problems);
  reader.read(limit);
  refuse_overlaps(
      limit.bands, [](const BandBound& b) { return b.low_hz; }, [](const BandBound& b) { return b.high_hz; },
      reader.spans(), "band", "Hz", problems);
  refuse_overlaps(
      limit.voltage, [](const VoltageBand& b) { return b.low_pu; },
      [](const VoltageBand& b) { return b.high_pu; }, reader.spans(), "voltage", "pu", problems);
  const auto empty = [&](std::string_view key, std::size_t i) {
    const auto place = reader.spans().find(fmt::format("{}[{}]", key, i));
    problems.push_back({"no-bound", base::Severity::kError,
                        place == reader.spans().end() ? base::SourceSpan{} : place->second,
                        "neither a power nor a share of the peak bounds it",
                        "write power = \"10 MW\" or share = 0.05"});
  };
  for (std::size_t i = 0; i < limit.ramps.size(); ++i)
    if (limit.ramps[i].power_w <= 0 && limit.ramps[i].share_of_peak <= 0) empty("ramp", i);
  for (std::size_t i = 0; i < limit.bands.size(); ++i)
    if (limit.bands[i].power_w <= 0 && limit.bands[i].share_of_peak <= 0) empty("band", i);
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return limit;
}

tl::expected<std::vector<Limit>, base::Diagnostics> load_limits(const std::filesystem::path& data_dir) {
  base::Diagnostics problems;
  std::vector<Limit> limits;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(data_dir / "limits", error)) {
    if (file.path().extension() != ".toml") continue;
    const auto node = config::read_toml(file.path());
    auto limit = node ? read_limit(*node) : tl::unexpected(node.error());
    if (limit)
      limits.push_back(std::move(*limit));
    else
      problems.insert(problems.end(), limit.error().begin(), limit.error().end());
  }
  if (error)
    problems.push_back(base::error("no-limits", "cannot read the limits of the grid", error.message()));
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  std::sort(limits.begin(), limits.end(), [](const Limit& a, const Limit& b) { return a.name < b.name; });
  return limits;
}

void fields(config::FieldVisitor& v, RampBound& x) {
  v.choice(x.direction, kDirectionNames, {.key = "direction", .doc = "Which way."});
  v(x.power_w, {.key = "power", .doc = "At the most.", .unit = "MW", .min = 0});
  v(x.share_of_peak, {.key = "share", .doc = "Of the peak, at the most.", .min = 0, .max = 1});
  v(x.window_s,
    {.key = "window", .doc = "Within this time.", .unit = "s", .required = true, .positive = true});
}

void fields(config::FieldVisitor& v, BandBound& x) {
  v(x.low_hz, {.key = "low", .doc = "Of the band.", .unit = "Hz", .min = 0, .required = true});
  v(x.high_hz, {.key = "high", .doc = "Of the band.", .unit = "Hz", .min = 0, .required = true});
  v(x.power_w, {.key = "power", .doc = "Peak to peak, at the most.", .unit = "MW", .min = 0});
  v(x.share_of_peak, {.key = "share", .doc = "Of the peak, at the most.", .min = 0, .max = 1});
  v(x.window_s, {.key = "window", .doc = "Within this time.", .unit = "s", .positive = true});
}

void fields(config::FieldVisitor& v, SpectralBound& x) {
  v(x.low_hz, {.key = "low", .doc = "Of the band.", .unit = "Hz", .min = 0, .required = true});
  v(x.high_hz, {.key = "high", .doc = "Of the band.", .unit = "Hz", .min = 0, .required = true});
  v(x.share, {.key = "share", .doc = "Of all harmonic energy.", .min = 0, .max = 1, .required = true});
}

void fields(config::FieldVisitor& v, VoltageBand& x) {
  v(x.low_pu, {.key = "low", .doc = "Per unit.", .min = 0, .max = 2, .required = true});
  v(x.high_pu, {.key = "high", .doc = "Per unit.", .min = 0, .max = 2, .required = true});
  v(x.seconds_s, {.key = "time", .doc = "Stays connected; absent: for ever.", .unit = "s", .min = 0});
}

void fields(config::FieldVisitor& v, Recovery& x) {
  v(x.share, {.key = "share", .doc = "Of the power before.", .min = 0, .max = 1});
  v(x.seconds_s,
    {.key = "time", .doc = "From the voltage's return.", .unit = "s", .min = 0, .required = true});
  v(x.voltage_pu, {.key = "voltage", .doc = "That counts as returned.", .min = 0, .max = 1.2});
}

void fields(config::FieldVisitor& v, Limit& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  v(x.version, {.key = "version", .doc = "Edition or section."});
  v(x.date, {.key = "date", .doc = "Of this version, ISO 8601.", .required = true});
  v(x.status, {.key = "status", .doc = "Proposed, approved, in force."});
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  v(x.confidence, {.key = "confidence", .doc = "read, secondary or recalled."});
  v(x.at_least_w, {.key = "at_least", .doc = "Smaller loads are exempt.", .unit = "MW", .min = 0});
  v(x.ramps, {.key = "ramp", .doc = "Bounds on changes."});
  v(x.bands, {.key = "band", .doc = "Bounds on bands of frequencies."});
  v(x.dynamic_range_w, {.key = "dynamic_range", .doc = "Most less least.", .unit = "MW", .min = 0});
  v(x.dynamic_range_share,
    {.key = "dynamic_range_share", .doc = "The same, of the peak.", .min = 0, .max = 1});
  v(x.spectral, {.key = "spectral_share", .doc = "Bounds on shares of harmonic energy."});
  v(x.voltage, {.key = "voltage", .doc = "Bands to ride through."});
  v(x.recovery, {.key = "recovery", .doc = "After a fault."});
  v(x.counted_transfers_allowed,
    {.key = "counted_transfers_allowed", .doc = "Whether a count of dips may keep a load away."});
}

}  // namespace gigawatt::waveform
