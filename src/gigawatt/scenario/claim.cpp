#include "gigawatt/scenario/claim.h"

#include <algorithm>

#include "gigawatt/base/check.h"

namespace gigawatt::scenario {
namespace {

using enum ClaimQuantity;
using units::kNone;

//                                                                            at     site   job    system
constexpr std::array<ClaimQuantityInfo, kClaimQuantityCount> kInfos = {{
    {"accelerators_total", kNone, "", "accelerators in service, all sites", true, false, false, false},
    {"it_power", units::kPower, "MW", "energized IT power, all sites", true, false, false, false},
    {"facility_power", units::kPower, "MW", "energized facility power, all sites", true, false, false, false},
    {"site_facility_power", units::kPower, "MW",
     "energized facility power of a site, without `at` at the end", false, true, false, false},
    {"site_it_power", units::kPower, "MW", "energized IT power of a site, without `at` at the end", false,
     true, false, false},
    {"site_accelerators", kNone, "", "accelerators in service at a site, without `at` at the end", false,
     true, false, false},
    {"capex_year", units::kMoney, "GUSD", "capital expenditure in the calendar year of `at`", true, false,
     false, false},
    {"capex_total", units::kMoney, "GUSD", "capital expenditure up to `at`, of `site` where one is named",
     true, false, false, false},
    {"step_time", units::kTime, "s", "time of one optimizer step of a job", false, false, true, false},
    {"mfu", kNone, "%", "model FLOP utilization of a job", false, false, true, false, 1},
    {"training_days", units::kTime, "days", "wall time of a training", false, false, true, false},
    {"gpu_hours", units::kTime, "hours", "accelerator-hours of a training (accelerators times time)", false,
     false, true, false},
    {"energy", units::kEnergy, "GWh", "facility energy of a job", false, false, true, false, 1e21},
    {"co2", units::kMass, "t", "location-based emissions of a job", false, false, true, false},
    {"interruptions", kNone, "", "unexpected interruptions of a job", false, false, true, false},
    {"goodput", kNone, "%", "share of a job's accelerator-hours that made progress", false, false, true,
     false, 1},
    {"ratio_to", kNone, "", "quantity `of` divided by the catalogue fact `reference`", true, false, false,
     false},
    {"first_to_capacity", units::kPower, "MW",
     "`site` reaches `value` of facility power before every one of `rivals`", false, true, false, false},
    {"required_power", units::kPower, "MW",
     "power at the meter of `site` that `accelerators` of `system` need", false, true, false, true},
    {"accelerators_owned", kNone, "", "accelerators in service or waiting for power, all sites or `site`",
     true, false, false, false},
    {"operating_share", kNone, "%", "accelerators in service over those owned, all sites or `site`", true,
     false, false, false, 1},
    {"co2_rated", units::kMass, "t",
     "location-based emissions as model cards count them: accelerator-hours at the accelerator's rated "
     "power, "
     "without other equipment and cooling",
     false, false, true, false},
}};

constexpr auto kNames = [] {
  std::array<std::string_view, kClaimQuantityCount> names;
  for (std::size_t i = 0; i < kClaimQuantityCount; ++i) names[i] = kInfos[i].name;
  return names;
}();

}  // namespace

const ClaimQuantityInfo& info(ClaimQuantity quantity) {
  const auto i = static_cast<std::size_t>(quantity);
  GW_CHECK(i < kClaimQuantityCount);
  return kInfos[i];
}

std::span<const std::string_view> claim_quantity_names() { return kNames; }

}  // namespace gigawatt::scenario
