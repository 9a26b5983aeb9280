#pragma once
/// What the user asked for. One struct per table of the file: load() reads it by its field table, fills what the
/// catalogue knows, turns names into indexes and checks it; the result is immutable and is all that a simulation
/// needs besides the catalogue.
///
/// Members named in a file are first in each struct; those under "Filled by resolution" exist only afterwards.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/scenario/claim.h"
#include "gigawatt/scenario/ids.h"
#include "gigawatt/scenario/job.h"
#include "gigawatt/scenario/site.h"
#include "gigawatt/units/quantity.h"

namespace gigawatt::scenario {

inline constexpr std::int64_t kFormatVersion = 1;

struct BudgetYear {
  std::int64_t year = 0;
  units::Money capex;
  std::optional<units::Money> low, high;  ///< guidance band
  double fleet_share = 1;                 ///< share that goes into what this scenario models
  bool binds = false;                     ///< purchases of the year wait when it is spent
  bool carry_over = false;                ///< with what the years before have left
  std::map<std::string, double> shares;   ///< category -> share; may be empty; else they sum to at most 1
  std::string source;
  bool assumed = false;
  std::string reason;
};

/// Capital expenditure of the company that this scenario does not build: other servers, offices, sea cables, leases.
struct OtherCapex {
  std::int64_t year = 0;
  std::string name;
  units::Money capex;
  std::optional<units::Money> low, high;  ///< 80% range
  std::string source;
  bool assumed = false;
  std::string reason;
};

/// What an accelerator of somebody else's costs by the hour.
using AcceleratorRent = units::Quantity<units::kMoney / units::kTime>;

/// Accelerators that stand in service at a date, owned before or apart from the build-out, or rented.
struct FleetItem {
  std::string name;
  std::string system;
  std::int64_t accelerators = 0;
  base::SimTime date;                   ///< in service from
  std::optional<base::SimTime> until;   ///< retired
  std::optional<AcceleratorRent> rent;  ///< somebody else's: no capital, so much for each while it stands
  std::optional<double> low, high;      ///< factors on the count by which its source may be off
  std::string site;
  std::string source;
  bool assumed = false;
  std::string reason;
  SystemId system_id;
  SiteId site_id;
};

struct DeliveryPart {
  base::SimTime date;
  std::int64_t accelerators = 0;
  bool forecast = false;  ///< expected for that day, not observed
};

/// Accelerators that arrive during the period. A site with any delivery of a system takes that system only from
/// its deliveries; one without is filled when its racks step is done.
struct Delivery {
  std::string name;
  std::string system;
  std::string site;
  std::optional<base::SimTime> date;  ///< all at once, or
  std::optional<std::int64_t> accelerators;
  std::vector<DeliveryPart> schedule;  ///< in parts; resolution makes one part of the former
  std::optional<units::Money> price;   ///< of one accelerator, instead of the catalogue's at its date
  std::optional<double> low, high;     ///< factors on the counts by which their source may be off
  std::string source;
  bool assumed = false;
  std::string reason;
  SystemId system_id;
  SiteId site_id;
};

/// The policies of the scheduling module, by their names there; "backfill" is "priority-easy".
enum class SchedulerPolicy : std::uint8_t {
  kFifo,
  kPriority,
  kBackfill,
  kEasy,
  kConservative,
  kPriorityEasy,
  kPreempt,
  kFairShare,
  kFairShareEasy,
  kShortest
};
inline constexpr std::array<std::string_view, 10> kSchedulerPolicyNames = {
    "fifo",    "priority",   "backfill",        "easy",    "conservative", "priority-easy",
    "preempt", "fair-share", "fair-share-easy", "shortest"};

struct Operations {
  SchedulerPolicy scheduler = SchedulerPolicy::kPriority;
  double spare_share = 0;                ///< of each site's accelerators, kept as hot spares
  units::Time maintenance_interval;      ///< of a training, between planned stops; 0: none
  units::Time maintenance_time;          ///< that such a stop takes
  std::map<std::string, double> shares;  ///< account -> what it may use, relative to the others; not named: 1
  std::optional<units::Power> it_power_cap;  ///< of the whole fleet: no start may lift the IT power above it
  std::vector<double> signal_by_hour;    ///< price or carbon intensity by hour of the day (UTC), 24 values
  units::Time wait_warning{30 * 86400};  ///< a job that others overtook is named when it waited longer
  std::optional<double> idle_load;  ///< of its largest draw, of what is in no job: work that nobody names
};

struct FailureSettings {
  std::string profile;  ///< of the catalogue; empty: its default
  bool enabled = true;
  double rate_scale = 1;                    ///< all rates times this
  std::map<std::string, units::Time> mttf;  ///< component -> mean time to failure per accelerator, overrides
  std::optional<units::Time> detection, restart, repair;  ///< overrides
  // Parts of a restart; any of them given: the restart is their sum with the time to load the checkpoint.
  std::optional<units::Time> diagnosis, replacement, initialization;
  std::optional<double> lemon_share, lemon_fault_share, lemon_detection;
  std::optional<double>
      gap_variation;  ///< coefficient of variation of the gaps between failures; 1: no bursts
  std::optional<units::Time> burst_time;   ///< mean length of a burst
  std::optional<double> batch_deviation;   ///< of the logarithm of a delivery's failure rate
  std::optional<double> infant_factor;     ///< rate of a fresh node over that of an old one
  std::optional<units::Time> infant_time;  ///< in which that excess falls to 1/e
  std::optional<units::Time> burn_in;      ///< age of a node when it is accepted
  std::optional<units::Time> silent_detection;
  std::optional<double> straggler_share, straggler_waste;
  std::optional<bool> by_month;  ///< of nodes that are in no training: as many as are drawn for a month
  std::optional<bool> domains;   ///< false: racks, feeds, switches, halls and sites do not fail as a whole
  // Repair crews and parts, per site.
  std::optional<double> technicians_per_thousand;  ///< nodes
  std::optional<units::Time> hands_on;
  std::optional<double> part_share;  ///< of repairs that need a part from the stock
  std::optional<double> part_stock;  ///< of the nodes
  std::optional<units::Time> vendor_turnaround;
};

struct PriceSettings {
  std::optional<units::Quantity<units::kMoney / units::kEnergy>> electricity;  ///< everywhere
  std::map<std::string, units::Money> accelerator;  ///< system -> price of one accelerator
  std::optional<units::Quantity<units::kMoney / units::kPower>> shell, power,
      cooling;  ///< per watt of facility power
  std::optional<units::Money> network_per_accelerator;
  std::optional<units::Time> accelerator_life, building_life;
  std::optional<double> discount_rate;
  std::optional<double> staff_share, maintenance_share;  ///< per year, of capex
  std::optional<units::Quantity<units::kMoney / units::kMass>> carbon;
};

struct Scenario {
  std::int64_t version = 0;
  std::string name;
  std::string title;
  std::string description;
  base::SimTime start;
  base::SimTime end;
  std::optional<base::SimTime> as_of;  ///< what lies before is history, what lies after is forecast (as_of.h)
  std::uint64_t seed = 1;
  std::int64_t currency_year = 2025;
  std::vector<BudgetYear> budget;
  std::vector<OtherCapex> other_capex;
  std::vector<Site> sites;
  std::vector<FleetItem> fleet;
  std::vector<Delivery> deliveries;
  std::vector<Job> jobs;
  Operations operations;
  FailureSettings failures;
  CheckpointPolicy checkpoint;
  PriceSettings prices;
  std::vector<Claim> claims;
};

/// Where a leaf's value came from.
enum class Origin : std::uint8_t { kDefault, kFile, kOverride, kCatalogue, kDerived };
inline constexpr std::array<std::string_view, 5> kOriginNames = {"default", "file", "override", "catalogue",
                                                                 "derived"};

/// One input leaf, for the `inputs` table of a stored run and for sensitivities.
struct InputLeaf {
  std::string path;   ///< "site[0].phase[1].facility_power"; also an override's key
  std::string value;  ///< in the field's unit; numbers with the fewest digits that read back the same
  std::string unit;   ///< "" for text and plain numbers
  bool numeric = false;
  double si = 0;  ///< of numeric ones
  Origin origin = Origin::kDefault;
  std::string source;  ///< of the nearest table that names one
  bool assumed = false;
};

/// Something that a source expected for a day before `as_of`, and of which the scenario has no observation.
struct ExpiredForecast {
  std::string what;    ///< "prometheus, phase 'Autumn 2026': acceptance"
  base::SimTime date;  ///< expected; of a lead time, with all leads at their median
  std::string source;
};

/// Immutable: members are const through `const ResolvedScenario&`, which is all that load() hands to others.
struct ResolvedScenario : Scenario {
  std::vector<std::string> systems;      ///< canonical catalogue names, by SystemId
  std::vector<std::string> models;       ///< canonical catalogue names, by ModelId
  std::vector<std::string> warnings;     ///< of resolution: what is allowed and yet cannot be meant
  std::vector<ExpiredForecast> expired;  ///< in the order of their dates
  std::vector<InputLeaf> inputs;
  std::string canonical;   ///< sorted keys, SI numbers, defaults filled; reads back to the same scenario
  std::uint64_t hash = 0;  ///< xxHash64 of `canonical`
  std::string file;        ///< as the user named it
};

}  // namespace gigawatt::scenario
