#pragma once
/// Published statements, to be set against what the twin computes.
///
/// A claim names a quantity of the run, when and of what, and how it is related to a value: at least, at most, equal to or
/// about it within `tolerance`, within a range. engine/claim_value.h computes the quantity in every future, analysis/claims.h
/// judges: consistent where the value agrees, inconsistent where nothing of its interval does, undecidable between.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/scenario/ids.h"
#include "gigawatt/units/dimension.h"

namespace gigawatt::scenario {

/// What the twin can compute for a claim.
enum class ClaimQuantity : std::uint8_t {
  kAcceleratorsTotal,
  kItPower,
  kFacilityPower,
  kSiteFacilityPower,
  kSiteItPower,
  kSiteAccelerators,
  kCapexYear,
  kCapexTotal,
  kStepTime,
  kMfu,
  kTrainingDays,
  kGpuHours,
  kEnergy,
  kCo2,
  kInterruptions,
  kGoodput,
  kRatioTo,            ///< `of` at `at`, divided by the catalogue fact `reference`
  kFirstToCapacity,    ///< whether `site` reaches `value` of facility power before every one of `rivals`
  kRequiredPower,      ///< power at the meter of `site` that `accelerators` of `system` need
  kAcceleratorsOwned,  ///< in service or delivered and waiting for power
  kOperatingShare,     ///< in service over owned
  kCo2Rated,           ///< as model cards count: accelerator-hours at the rated power, no other equipment
};
inline constexpr std::size_t kClaimQuantityCount = 22;

struct ClaimQuantityInfo {
  std::string_view name;
  units::Dimension dimension;
  std::string_view unit;  ///< for messages and tables
  std::string_view doc;
  bool needs_at, needs_site, needs_job, needs_system;
  double most = 1e15;  ///< largest value that can be claimed, SI; the least is 0
};
const ClaimQuantityInfo& info(ClaimQuantity quantity);
std::span<const std::string_view> claim_quantity_names();

enum class ClaimRelation : std::uint8_t { kAtLeast, kAtMost, kEquals, kRange, kApproximately };
inline constexpr std::array<std::string_view, 5> kClaimRelationNames = {"at_least", "at_most", "equals",
                                                                        "range", "approximately"};

struct Claim {
  std::string id;
  std::string statement;
  std::string source;      ///< citation in words
  std::string source_key;  ///< key of data/sources.toml; may be empty
  std::string date;        ///< when it was said
  ClaimQuantity quantity = ClaimQuantity::kAcceleratorsTotal;
  ClaimQuantity of = ClaimQuantity::kFacilityPower;  ///< ratio_to: what is divided
  std::optional<base::SimTime> at;  ///< instant; of yearly quantities, any instant of the year
  std::string site, job, system;
  std::optional<double> accelerators;  ///< required_power
  std::string reference;  ///< ratio_to: a fact of the catalogue ("reactor-net-power", "manhattan-peak-load")
  std::vector<std::string> rivals;  ///< first_to_capacity: sites of the scenario or of the catalogue
  ClaimRelation relation = ClaimRelation::kApproximately;
  config::AnyQuantity value;
  std::optional<config::AnyQuantity> upper;  ///< relation range: value .. upper
  double tolerance = 0.1;    ///< relative, of relation equals and approximately; slack of the others
  bool lower_bound = false;  ///< the scenario models a part of what the statement is about
  std::string note;

  // Filled by resolution.
  SiteId site_id;
  JobId job_id;
  SystemId system_id;
};

}  // namespace gigawatt::scenario
