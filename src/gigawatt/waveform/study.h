#pragma once
/// The whole question of a site's load: which power, which swings, which limits hold, what mitigations take and give.

#include <optional>
#include <string>
#include <vector>

#include "gigawatt/waveform/load.h"
#include "gigawatt/waveform/mitigation.h"
#include "gigawatt/waveform/spectrum.h"

namespace gigawatt::waveform {

/// Where the load is measured.
enum class Level : std::uint8_t {
  kRack,    ///< servers of one rack, on one rank of the pipeline
  kHall,    ///< at the hall's switchboard: all stages but the last, no cooling plant
  kCampus,  ///< at the meter
};
inline constexpr std::array<std::string_view, 3> kLevelNames = {"rack", "hall", "campus"};

struct StudyInput {
  Level level = Level::kCampus;
  double window_s = 60;
  double dt_s = 0.001;
  double accelerators = 0;  ///< of one job
  double accelerators_of_a_rack = 0;
  std::int64_t jobs = 1;  ///< alike, each of so many accelerators
  JobPattern pattern;     ///< of the first job; the others run through
  const power::Chain* chain = nullptr;
  double pue = 1;  ///< yearly mean at the rated load, from which the plant's share follows
  const power::Chain* pue_chain = nullptr;  ///< whose losses `pue` holds; nullptr: those of `chain`
  std::vector<Mitigation> mitigations;      ///< one after the other; empty: each alone
  std::int64_t batteries = 0;               ///< sizes whose effect on the chosen limit is asked for
  const Limit* limit = nullptr;             ///< to be met; nullptr: the one that the load exceeds most
};

struct LimitResult {
  const Limit* limit = nullptr;
  Verdict verdict;
};

/// What a battery of a size leaves of the load.
struct BatteryPoint {
  double energy_j = 0;
  double swing_w = 0;
  double worst = 0;  ///< value over bound of the chosen limit's worst check; up to 1 it holds
};

struct Study {
  Load load;
  double window_s = 0;  ///< whole periods, 0 where the load is not periodic
  double mean_w = 0;    ///< at the meter, over whole steps where there are any
  double it_mean_w = 0;
  double step_it_w = 0;  ///< IT power from the step's energies alone, all jobs running
  double capacity_it_w = 0;
  double capacity_facility_w = 0;
  double accelerators = 0;
  Extremes facility, it;
  std::vector<Line> spectrum;           ///< 0.05 to 20 Hz
  std::vector<LimitResult> limits;      ///< all that bound the power
  std::size_t chosen = 0;               ///< of `limits`
  std::vector<Mitigated> mitigated;     ///< one after the other, or each alone
  bool combined = false;                ///< one after the other
  Verdict after;                        ///< of the chosen limit, with the mitigations asked for
  std::vector<BatteryPoint> batteries;  ///< from none to one and a half of the smallest that meets the limit
  Series after_series;                  ///< whole periods or the window; the load itself without mitigations
};

/// Band of the spectrum that is shown.
inline constexpr double kSpectrumLowHz = 0.05, kSpectrumHighHz = 20;

/// `limits` must outlive the study. A limit without any bound on power is no choice.
Study study(const StudyInput& input, const Profile& profile, const power::NodeLaw& node,
            const power::PowerLibrary& library, const std::vector<Limit>& limits);

}  // namespace gigawatt::waveform
