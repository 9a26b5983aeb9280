#include "gigawatt/engine/plan_check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gigawatt/engine/plan_financing.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/fleet/site_overhead.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using units::kKilo;
using units::kMusd;
using units::kMw;
constexpr double kJoulesPerMwh = 3.6e9;
constexpr double kSmallMonth = 0.1;  ///< of the largest: months below say nothing in percent

std::size_t at(int i) { return static_cast<std::size_t>(i); }

double largest(const PlanCheck::Pair& p) {
  double most = 0;
  for (std::size_t i = 0; i < p.run.size(); ++i)
    most = std::max({most, std::abs(p.planned[i]), std::abs(p.run[i])});
  return most;
}

class Checking {
 public:
  Checking(const scenario::PlanInput& input, const PlanProblem& compiled, const planner::Plan& plan,
           const fleet::FleetResult& run, const catalog::Catalog& catalog)
      : in_(input), c_(compiled), plan_(plan), run_(run), catalog_(catalog) {}

  PlanCheck check() {
    PlanCheck out;
    out.dates = run_.months;
    sites();
    for (std::size_t m = 0; m < run_.months.size(); ++m) {
      month_ = m;
      from_ = run_.months[m];
      to_ = c_.months.end_of(m);
      out.accelerators.planned.push_back(accelerators());
      out.accelerators.run.push_back(run_.fleet.accelerators_end[m]);
      out.capex_usd.planned.push_back(capex_usd());
      out.capex_usd.run.push_back(sum(run_.fleet.capex_usd));
      double mw = 0, energy_j = 0, opex_usd = upkeep_usd();
      for (std::size_t s = 0; s < sites_.size(); ++s) {
        const Energy energy = energy_of(s);
        mw += energy.capacity_end_w / kMw;
        energy_j += energy.meter_j;
        opex_usd += energy.usd;
      }
      out.mw.planned.push_back(mw);
      out.mw.run.push_back(run_.fleet.energized_facility_w_end[m] / kMw);
      out.mwh.planned.push_back(energy_j / kJoulesPerMwh);
      out.mwh.run.push_back(run_.fleet.facility_energy_j[m] / kJoulesPerMwh);
      out.opex_usd.planned.push_back(opex_usd);
      out.opex_usd.run.push_back(sum(run_.fleet.opex_usd));
    }
    return out;
  }

 private:
  /// What is there from a date on.
  struct Step {
    base::SimTime date;
    double w = 0;
  };
  struct SiteState {
    std::vector<Step> phases, ordered;
    std::set<base::SimTime> changes;
    bool planned = false;  ///< its power is modeled, so that it draws losses without load
    site::Overhead overhead{{}, {}, {}};
    fleet::EnergyExtras extras;
    fleet::SiteModel prices;
  };
  struct Energy {
    double capacity_end_w = 0, meter_j = 0, usd = 0;
  };

  double sum(const fleet::NamedSeries& series) const {
    double out = 0;
    for (const auto& [name, values] : series) out += values[month_];
    return out;
  }
  double base(const fleet::NamedSeries& series, std::string_view wanted) const {
    for (const auto& [name, values] : series)
      if (name == wanted) return values[month_];
    return 0;
  }
  static double there(const std::vector<Step>& steps, base::SimTime t) {
    double out = 0;
    for (const Step& step : steps)
      if (step.date <= t) out += step.w;
    return out;
  }
  double seconds_from(base::SimTime day) const {
    return std::max(0.0, (to_ - std::max(from_, day)).to_seconds());
  }
  const planner::Lot& lot(const planner::Delivery& d) const {
    return c_.problem.offers[at(d.offer)].lots[at(d.lot)];
  }
  base::SimTime day(const planner::Delivery& d) const { return c_.starts[at(lot(d).period)]; }

  void sites() {
    std::vector<std::vector<fleet::SupplyOffer>> offers;
    const auto& all = in_.with_candidates.sites;
    for (std::size_t s = 0; s < all.size(); ++s) {
      SiteState& site = sites_.emplace_back();
      site.overhead = fleet::site_overhead(all[s], catalog_);
      site.extras = fleet::energy_extras(in_.with_candidates, catalog_, all[s]);
      site.prices.electricity_usd_per_j = fleet::electricity_prices(in_.with_candidates, catalog_, all[s]);
      site.prices.carbon_kg_per_j = site.extras.carbon_kg_per_j;
      site.prices.carbon_usd_per_kg = site.extras.carbon_usd_per_kg;
      offers.push_back(fleet::supply_offers(in_.without.sites[s], catalog_));
      for (const auto& phase : in_.without.sites[s].phases)
        site.phases.push_back({phase.planned_energized, phase.facility_power->si()});
      site.planned = !site.phases.empty();
      for (const auto& item : in_.without.sites[s].supply) {
        site.changes.insert(item.date);
        if (item.until) site.changes.insert(*item.until);
      }
    }
    for (const auto& b : plan_.phases) {
      SiteState& site = sites_[at(c_.problem.phases[at(b.phase)].site)];
      site.phases.push_back({c_.phases[at(b.phase)][at(b.choice)].energized, b.mw * kMw});
      site.planned = true;
    }
    for (const auto& u : plan_.supply) {
      const auto& option = c_.problem.supply[at(u.supply)];
      const base::SimTime date = c_.supply[at(u.supply)][at(u.order)].available;
      SiteState& site = sites_[at(option.site)];
      site.ordered.push_back({date, u.mw * kMw});
      offers[at(option.site)].push_back(
          {date, base::SimTime::max(), u.mw * kMw,
           option.energy_price ? std::optional(*option.energy_price * kMusd / kJoulesPerMwh) : std::nullopt,
           c_.supply_carbon_kg_per_j[at(u.supply)]});
    }
    for (std::size_t s = 0; s < sites_.size(); ++s) {
      SiteState& site = sites_[s];
      if (fleet::any_own(offers[s])) site.prices.offers = std::move(offers[s]);
      for (const auto* steps : {&site.phases, &site.ordered})
        for (const Step& step : *steps) site.changes.insert(step.date);
    }
  }

  double capacity_w(std::size_t s, base::SimTime t) const {
    const SiteState& site = sites_[s];
    double given = scenario::supply_limit(in_.without.sites[s], t).si();
    if (std::isinf(given) && !site.ordered.empty()) given = 0;
    return std::min(there(site.phases, t), given + there(site.ordered, t));
  }

  Energy energy_of(std::size_t s) const {
    const SiteState& site = sites_[s];
    const auto& stands = c_.base.sites[s];
    Energy out;
    double it_j = stands.it_energy_j[month_];
    const auto curve = site.overhead.month(base::civil(from_).month - 1, 0);
    if (site.planned) {
      out.capacity_end_w = capacity_w(s, base::SimTime{to_.us - 1});
      base::SimTime t = from_;
      while (t < to_) {
        const auto change = site.changes.upper_bound(t);
        const base::SimTime until = change == site.changes.end() ? to_ : std::min(to_, *change);
        out.meter_j += c_.problem.sites[s].no_load * capacity_w(s, t) * (until - t).to_seconds();
        t = until;
      }
      for (const auto& d : plan_.deliveries) {
        if (at(c_.problem.phases[at(d.phase)].site) != s) continue;
        const auto& system = c_.problem.systems[at(c_.problem.offers[at(d.offer)].system)];
        it_j += d.k * system.it_mw * kMw * c_.load * seconds_from(day(d));
      }
      out.meter_j += curve.facility_w(it_j);
    } else {
      out.capacity_end_w = stands.energized_facility_w_end[month_];
      out.meter_j = stands.facility_energy_j[month_];
    }
    const fleet::EnergyMix mix =
        fleet::energy_mix(site.prices, from_, to_, out.meter_j / (to_ - from_).to_seconds());
    out.usd = out.meter_j * (mix.usd_per_j + mix.carbon_kg_per_j * site.extras.carbon_usd_per_kg) +
              it_j * curve.water_m3_per_it_j * site.extras.water_usd_per_m3;
    return out;
  }

  double accelerators() const {
    double out = c_.base.fleet.accelerators_end[month_];
    for (const auto& d : plan_.deliveries)
      if (day(d) < to_) out += d.k * kKilo;
    return out;
  }

  double capex_usd() const {
    double out = sum(c_.base.fleet.capex_usd);
    for (const auto& d : plan_.deliveries)
      if (day(d) >= from_ && day(d) < to_) out += d.k * lot(d).capex * kMusd;
    for (const auto& b : plan_.phases)
      out += (c_.phases[at(b.phase)][at(b.choice)].usd_per_w[month_] + bought_usd_per_w(b)) * b.mw * kMw;
    for (const auto& u : plan_.supply)
      out += c_.supply[at(u.supply)][at(u.order)].usd_per_w[month_] * u.mw * kMw;
    return out;
  }

  /// What makes leased capacity ours in this month.
  double bought_usd_per_w(const planner::BuiltPhase& b) const {
    double out = 0;
    const int financing = c_.problem.phases[at(b.phase)].choices[at(b.choice)].financing;
    for (const auto& bought :
         plan_rent(in_, catalog_, at(b.phase), financing, c_.phases[at(b.phase)][at(b.choice)].energized,
                   in_.with_candidates.end)
             .purchases)
      if (bought.date >= from_ && bought.date < to_) out += bought.usd_per_w;
    return out;
  }

  /// Staff, maintenance and rent.
  double upkeep_usd() const {
    double out = 0;
    for (const char* kind : {"staff", "maintenance", "rent"}) out += base(c_.base.fleet.opex_usd, kind);
    const auto upkeep = fleet::upkeep_rates(in_.with_candidates, catalog_);
    for (const auto& d : plan_.deliveries)
      out += d.k * lot(d).capex * kMusd * upkeep.maintenance_per_s * seconds_from(day(d));
    for (const auto& b : plan_.phases) {
      const auto& site = in_.with_candidates.sites[at(c_.problem.phases[at(b.phase)].site)];
      const int financing = c_.problem.phases[at(b.phase)].choices[at(b.choice)].financing;
      const base::SimTime energized = c_.phases[at(b.phase)][at(b.choice)].energized;
      double usd_per_w = fleet::facility_price(in_.with_candidates, catalog_, site).total() *
                         upkeep.staff_per_s * seconds_from(energized);
      for (const auto& part :
           plan_rent(in_, catalog_, at(b.phase), financing, energized, in_.with_candidates.end).parts)
        usd_per_w += part.usd_per_w_s * (seconds_from(part.from) - seconds_from(part.to));
      out += b.mw * kMw * usd_per_w;
    }
    return out;
  }

  const scenario::PlanInput& in_;
  const PlanProblem& c_;
  const planner::Plan& plan_;
  const fleet::FleetResult& run_;
  const catalog::Catalog& catalog_;
  std::vector<SiteState> sites_;
  std::size_t month_ = 0;
  base::SimTime from_, to_;
};

}  // namespace

double PlanCheck::Pair::worst() const {
  const double most = largest(*this);
  double difference = 0;
  for (std::size_t i = 0; i < run.size(); ++i)
    difference = std::max(difference, std::abs(planned[i] - run[i]));
  return most > 0 ? difference / most : 0;
}

double PlanCheck::Pair::worst_of_month() const {
  const double most = largest(*this);
  double out = 0;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const double here = std::max(std::abs(planned[i]), std::abs(run[i]));
    if (here > kSmallMonth * most) out = std::max(out, std::abs(planned[i] - run[i]) / here);
  }
  return out;
}

PlanCheck plan_check(const scenario::PlanInput& input, const PlanProblem& compiled, const planner::Plan& plan,
                     const fleet::FleetResult& run, const catalog::Catalog& catalog) {
  return Checking(input, compiled, plan, run, catalog).check();
}

}  // namespace gigawatt::engine
