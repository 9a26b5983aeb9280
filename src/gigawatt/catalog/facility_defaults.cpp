#include "gigawatt/catalog/facility_defaults.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, Conversion& x) {
  v(x.name, {.key = "name", .doc = "Stage of the chain.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  sourced(v, x.efficiency,
          {.key = "efficiency", .doc = "Out over in.", .min = 0.5, .max = 1, .required = true});
}

void fields(config::FieldVisitor& v, CoolingKind& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it is.", .required = true});
  sourced(v, x.pue, {.key = "pue", .doc = "Yearly mean.", .min = 1, .max = 3, .required = true});
  sourced(v, x.wue,
          {.key = "wue", .doc = "Water per IT energy.", .unit = "L/kWh", .min = 0, .required = true});
  sourced(v, x.peak_overhead,
          {.key = "peak_overhead",
           .doc = "Facility over IT power in the design hour.",
           .min = 1,
           .max = 3,
           .required = true});
}

void fields(config::FieldVisitor& v, LeadTime& x) {
  v(x.name, {.key = "name", .doc = "What is waited for.", .required = true});
  sourced(v, x.time,
          {.key = "time", .doc = "From order to delivery.", .unit = "weeks", .min = 0, .required = true});
}

void fields(config::FieldVisitor& v, BuildStepDefault& x) {
  v(x.name, {.key = "name", .doc = "Build step.", .required = true});
  sourced(v, x.lead,
          {.key = "lead", .doc = "Median lead time.", .unit = "months", .min = 0, .required = true});
  sourced(
      v, x.sigma,
      {.key = "sigma", .doc = "Standard deviation of its logarithm.", .min = 0, .max = 2, .required = true});
}

void fields(config::FieldVisitor& v, GridLimit& x) {
  v(x.name, {.key = "name", .doc = "Which rule.", .required = true});
  sourced(v, x.power_w, {.key = "power", .doc = "Limit of power.", .unit = "MW", .min = 0});
  sourced(v, x.ramp_w_per_s, {.key = "ramp", .doc = "Limit of ramp.", .unit = "MW/min", .min = 0});
}

void fields(config::FieldVisitor& v, TypicalDay& x) {
  v(x.source, {.key = "source", .doc = "Of the shape of a day.", .required = true});
  sourced(v, x.reference_load,
          {.key = "reference_load",
           .doc = "Load at which makers quote efficiencies.",
           .max = 1,
           .required = true,
           .positive = true});
  sourced(v, x.no_load_share,
          {.key = "no_load_share",
           .doc = "Of the losses at reference load, at any load.",
           .min = 0,
           .max = 1,
           .required = true});
  sourced(v, x.design_hour_above_month_k,
          {.key = "design_hour_above_month",
           .doc = "Of the design hour above the mean of the hottest month.",
           .unit = "K",
           .required = true,
           .positive = true});
  sourced(v, x.compute_share,
          {.key = "compute_share",
           .doc = "Of a training step, behind the published typical draw of its servers.",
           .min = 0,
           .max = 1,
           .required = true});
  v(x.below_maximum, {.key = "below_maximum",
                      .doc = "Shares of the daily range below the maximum, by hour.",
                      .min = 0,
                      .max = 1,
                      .required = true});
}

void fields(config::FieldVisitor& v, FacilityDefaults& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "What it holds.", .required = true});
  sourced(v, x.peak_overhead,
          {.key = "peak_overhead",
           .doc = "Facility over IT power in the design hour.",
           .min = 1,
           .max = 3,
           .required = true});
  sourced(v, x.ups_autonomy,
          {.key = "ups_autonomy", .doc = "Ride-through of UPS batteries.", .unit = "min", .min = 0});
  sourced(v, x.average_pue_survey,
          {.key = "average_pue_survey", .doc = "Mean of all sites of a survey.", .min = 1, .max = 3});
  sourced(v, x.latent_heat_j_per_kg,
          {.key = "latent_heat", .doc = "Of evaporating water.", .unit = "MJ/kg", .min = 0});
  sourced(v, x.training_swing,
          {.key = "training_swing", .doc = "Of provisioned power within 2 s, training.", .min = 0, .max = 1});
  sourced(
      v, x.inference_swing,
      {.key = "inference_swing", .doc = "Of provisioned power within 2 s, inference.", .min = 0, .max = 1});
  sourced(v, x.swing_band_low_hz,
          {.key = "swing_band_low", .doc = "Low end of the swing spectrum.", .unit = "Hz", .min = 0});
  sourced(v, x.swing_band_high_hz,
          {.key = "swing_band_high", .doc = "High end of the swing spectrum.", .unit = "Hz", .min = 0});
  sourced(v, x.smoothing_reduction,
          {.key = "smoothing_reduction",
           .doc = "Of the peak grid demand, by power smoothing.",
           .min = 0,
           .max = 1});
  sourced(v, x.rack_storage_per_accelerator_j,
          {.key = "rack_storage_per_accelerator",
           .doc = "Capacitors of the power shelf.",
           .unit = "J",
           .min = 0});
  sourced(v, x.oversubscription_gain,
          {.key = "oversubscription_gain", .doc = "Extra servers by power oversubscription.", .min = 0});
  sourced(v, x.design_to_typical_ratio,
          {.key = "design_to_typical_ratio",
           .doc = "Typical draw over vendor maximum of a server.",
           .min = 0,
           .max = 1});
  v(x.typical_day,
    {.key = "typical_day", .doc = "Overhead over load and the hours of a day.", .required = true});
  sourced(v, x.curtailment_share,
          {.key = "curtailment_share",
           .doc = "Power that a flexible load can shed for hours.",
           .min = 0,
           .max = 1});
  v(x.conversions, {.key = "conversion", .doc = "Stages from the meter to the chip."});
  v(x.cooling, {.key = "cooling", .doc = "Cooling kinds.", .required = true});
  v(x.lead_times, {.key = "lead_time", .doc = "Published delivery times."});
  v(x.build_steps, {.key = "build_step", .doc = "Lead times of build-out steps."});
  v(x.grid_limits, {.key = "grid_limit", .doc = "Published limits on large loads."});
}

double typical_pue(const FacilityDefaults& defaults, std::string_view cooling) {
  for (const CoolingKind& kind : defaults.cooling)
    if (kind.name == cooling || kind.name.starts_with(std::string(cooling) + "-")) return kind.pue;
  return defaults.cooling.front().pue;
}

}  // namespace gigawatt::catalog
