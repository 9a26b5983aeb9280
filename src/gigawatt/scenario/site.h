#pragma once
/// Sites and how they come into being.
///
/// A site grows in phases, each a tranche of capacity with eight build steps. A step is either dated (published:
/// it happened, or is announced for, that day) or has a lead time after the steps it waits for. Lead times are
/// log-normal: `lead` is the median, `sigma` the standard deviation of its logarithm. A step that waits for
/// several starts when the last of them is done; a dated step is done at its date, or with the last of its
/// predecessors if that is later.
///
/// Default order (arrows are "waits for"):
///
///     permit <- substation <-+
///       ^                    power <-+
///       +----- shell <-------+       racks <- network <- acceptance
///                ^--------- cooling <-+
///
/// Steps that a file leaves out: where a step that waits for them, however far, is dated, they are over by then
/// and are not modeled; otherwise they take the catalogue's lead time. The first modeled steps need a date of
/// their own or the phase's `start`.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/scenario/hourly.h"
#include "gigawatt/scenario/ids.h"
#include "gigawatt/units/quantity.h"

namespace gigawatt::scenario {

enum class BuildStep : std::uint8_t {
  kPermit,
  kSubstation,
  kShell,
  kPower,
  kCooling,
  kRacks,
  kNetwork,
  kAcceptance
};
inline constexpr std::size_t kBuildStepCount = 8;
inline constexpr std::array<std::string_view, kBuildStepCount> kBuildStepNames = {
    "permit", "substation", "shell", "power", "cooling", "racks", "network", "acceptance"};

/// A build step as the file has it; all empty: left to the defaults.
struct StepInput {
  std::optional<base::SimTime> date;
  std::optional<units::Time> lead;  ///< median
  std::optional<double> sigma;      ///< standard deviation of the logarithm of the lead
  std::vector<std::string> after;   ///< names of steps; empty: the default order
  bool forecast = false;            ///< `date` is expected, not observed
  std::string source;
};

/// A build step after resolution.
struct ResolvedStep {
  bool modeled = false;               ///< false: over before the first thing that is known
  std::optional<base::SimTime> date;  ///< dated step: not before this day
  double lead_s = 0;                  ///< median lead of an undated step
  double sigma =
      0;  ///< of the logarithm of the lead; of a date after `as_of`, of the time from then to the date
  std::uint8_t after = 0;  ///< bit i: waits for BuildStep i (modeled ones only)
  std::string source;
};

/// Rent for a phase's capacity, or for the share of it that is somebody else's, per power at the meter.
using PowerRent = units::Quantity<units::kMoney / (units::kPower * units::kTime)>;

/// When and how long rent is paid. A lease begins when the lessor hands over, which may be before the racks have power
/// (the tenant fits them out) or after (months without rent).
struct Lease {
  std::optional<base::SimTime> from;  ///< rent is paid from this day; empty: the day of energizing
  std::optional<units::Time> term;    ///< from then; empty: no end
  double escalation = 0;              ///< by which rent rises every year after the first
  /// What makes it ours at the end of the term, 0 for a bargain; empty: it goes on as before.
  std::optional<units::Quantity<units::kMoney / units::kPower>> purchase;
};

struct Phase {
  std::string name;
  std::string title;
  std::optional<units::Power>
      facility_power;                    ///< of this tranche, at the meter; exactly one of the two in a file,
  std::optional<units::Power> it_power;  ///< of this tranche, at the racks; resolution fills the other
  std::string system;                    ///< what it will hold; empty: the site's `system`
  std::optional<std::int64_t> accelerators;  ///< places; resolution fills "as many as the IT power feeds"
  std::optional<base::SimTime> start;        ///< when the first undated step begins
  std::array<StepInput, kBuildStepCount> steps;
  std::optional<double>
      own_share;                  ///< of the construction cost that is our capital; the rest is the lessor's
  std::optional<PowerRent> rent;  ///< paid for what is not ours
  std::optional<Lease> lease;     ///< its timing; empty: from the day of energizing without an end
  std::string source;
  bool assumed = false;
  std::string reason;

  // Filled by resolution.
  SystemId system_id;
  std::array<ResolvedStep, kBuildStepCount> resolved;
  base::SimTime begin;  ///< the start of undated first steps; of a wholly dated phase, its first date
  base::SimTime planned_energized;     ///< all leads at their median
  base::SimTime planned_service;       ///< the same, accelerators accepted
  std::optional<base::SimTime> as_of;  ///< the scenario's
};

/// When each modeled step of a phase is done.
struct BuildDates {
  std::array<base::SimTime, kBuildStepCount> done{};
  base::SimTime
      energized;  ///< permit, substation, shell, power and cooling are done: the racks may draw power
  base::SimTime in_service;  ///< all steps are done: the accelerators take jobs
};

/// `deviates[i]` is a standard normal deviate for step i (0: the median); a lead is median * exp(sigma * deviate).
///
/// With `as_of` the same deviate moves a forecast alone. A step that is dated until then is history and has no spread.
/// A later date d becomes as_of + (d - as_of) * exp(sigma * deviate). A step with a lead whose median is still ahead
/// is known not to be done, so that its lead is drawn from what lies beyond as_of: with F the distribution function of
/// the lead and r the time that it has run, the quantile F(r) + (1 - F(r)) * Phi(deviate).
BuildDates build_dates(const Phase& phase, std::span<const double, kBuildStepCount> deviates);

enum class SupplyKind : std::uint8_t { kGrid, kGas, kBattery, kNuclear, kContract };
inline constexpr std::array<std::string_view, 5> kSupplyKindNames = {"grid", "gas", "battery", "nuclear",
                                                                     "contract"};

/// Power that becomes available at the meter. Steps of the same kind add up. A battery shifts energy; it does
/// not raise the continuous limit.
struct Supply {
  SupplyKind kind = SupplyKind::kGrid;
  std::string name;
  base::SimTime date;
  units::Power power;                    ///< added from `date` on
  units::Energy energy;                  ///< battery only
  std::optional<base::SimTime> until;    ///< bridging power that goes again
  std::optional<base::SimTime> ordered;  ///< paid for from this day; empty: a year before
  std::optional<units::Money> cost;      ///< empty: the catalogue's of its kind
  std::optional<units::Quantity<units::kMoney / units::kEnergy>>
      price;                      ///< of its energy, all running costs; empty: the site's
  std::optional<std::string> of;  ///< generator of the catalogue that burns the gas
  std::optional<units::Quantity<units::kMass / units::kEnergy>>
      carbon_intensity;  ///< of its energy; empty: the generator's, nothing (nuclear), or the site's
  std::string source;
};

enum class SiteKind : std::uint8_t { kCampus, kExisting };
inline constexpr std::array<std::string_view, 2> kSiteKindNames = {"campus", "existing"};

/// One point of the catalogue's published capacity: what different sources say was or will be running.
struct CapacityPoint {
  base::SimTime date;
  units::Power facility_low, facility, facility_high;
  std::string source;
};

/// Somebody else owns a share of the site's building and plant from a date on and pays that share of what is spent on
/// them; the accelerators stay the company's, which uses the whole and pays rent for the partner's share.
struct Partner {
  std::string name;
  double share = 0;
  base::SimTime date;
  std::optional<PowerRent> rent;  ///< that the company pays for its share, from the day of energizing
  std::optional<Lease> lease;     ///< timing of that
  std::string source;
  bool assumed = false;
  std::string reason;
};

/// Hours in which the grid asks for load: trainings at the site pause and keep their state.
struct GridCalls {
  double per_year = 0;   ///< mean; they come at random
  units::Time duration;  ///< of one call
};

struct Site {
  std::string name;
  std::string title;
  std::string catalog;                ///< catalogue site that fills what is not given here; empty: none
  SiteKind kind = SiteKind::kCampus;  ///< existing: many old regions as one pseudo-site without a power limit
  bool assumed = false;
  std::string reason;
  std::string source;
  std::optional<double> latitude, longitude;  ///< degrees
  std::string grid;                           ///< grid region of the catalogue (carbon and price)
  std::string cooling;          ///< of the catalogue: "air", "evaporative", "liquid-dry", "liquid-chiller"
  std::string weather_station;  ///< of data/weather; empty: monthly normals of the catalogue site
  std::optional<HourlyWeather> weather;  ///< one of them given: the site by the hour
  std::optional<HourlyPrices> prices;
  std::optional<double> pue;  ///< annual mean, facility / IT
  std::optional<double>
      peak_overhead;  ///< facility / IT in the design hour: how much IT power the facility power feeds
  std::optional<units::Quantity<units::kVolume / units::kEnergy>> wue;              ///< water per IT energy
  std::optional<units::Quantity<units::kMoney / units::kPower>> construction_cost;  ///< per watt at the meter
  std::optional<units::Quantity<units::kMoney / units::kEnergy>>
      electricity_price;  ///< empty: the grid region's
  std::optional<units::Quantity<units::kMass / units::kEnergy>>
      carbon_intensity;  ///< empty: the grid region's
  std::string system;    ///< default of the phases
  std::vector<Phase> phases;
  std::vector<Supply> supply;  ///< empty: as much as the phases need
  std::optional<GridCalls> grid_calls;
  std::vector<Partner> partners;  ///< joint ventures

  std::vector<CapacityPoint> published;  ///< from the catalogue, for comparison only
};

/// Power available at the meter at `t` from everything but batteries; infinite without any supply items.
units::Power supply_limit(const Site& site, base::SimTime t);

}  // namespace gigawatt::scenario
