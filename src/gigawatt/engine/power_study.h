#pragma once
/// The load of a site as its grid sees it, asked for by names: what `gigawatt power` answers.

#include <filesystem>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/waveform/oscillation.h"
#include "gigawatt/waveform/ride_through.h"
#include "gigawatt/waveform/study.h"

namespace gigawatt::engine {

/// Beside the step itself. Times and sizes of zero: not asked for.
struct PowerOptions {
  std::string site;          ///< of the catalogue: its PUE; empty: that of the system's kind of cooling
  std::string chain;         ///< of data/power; empty: the first
  std::string ride_through;  ///< of data/power; empty: the chain's own
  std::string level = "campus";
  double seconds_s = 60;
  double dt_s = 1e-3;
  std::string limit;       ///< name of a limit, or of its document
  std::string limit_text;  ///< a limit's TOML text in place of the name
  std::string mitigate;    ///< "floor=0.7,battery,ramp=5 MW/s": names, with a size or without
  std::int64_t jobs = 1;
  std::int64_t batteries = 0;  ///< sizes of a curve of batteries against the limit
  double cap = 1;
  double start_s = 0, end_s = 0;
  double checkpoint_every_s = 0, checkpoint_s = 0;
  double failure_s = 0, detection_s = 0, restart_s = 0;
  std::string dips;   ///< "0.4:0.25@10": voltage, seconds, when
  std::string modes;  ///< "0.25:0.03": hertz, damping
  double short_circuit_ratio = 0;
  double breaker_w = 0;
};

struct PowerAnswer {
  waveform::Level level = waveform::Level::kCampus;
  std::string site, chain, device;
  double pue = 1;
  waveform::Profile profile;
  waveform::Study study;
  std::vector<waveform::Limit> limits;  ///< what the study points into
  std::vector<waveform::Mitigation> asked;
  std::vector<waveform::Dip> dips;
  std::vector<waveform::DipOutcome> outcomes;
  std::vector<std::pair<std::string, std::vector<waveform::BandCheck>>> bands;  ///< by limit
  std::vector<waveform::ModeAnswer> modes;
  waveform::BusSwing bus;
  double short_circuit_ratio = 0;
  double breaker_w = 0, breaker_trips_s = -1;
  std::vector<std::string> notes;  ///< what the window and its samples cannot show
};

/// `request` is legal and `result` its step. All mistakes of the options at once.
tl::expected<PowerAnswer, base::Diagnostics> power_study(const Knowledge& knowledge,
                                                         const std::filesystem::path& data,
                                                         const step::StepRequest& request,
                                                         const step::StepResult& result,
                                                         const PowerOptions& options);

/// Parts of a text between commas, without blanks around them; none for an empty text.
std::vector<std::string> parts_of(const std::string& text, char separator);

/// "floor=0.7,battery": names of waveform::kMeansNames, each with a size or without.
tl::expected<std::vector<waveform::Mitigation>, base::Diagnostics> parse_mitigations(const std::string& text,
                                                                                     double accelerators);

}  // namespace gigawatt::engine
