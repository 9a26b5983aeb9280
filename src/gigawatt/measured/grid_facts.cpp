// Clauses of grid codes that data/limits holds: looked up, to show that the limits which loads are held against are those
// that operators publish.

#include <array>
#include <cctype>
#include <cmath>
#include <set>

#include "gigawatt/measured/site_facts.h"

namespace gigawatt::measured {
namespace {

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> out;
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (std::isalnum(static_cast<unsigned char>(c))) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      out.insert(word);
      word.clear();
    }
  }
  return out;
}

std::string first_word(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c))) break;
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

/// The limit whose operator stands in the subject, with the most words in common.
const waveform::Limit* limit_of(const Fact& f, const FactModels& m) {
  const auto subject = words_of(f.subject);
  const waveform::Limit* best = nullptr;
  std::size_t most = 0;
  for (const auto& limit : m.limits) {
    if (!subject.contains(first_word(limit.title))) continue;
    std::size_t shared = 0;
    for (const auto& word : words_of(limit.title)) shared += subject.contains(word);
    if (shared > most) best = &limit, most = shared;
  }
  return best;
}

bool near(double a, double b) { return std::abs(a - b) < 1e-6 * (1 + std::abs(b)); }

/// "at 1.10-1.20 pu", "below 0.20 pu".
std::optional<double> ride_time(const Fact& f, const waveform::Limit& limit) {
  if (f.unit != "s" || !f.has("ride-through pu")) return std::nullopt;
  const auto at = f.text.rfind(" at "), below = f.text.rfind(" below ");
  double low = 0, high = 0;
  if (at != std::string::npos) {
    const auto first = first_number(std::string_view(f.text).substr(at));
    const auto dash = f.text.find('-', at);
    const auto second =
        dash == std::string::npos ? std::nullopt : first_number(std::string_view(f.text).substr(dash));
    if (!first || !second) return std::nullopt;
    low = *first, high = *second;
  } else if (below != std::string::npos) {
    const auto first = first_number(std::string_view(f.text).substr(below));
    if (!first) return std::nullopt;
    high = *first;
  } else {
    return std::nullopt;
  }
  for (const auto& band : limit.voltage)
    if (near(band.low_pu, low) && near(band.high_pu, high)) return band.seconds_s;
  return std::nullopt;
}

std::optional<double> voltage(const Fact& f, const waveform::Limit& limit) {
  if (f.unit == "pu" && f.has("continuous"))
    for (const auto& band : limit.voltage)
      if (band.seconds_s == 0) return f.has("low") ? band.low_pu : band.high_pu;
  const bool recovery =
      first_word(f.quantity).starts_with("recover");  // not "recovery and scope" of a subject
  if (recovery && !f.has("draft") && !f.has("minimum")) {
    if (f.unit == "%" && limit.recovery.share > 0 && !f.has("high")) return 100 * limit.recovery.share;
    if (f.unit == "s" && f.has("within")) return limit.recovery.seconds_s;
    if (f.unit == "ms") return 1000 * limit.recovery.seconds_s;
  }
  return std::nullopt;
}

std::optional<double> ramp(const Fact& f, const waveform::Limit& limit) {
  const auto direction = f.has("down")      ? waveform::Direction::kDown
                         : f.has("ramp up") ? waveform::Direction::kUp
                                            : waveform::Direction::kBoth;
  const bool per_minute = f.unit == "MW/min" || f.unit == "%/min", per_second = f.unit == "MW/s";
  const bool change = f.unit == "MW" && f.has("change");
  std::optional<double> window;
  if (change) {
    window = number_before(f.text, " s");
    if (const auto at = f.text.find("over "); !window && at != std::string::npos)
      window = first_number(std::string_view(f.text).substr(at));
  }
  for (const auto& bound : limit.ramps) {
    if (bound.direction != direction && bound.direction != waveform::Direction::kBoth) continue;
    if (per_minute && bound.window_s >= 60 && (f.has("ramp") || f.has("share")))
      return f.unit == "%/min" ? 100 * bound.share_of_peak * 60 / bound.window_s
                               : bound.power_w / 1e6 * 60 / bound.window_s;
    if (per_second && f.has("ramp") && bound.power_w > 0 && bound.window_s >= 60)
      return bound.power_w / 1e6 / bound.window_s;
    if (change && window &&
        (near(bound.window_s, *window) || f.has("-" + std::to_string(static_cast<int>(bound.window_s)))))
      return bound.power_w / 1e6;
  }
  return std::nullopt;
}

std::optional<double> band_bound(const Fact& f, const waveform::Limit& limit) {
  for (const auto& bound : limit.bands) {
    if (f.unit == "Hz" && f.has("band low")) return bound.low_hz;
    if (f.unit == "Hz" && f.has("band high")) return bound.high_hz;
    if (f.unit == "s" && f.has("window")) return bound.window_s;
    if (f.unit != "MW") continue;
    if (f.has("peak-to-peak")) return bound.power_w / 1e6;
    if (f.has("oscillation")) return bound.power_w / 2e6;  // an amplitude
    const auto from = first_number(std::string_view(f.quantity));
    if (f.has("amplitude") && from && near(*from, bound.low_hz)) return bound.power_w / 1e6;
  }
  return std::nullopt;
}

std::optional<Computed> clause(const Fact& f, const FactModels& m) {
  if (f.topic != "grid-limit") return std::nullopt;
  const auto* limit = limit_of(f, m);
  if (limit == nullptr) return std::nullopt;
  auto x = ride_time(f, *limit);
  for (const auto look : {voltage, ramp, band_bound})
    if (!x) x = look(f, *limit);
  if (!x && f.unit == "MW" && limit->at_least_w > 0 && (f.has("scope") || f.has("threshold")))
    x = limit->at_least_w / 1e6;
  if (!x || *x == 0) return std::nullopt;
  return Computed{*x, "data/limits/" + limit->name + ".toml", true};
}

constexpr std::array<FactRule, 1> kGridRules = {clause};

}  // namespace

std::span<const FactRule> grid_rules() { return kGridRules; }

}  // namespace gigawatt::measured
