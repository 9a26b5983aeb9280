// Warnings about a plan whose parts do not fit each other: money without power, power without accelerators, phases
// without supply, budgets that are not kept. Each names both figures. What does not fit still runs as it is written.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "gigawatt/fleet/build_model.h"
#include "gigawatt/units/parse.h"

namespace gigawatt::fleet {
namespace {

// Rounding to whole nodes and racks is no doubt; a site may fill up over months.
constexpr double kSlack = 0.05;
constexpr double kHalf = 0.5;
constexpr base::Duration kTimeToFill{180LL * 86'400'000'000};
// A guidance has a band; beyond its upper end by this much, something is counted in the wrong unit or twice.
constexpr double kOverBudget = 1.1;
constexpr double kOtherShare = 0.1;  // of the year's spending

std::string billions(double usd) {
  return usd >= 1e9 ? units::format_number(usd / 1e9, 3) + " B USD"
                    : units::format_number(usd / 1e6, 3) + " M USD";
}
std::string megawatts(double watts) { return units::format_quantity(watts, "MW"); }
std::string count(double x) { return units::format_number(std::floor(x), 15); }

}  // namespace

void ModelBuilder::doubts() {
  std::vector<SiteSums> sums(model_.sites.size());
  for (std::uint32_t s = 0; s < sums.size(); ++s) add_up_power(s, sums[s]);
  for (const Purchase& p : purchases_) {
    if (p.date >= model_.end) continue;
    SiteSums& sum = sums[model_.pools[p.pool].site];
    const auto nodes = static_cast<double>(p.nodes);
    sum.bought_it_w += nodes * power_[model_.pools[p.pool].kind].max_it_w();
    sum.accelerators += nodes * static_cast<double>(model_.kinds[model_.pools[p.pool].kind].accelerators);
    sum.bought_usd += nodes * price_of(p).total();
  }
  for (std::uint32_t s = 0; s < sums.size(); ++s)
    if (model_.sites[s].power_limited) doubt_site(s, sums[s]);
  for (const PoolModel& pool : model_.pools) {
    const auto& site = scenario_.sites[pool.site];
    const auto system = catalog_.system(model_.kinds[pool.kind].system);
    if (system && (*system)->cooling == "liquid" && site.cooling == "air")
      model_.warnings.push_back(fmt::format(
          "site '{}' is cooled by air and holds {}, which is cooled by liquid", site.name, (*system)->name));
  }
  for (const auto& site : scenario_.sites)
    for (const auto& partner : site.partners)
      if (!partner.rent && partner.share > 0)
        model_.warnings.push_back(fmt::format(
            "site '{}': no rent is paid to {}, whose capital costs nothing here", site.name, partner.name));
  doubt_batteries();
  doubt_budgets();
  later_phases();
}

/// Capital that falls within the run while its power comes after it: a reader would take it for what runs.
void ModelBuilder::later_phases() {
  for (std::uint32_t s = 0; s < scenario_.sites.size(); ++s)
    for (const auto& phase : scenario_.sites[s].phases) {
      if (phase.planned_energized <= model_.end || phase.begin >= model_.end) continue;
      const double usd_per_w =
          phase.own_share.value_or(1) * facility_price(scenario_, catalog_, scenario_.sites[s]).total();
      const double share =
          (model_.end - phase.begin).to_seconds() / (phase.planned_energized - phase.begin).to_seconds();
      model_.warnings.push_back(fmt::format(
          "site '{}': about {} of its capital are for '{}', which opens in {}, after the run",
          model_.sites[s].name, billions(usd_per_w * phase.facility_power->si() * share),
          phase.title.empty() ? phase.name : phase.title, base::civil(phase.planned_energized).year));
    }
}

/// Power of the phases that open within the run, and the most IT power that runs at any time.
void ModelBuilder::add_up_power(std::uint32_t site, SiteSums& sum) const {
  double supply_w = std::numeric_limits<double>::infinity();
  for (const PlanItem& item : model_.plan) {
    if (item.site != site || item.time >= model_.end) continue;
    if (item.kind == PlanKind::kEnergize) sum.phases_w += item.facility_w;
    if (item.kind == PlanKind::kService) sum.service_it_w += item.it_w;
    if (item.kind == PlanKind::kService && item.time + kTimeToFill < model_.end)
      sum.settled_it_w += item.it_w;
    if (item.kind == PlanKind::kSupply) supply_w = item.facility_w;
    if (item.kind == PlanKind::kSupply)
      sum.most_supply_w = std::max(sum.most_supply_w.value_or(0), item.facility_w);
    sum.runs_it_w =
        std::max(sum.runs_it_w, std::min(sum.service_it_w, supply_w / model_.sites[site].pue_peak));
  }
}

void ModelBuilder::doubt_site(std::uint32_t s, const SiteSums& sum) {
  const std::string& name = model_.sites[s].name;
  if (sum.most_supply_w && sum.phases_w > *sum.most_supply_w * (1 + kSlack)) {
    double own_w = 0, all_w = 0;  // a lessor's building that stays empty is not our money
    for (const auto& phase : scenario_.sites[s].phases) {
      own_w += phase.own_share.value_or(1) * phase.facility_power->si();
      all_w += phase.facility_power->si();
    }
    const double usd_per_w = own_w / all_w * facility_price(scenario_, catalog_, scenario_.sites[s]).total();
    const double idle_w = sum.phases_w - *sum.most_supply_w;
    model_.warnings.push_back(fmt::format(
        "site '{}': phases of {} are built, the supply gives {} at most: {} of building and plant stay "
        "without power",
        name, megawatts(sum.phases_w), megawatts(*sum.most_supply_w), billions(idle_w * usd_per_w)));
  }
  if (sum.bought_it_w > sum.runs_it_w * (1 + kSlack)) {
    const double share = sum.runs_it_w / sum.bought_it_w;
    model_.warnings.push_back(fmt::format(
        "site '{}': {} accelerators are bought, its power runs {} of them: {} of {} stand without power",
        name, count(sum.accelerators), count(sum.accelerators * share),
        billions(sum.bought_usd * (1 - share)), billions(sum.bought_usd)));
  }
  if (sum.bought_it_w < kHalf * std::min(sum.settled_it_w, sum.runs_it_w))
    model_.warnings.push_back(
        fmt::format("site '{}': {} of IT power stand ready, its {} accelerators draw {} at most", name,
                    megawatts(std::min(sum.settled_it_w, sum.runs_it_w)), count(sum.accelerators),
                    megawatts(sum.bought_it_w)));
}

/// The fleet's clock knows no hours of a battery: they are the site's by the hour.
void ModelBuilder::doubt_batteries() {
  for (const scenario::Site& site : scenario_.sites) {
    double joules = 0;
    for (const auto& item : site.supply)
      if (item.kind == scenario::SupplyKind::kBattery) joules += item.energy.si();
    const double usd = joules * catalog_.cost().battery_usd_per_j;
    if (usd > 0)
      model_.warnings.push_back(
          fmt::format("site '{}': batteries of {} cost {} and do nothing here: they are dispatched by the "
                      "hour (gigawatt site)",
                      site.name, units::format_quantity(joules, "MWh"), billions(usd)));
  }
}

void ModelBuilder::doubt_budgets() {
  const auto& months = model_.money.months();
  const std::vector<double> own = finance::own_capex(model_.money, model_.partner_capex_usd);
  std::vector<scenario::BudgetYear> years = scenario_.budget;
  std::sort(years.begin(), years.end(), [](const auto& a, const auto& b) { return a.year < b.year; });
  double kept = 0;  // of the budgets before
  for (const auto& budget : years) {
    double spent = 0;
    std::array<double, finance::kCapexNames.size()> by_category{};
    for (std::size_t m = 0; m < months.count(); ++m)
      if (base::civil(months.starts[m]).year == budget.year)
        for (std::size_t c = 0; c < finance::kCapexNames.size(); ++c)
          by_category[c] += model_.money.capex_by_category(static_cast<finance::Capex>(c))[m];
    for (const double usd : by_category) spent += usd;
    for (std::size_t c = 0; c < by_category.size() && spent > 0; ++c)
      if (const auto said = budget.shares.find(std::string(finance::kCapexNames[c]));
          said != budget.shares.end() && std::abs(said->second - by_category[c] / spent) > kOtherShare)
        model_.warnings.push_back(
            fmt::format("{}: {:.0f}% of what is spent goes to {}, the budget says {:.0f}%", budget.year,
                        by_category[c] / spent * 100, finance::kCapexNames[c], said->second * 100));
    spent = 0;
    for (std::size_t m = 0; m < own.size(); ++m)
      if (base::civil(months.starts[m]).year == budget.year) spent += own[m];
    const double allowed =
        std::max(budget.capex.si(), budget.high.value_or(budget.capex).si()) * budget.fleet_share +
        (budget.carry_over ? kept : 0);
    kept = std::max(0.0, allowed - spent);
    if (spent > allowed * kOverBudget)
      model_.warnings.push_back(
          fmt::format("{}: {} are spent on what the scenario builds, the budget allows {}", budget.year,
                      billions(spent), billions(allowed)));
  }
}

}  // namespace gigawatt::fleet
