#pragma once
/// Defaults of a facility where a site says nothing: conversion chain, cooling kinds, build-out lead times, limits;
/// data/facility/*.toml.
///
/// Facility power = IT power * overhead; over a year the overhead is the PUE, in the design hour `peak_overhead` (what the
/// connection must carry). The chain's efficiencies are at the load at which makers quote them: losses over load are module
/// power's. A step of a build-out takes exp(ln(lead) + sigma z), z standard normal.

#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

struct Conversion {
  std::string name;  ///< transformer, ups, ups-eco, busway, psu, vrm
  std::string title;
  Sourced efficiency;  ///< out / in, at about 70% load
};

struct CoolingKind {
  std::string name;  ///< air, liquid-chiller, liquid-dry, evaporative
  std::string title;
  Sourced pue;            ///< yearly mean
  Sourced wue;            ///< m3/J of IT energy
  Sourced peak_overhead;  ///< facility / IT power in the design hour
};

/// Published delivery and construction times.
struct LeadTime {
  std::string name;
  Sourced time;  ///< s
};

/// One step of a build-out phase: log-normal with median `lead`.
struct BuildStepDefault {
  std::string name;  ///< permit substation shell power cooling racks network acceptance
  Sourced lead;      ///< s
  Sourced sigma;     ///< standard deviation of ln(lead)
};

struct GridLimit {
  std::string name;
  Sourced power_w;
  Sourced ramp_w_per_s;
};

/// How overhead follows load and the hours of a day (site/overhead.h).
struct TypicalDay {
  std::string source;                 ///< of `below_maximum`
  Sourced reference_load;             ///< at which makers quote efficiencies
  Sourced no_load_share;              ///< of the losses at reference load
  Sourced design_hour_above_month_k;  ///< of the hottest month's mean
  Sourced compute_share;              ///< of a training step, behind the published typical draw
  std::vector<double> below_maximum;  ///< 24 shares of the daily range
};

struct FacilityDefaults {
  std::string name;
  std::string title;
  Sourced peak_overhead;
  Sourced ups_autonomy;  ///< s
  Sourced average_pue_survey;
  Sourced latent_heat_j_per_kg;
  Sourced training_swing, inference_swing;  ///< of provisioned power, within 2 s
  Sourced swing_band_low_hz, swing_band_high_hz;
  Sourced smoothing_reduction;  ///< of the peak grid demand
  Sourced rack_storage_per_accelerator_j;
  Sourced oversubscription_gain;
  Sourced design_to_typical_ratio;  ///< typical draw / vendor maximum of a training server
  Sourced curtailment_share;
  TypicalDay typical_day;
  std::vector<Conversion> conversions;
  std::vector<CoolingKind> cooling;
  std::vector<LeadTime> lead_times;
  std::vector<BuildStepDefault> build_steps;
  std::vector<GridLimit> grid_limits;
};

void fields(config::FieldVisitor& v, TypicalDay& x);
void fields(config::FieldVisitor& v, Conversion& x);
void fields(config::FieldVisitor& v, CoolingKind& x);
void fields(config::FieldVisitor& v, LeadTime& x);
void fields(config::FieldVisitor& v, BuildStepDefault& x);
void fields(config::FieldVisitor& v, GridLimit& x);
void fields(config::FieldVisitor& v, FacilityDefaults& x);

/// Yearly mean PUE of the first kind that cools so ("air", "liquid"), else of the first of all.
double typical_pue(const FacilityDefaults& defaults, std::string_view cooling);

}  // namespace gigawatt::catalog
