#pragma once
/// Money over time: spending by category and month, straight-line depreciation, the cost of capital.

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gigawatt/base/sim_time.h"
#include "gigawatt/catalog/accelerator.h"

namespace gigawatt::finance {

enum class Capex : std::uint8_t {
  kAccelerators,
  kServers,  ///< nodes without their accelerators
  kNetwork,
  kShell,
  kPowerCooling,  ///< mechanical and electrical plant
  kLand,
  kGeneration,  ///< plants and batteries on site
};
inline constexpr std::array<std::string_view, 7> kCapexNames = {
    "accelerators", "servers", "network", "shell", "power_cooling", "land", "generation"};

enum class Opex : std::uint8_t { kEnergy, kWater, kCarbon, kStaff, kMaintenance, kRent };
inline constexpr std::array<std::string_view, 6> kOpexNames = {"energy", "water",       "carbon",
                                                               "staff",  "maintenance", "rent"};

/// Months of a run: bucket m covers [starts[m], starts[m + 1]), the last one ends at `end`.
struct Months {
  std::vector<base::SimTime> starts;
  base::SimTime end;

  /// Calendar months that cover [start, end); the first may begin within its month.
  static Months covering(base::SimTime start, base::SimTime end);

  std::size_t count() const { return starts.size(); }
  base::SimTime end_of(std::size_t m) const { return m + 1 < starts.size() ? starts[m + 1] : end; }
  /// Bucket of an instant in [starts[0], end).
  std::size_t index(base::SimTime t) const;
};

/// Spending, kept twice: by category and by site. Their totals are sums of the same amounts in different orders;
/// the simulation compares them.
class MoneyBook {
 public:
  MoneyBook(Months months, std::size_t sites);

  /// Spread evenly over [from, to) (at once when empty); what lies outside the run is left out: money spent before
  /// is sunk, later spending belongs to a longer run.
  /// Answers what of it lies within the run.
  double capex(std::size_t site, Capex category, double usd, base::SimTime from, base::SimTime to);
  void opex(std::size_t site, Opex category, double usd, base::SimTime from, base::SimTime to);

  const Months& months() const { return months_; }
  const std::vector<double>& capex_by_category(Capex c) const { return capex_[static_cast<std::size_t>(c)]; }
  const std::vector<double>& opex_by_category(Opex c) const { return opex_[static_cast<std::size_t>(c)]; }
  const std::vector<double>& capex_by_site(std::size_t site) const { return site_capex_[site]; }
  const std::vector<double>& opex_by_site(std::size_t site) const { return site_opex_[site]; }

 private:
  double spread(std::vector<double>& a, std::vector<double>& b, double usd, base::SimTime from,
                base::SimTime to) const;

  Months months_;
  std::array<std::vector<double>, kCapexNames.size()> capex_;
  std::array<std::vector<double>, kOpexNames.size()> opex_;
  std::vector<std::vector<double>> site_capex_;
  std::vector<std::vector<double>> site_opex_;
};

/// What the owner itself pays, by month: all that is booked less what `partners` pay of it. Budgets, guidance and claims
/// about spending mean this.
std::vector<double> own_capex(const MoneyBook& book, std::span<const double> partners);

/// Something bought, written off evenly over its life from the day it is in service.
struct Asset {
  double usd = 0;
  base::SimTime in_service;
  double life_s = 0;
  Capex category = Capex::kAccelerators;
  double paid_usd = 0;  ///< of `usd`, within the run
};

struct Depreciation {
  std::vector<double> charge_usd;          ///< by month
  std::vector<double> book_value_usd_end;  ///< of assets in service by then
};
Depreciation depreciate(std::span<const Asset> assets, const Months& months);

/// Yearly payment that repays 1 over `years` at interest `rate` a year: r / (1 - (1 + r)^-n), 1/n at r = 0.
double capital_recovery(double rate, double years);

/// Price of one accelerator at a date: the last price point not after it, the first one before all of them;
/// 0 where none is known.
double accelerator_price_usd(const catalog::Accelerator& accelerator, base::SimTime date);

}  // namespace gigawatt::finance
