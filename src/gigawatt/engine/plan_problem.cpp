#include "gigawatt/engine/plan_problem.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/base/check.h"
#include "gigawatt/engine/plain_question.h"
#include "gigawatt/engine/plan_energy.h"
#include "gigawatt/engine/plan_financing.h"
#include "gigawatt/finance/money.h"
#include "gigawatt/fleet/prices.h"
#include "gigawatt/fleet/simulator.h"
#include "gigawatt/grid/units.h"
#include "gigawatt/site/node_power.h"
#include "gigawatt/units/parse.h"
#include "gigawatt/units/scale.h"

namespace gigawatt::engine {
namespace {

using planner::Quantity;

using units::kHour_s;
using units::kKilo;
using units::kMusd;
using units::kMw;
constexpr int kMonthsOfQuarter = 3;

base::SimTime next_period(base::SimTime t, const std::string& step) {
  base::SimTime next = base::next_month(t);
  if (step == "month") return next;
  const auto first = [&](base::SimTime x) {
    const unsigned month = base::civil(x).month;
    return step == "year" ? month == 1 : month % kMonthsOfQuarter == 1;
  };
  while (!first(next)) next = base::next_month(next);
  return next;
}

class Compiler {
 public:
  Compiler(const scenario::PlanInput& input, const Knowledge& knowledge, const std::filesystem::path& data,
           const PlanGoal& goal, double lead_factor)
      : in_(input),
        s_(input.with_candidates),
        catalog_(knowledge.catalog),
        knowledge_(knowledge),
        data_(data),
        lead_factor_(lead_factor) {
    out_.goal = goal;
    out_.end = s_.end;
  }

  tl::expected<PlanProblem, base::Diagnostics> compile() {
    periods();
    base();
    years();
    sites();
    limits();
    systems_and_offers();
    for (std::size_t i = 0; i < in_.candidates.size(); ++i) phase(i);
    supply();
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    planner::Problem& p = out_.problem;
    p.goal = out_.goal.quantity;
    p.targets = out_.goal.targets;
    p.carry_over = in_.table.carry_over.value_or(false);
    return std::move(out_);
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  int horizon() const { return static_cast<int>(out_.starts.size()); }

  void wrong(std::string_view list, std::size_t i, std::string_view key, std::string code,
             std::string message, std::string hint = {}) {
    base::Diagnostic d = base::error(std::move(code), std::move(message), std::move(hint));
    if (const auto* plan = in_.root.find("plan"))
      if (const auto* rows = plan->find(list); rows != nullptr && i < rows->items.size()) {
        d.span = rows->items[i].span;
        if (const auto* node = rows->items[i].find(key)) d.span = node->span;
      }
    problems_.push_back(std::move(d));
  }

  /// First period that begins at or after a date; the horizon if none does.
  int period_from(base::SimTime t) const {
    return static_cast<int>(std::lower_bound(out_.starts.begin(), out_.starts.end(), t) -
                            out_.starts.begin());
  }
  /// First period in which what is ready on a date serves. Leads in months end some hours after the first of a month,
  /// which costs no period.
  int period_ready(base::SimTime t) const { return period_from(t - base::Duration::seconds(units::kDay_s)); }
  base::SimTime end_of(int t) const { return t + 1 < horizon() ? out_.starts[at(t + 1)] : out_.end; }
  /// 1 but for the first and the last period, which may be cut.
  double share_of_period(int t) const {
    const base::SimTime from = out_.starts[at(t)];
    const base::CivilDate date = base::civil(from);
    const int first_month = (static_cast<int>(date.month) - 1) / months_per_period_ * months_per_period_ + 1;
    const auto whole = next_period(from, step_) - base::SimTime::from_date(date.year, first_month, 1);
    return (end_of(t) - from).to_seconds() / whole.to_seconds();
  }
  double discount(base::SimTime t) const {
    const double years = std::max(0.0, (t - s_.start).to_seconds()) / fleet::kPriceYear_s;
    return std::pow(1 + in_.table.discount_rate.value_or(0), -years);
  }
  /// Seconds from a date to the end, each discounted.
  double running_s(base::SimTime from) const {
    double sum = 0;
    for (int t = 0; t < horizon(); ++t) {
      const base::SimTime begin = std::max(from, out_.starts[at(t)]);
      if (begin < end_of(t)) sum += (end_of(t) - begin).to_seconds() * out_.problem.periods[at(t)].discount;
    }
    return sum;
  }
  /// Rent and purchases of a candidate that is energized on a day, discounted.
  double rent_usd_per_w(std::size_t candidate, int financing, base::SimTime energized) const {
    const fleet::Rent rent =
        plan_rent(in_, catalog_, candidate, financing, energized, in_.with_candidates.end);
    double usd = 0;
    for (const auto& part : rent.parts) usd += part.usd_per_w_s * (running_s(part.from) - running_s(part.to));
    for (const auto& bought : rent.purchases) usd += bought.usd_per_w * discount(bought.date);
    return usd;
  }
  /// Amounts that are spread evenly at a site.
  struct Spent {
    std::vector<double> by_month;  ///< USD, all that is booked
    std::vector<double> by_year;   ///< MUSD, without what partners of the site pay
    double discounted = 0;         ///< MUSD, the same
  };
  struct Part {
    double usd;
    base::SimTime from, to;
  };
  Spent spend(const scenario::Site& site, const std::vector<Part>& parts) const {
    finance::MoneyBook book(out_.months, 1), partners(out_.months, 1);
    for (const Part& part : parts) {
      book.capex(0, finance::Capex::kShell, part.usd, part.from, part.to);
      for (const auto& theirs : fleet::partner_parts(site, part.from, part.to))
        partners.capex(0, finance::Capex::kShell, part.usd * theirs.share, theirs.from, part.to);
    }
    Spent out;
    out.by_month = book.capex_by_site(0);
    out.by_year.resize(out_.problem.years.size());
    const auto own = finance::own_capex(book, partners.capex_by_site(0));
    for (std::size_t m = 0; m < out_.months.count(); ++m) {
      const double musd = own[m] / kMusd;
      out.by_year[at(base::civil(out_.months.starts[m]).year - first_year_)] += musd;
      out.discounted += musd * discount(out_.months.starts[m]);
    }
    return out;
  }

  void periods() {
    const base::SimTime begin = in_.table.begin.value_or(s_.start);
    for (base::SimTime t = begin; t < s_.end; t = next_period(t, step_)) out_.starts.push_back(t);
    for (int t = 0; t < horizon(); ++t) {
      const base::SimTime from = out_.starts[at(t)];
      const base::SimTime middle{(from.us + end_of(t).us) / 2};
      const base::CivilDate date = base::civil(from);
      out_.problem.periods.push_back(
          {step_ == "quarter" && date.month % kMonthsOfQuarter == 1 && date.day == 1
               ? fmt::format("{}-Q{}", date.year, (date.month + 2) / kMonthsOfQuarter)
               : base::to_iso_date(from),
           (end_of(t) - from).to_hours(), discount(middle)});
    }
    months_per_period_ = step_ == "month" ? 1 : step_ == "year" ? 12 : kMonthsOfQuarter;
    const auto after = std::upper_bound(out_.starts.begin(), out_.starts.end(), out_.goal.by);
    out_.problem.by = std::max(0, static_cast<int>(after - out_.starts.begin()) - 1);
    out_.months = finance::Months::covering(s_.start, s_.end);
    first_year_ = base::civil(s_.start).year;
  }

  double load() const {
    return in_.table.load.value_or(
        s_.operations.idle_load.value_or(catalog_.facility().design_to_typical_ratio.value));
  }

  void base() {
    scenario::ResolvedScenario stands = in_.without;
    stands.operations.idle_load = load();
    out_.load = load();
    out_.base = fleet::simulate(stands, catalog_, fleet::StepTable{}, {});
  }

  void years() {
    const int last = base::civil(out_.months.starts.back()).year;
    for (int year = first_year_; year <= last; ++year) {
      planner::Budget budget{fmt::format("{}", year), solver::kInfinity, 0};
      for (const auto& row : s_.budget)
        if (row.year == year) budget.capex = row.capex.si() * row.fleet_share / kMusd;
      for (const auto& row : in_.table.budgets)
        if (row.year == year) budget.capex = row.capex.si() / kMusd;
      for (std::size_t m = 0; m < out_.base.months.size(); ++m)
        if (base::civil(out_.base.months[m]).year == year)
          budget.committed += out_.base.fleet.own_capex_usd[m] / kMusd;
      out_.problem.years.push_back(std::move(budget));
    }
  }

  double largest_base_draw_w(std::size_t site, base::SimTime t) const {
    const auto& result = out_.base.sites[site];
    double watts = 0;
    for (std::size_t m = 0; m < out_.base.months.size(); ++m) {
      if (out_.base.months[m] > t) break;
      watts = 0;
      for (const auto& [name, counts] : result.accelerators_by_system_end)
        if (const auto system = catalog_.system(name))
          watts += counts[m] * site::node_power(**system).max_it_w() / (*system)->accelerators_per_node;
    }
    return watts;
  }

  /// What a site's losses without load cost from a date to the end, discounted: MUSD per MW at the meter.
  double no_load_musd(int site, base::SimTime from) const {
    const planner::Site& s = out_.problem.sites[at(site)];
    double musd = 0;
    for (int t = 0; t < horizon(); ++t) {
      const base::SimTime begin = std::max(from, out_.starts[at(t)]);
      if (begin < end_of(t))
        musd += (end_of(t) - begin).to_hours() * out_.problem.periods[at(t)].discount *
                (s.energy_price[at(t)] + s.no_load_price);
    }
    return musd * s.no_load;
  }

  void sites() {
    for (std::size_t i = 0; i < s_.sites.size(); ++i) {
      const scenario::Site& site = s_.sites[i];
      planner::Site out;
      out.name = site.name;
      out.overhead = site.peak_overhead.value_or(catalog_.facility().peak_overhead.value);
      plan_energy(s_, catalog_, site, load(), out_.starts, out_.end, out);
      const bool options = std::any_of(in_.table.supply.begin(), in_.table.supply.end(),
                                       [&](const auto& k) { return k.site == site.name; });
      const auto prices = fleet::electricity_prices(s_, catalog_, site);
      for (int t = 0; t < horizon(); ++t) {
        double watts = scenario::supply_limit(site, out_.starts[at(t)]).si();
        if (std::isinf(watts) && options) watts = 0;
        if (std::isfinite(watts))
          watts = std::max(0.0, watts - out.overhead * largest_base_draw_w(i, out_.starts[at(t)]));
        out.supply.push_back(std::isinf(watts) ? solver::kInfinity : watts / kMw);
        out.energy_price.push_back(fleet::price_at(prices, out_.starts[at(t)]) * kHour_s * kMw / kMusd);
      }
      out_.problem.sites.push_back(std::move(out));
    }
  }

  void limits() {
    for (const auto& limit : in_.table.limits)
      out_.problem.limits.push_back({limit.name, limit.maximum, limit.from ? period_from(*limit.from) : 0,
                                     limit.until ? period_from(*limit.until) : horizon(), limit.in_all});
    for (const auto& kind : in_.table.financing)
      out_.problem.financing.push_back(
          {kind.name, kind.maximum ? kind.maximum->si() / kMusd : solver::kInfinity});
  }

  std::vector<planner::Use> uses(const std::map<std::string, double>& map, double scale = 1) const {
    std::vector<planner::Use> out;
    for (std::size_t n = 0; n < in_.table.limits.size(); ++n)
      if (const auto found = map.find(in_.table.limits[n].name); found != map.end())
        out.push_back({static_cast<int>(n), found->second * scale});
    return out;
  }

  bool wanted(Quantity quantity) const {
    return out_.goal.quantity == quantity ||
           std::any_of(out_.goal.targets.begin(), out_.goal.targets.end(),
                       [&](const planner::Target& t) { return t.quantity == quantity; });
  }

  /// Useful FLOP/s of one accelerator in training.
  double training_rate(const scenario::PlanChips& row, const catalog::System& system, std::size_t i) {
    if (row.training) return row.training->si();
    const double peak = catalog_.accelerator_of(system).peak(catalog::Precision::kBf16);
    if (in_.table.mfu) return *in_.table.mfu * peak;
    if (wanted(Quantity::kTraining))
      wrong("chips", i, "system", "no-rate",
            fmt::format("nothing says how much training {} does", system.name),
            "give plan.mfu (a share of the dense 16-bit peak), or `training` in FLOP/s to these chips");
    return 0;
  }

  /// A system has the rates of its first row: another row with others would be ignored.
  void refuse_other_rates(const scenario::PlanChips& row, std::size_t i) {
    const auto& rows = in_.table.chips;
    const auto first =
        std::find_if(rows.begin(), rows.end(), [&](const auto& other) { return other.system == row.system; });
    const auto differs = [](const auto& x, const auto& y) { return x && (!y || !(*x == *y)); };
    if (differs(row.training, first->training))
      wrong("chips", i, "training", "given-twice",
            fmt::format("the first row of {} says another rate of training, or none", row.system),
            "the accelerators of a system have one rate");
    if (differs(row.tokens_per_s, first->tokens_per_s))
      wrong("chips", i, "tokens_per_s", "given-twice",
            fmt::format("the first row of {} says another rate of tokens, or none", row.system),
            "the accelerators of a system have one rate");
  }

  double token_rate(const scenario::PlanChips& row, const catalog::System& system, std::size_t i) {
    if (row.tokens_per_s) return *row.tokens_per_s;
    if (!wanted(Quantity::kTokens)) return 0;
    if (in_.table.serve_model.empty()) {
      wrong("chips", i, "system", "no-rate",
            fmt::format("nothing says how many tokens {} serves", system.name),
            "give plan.serve_model, a model of the catalogue, or `tokens_per_s` to these chips");
      return 0;
    }
    PlainQuery query;
    query.topic = PlainTopic::kServe;
    query.system = system.name;
    query.model.name = in_.table.serve_model;
    query.gpus = static_cast<std::int64_t>(kKilo);
    const auto found = answer_plainly(knowledge_, query);
    if (!found) {
      wrong("chips", i, "system", found.error().front().code, found.error().front().message,
            found.error().front().hint);
      return 0;
    }
    for (const auto& figure : found->inputs)
      if (figure.name == "output tokens a second and accelerator") return figure.value;
    wrong("chips", i, "system", "no-rate",
          fmt::format("{} serves no tokens of {}", system.name, query.model.name));
    return 0;
  }

  void systems_and_offers() {
    for (std::size_t i = 0; i < in_.table.chips.size(); ++i) {
      const scenario::PlanChips& row = in_.table.chips[i];
      const auto found = catalog_.system(row.system);
      if (!found) {
        const auto& nearest = found.error().nearest;
        wrong("chips", i, "system", "unknown-name",
              fmt::format("the catalogue has no system '{}'", row.system),
              nearest.empty() ? "" : "did you mean '" + nearest.front() + "'?");
        continue;
      }
      const catalog::System& system = **found;
      const double n = system.accelerators_per_node;
      auto place = std::find(out_.systems.begin(), out_.systems.end(), system.name);
      const int c = static_cast<int>(place - out_.systems.begin());
      if (place == out_.systems.end()) {
        out_.systems.push_back(system.name);
        planner::System kind{system.name, site::node_power(system).max_it_w() / n * kKilo / kMw, {}, {}, {}};
        const double flops = training_rate(row, system, i);
        const double tokens = token_rate(row, system, i);
        out_.training_flops.push_back(flops);
        for (int t = 0; t < horizon(); ++t) {
          const double seconds = std::max(0.0, (out_.goal.by - out_.starts[at(t)]).to_seconds());
          kind.training.push_back(flops * kKilo * seconds / plan_unit(Quantity::kTraining));
          kind.tokens.push_back(tokens * kKilo * seconds / plan_unit(Quantity::kTokens));
          kind.count.push_back(out_.starts[at(t)] <= out_.goal.by ? 1 : 0);
        }
        out_.problem.systems.push_back(std::move(kind));
      }
      refuse_other_rates(row, i);
      planner::Offer offer;
      offer.vendor = row.vendor.empty() ? catalog_.accelerator_of(system).vendor : row.vendor;
      offer.name = fmt::format("{} of {}, {} to {}", system.name, offer.vendor, base::to_iso_date(*row.from),
                               base::to_iso_date(*row.until));
      offer.system = c;
      offer.uses = uses(row.uses);
      const double maintenance_per_s = fleet::upkeep_rates(s_, catalog_).maintenance_per_s;
      for (int t = period_from(*row.from); t < horizon() && out_.starts[at(t)] < *row.until; ++t) {
        const base::SimTime date = out_.starts[at(t)];
        const double usd = fleet::node_price(s_, catalog_, system, date,
                                             row.price ? std::optional(row.price->si()) : std::nullopt)
                               .total() /
                           n;
        const double musd = usd * kKilo / kMusd;
        offer.lots.push_back({t,
                              static_cast<double>(row.accelerators) / kKilo * months_per_period_ /
                                  kMonthsOfQuarter * share_of_period(t),
                              musd, musd * (discount(date) + maintenance_per_s * running_s(date)),
                              base::civil(date).year - first_year_});
      }
      out_.problem.offers.push_back(std::move(offer));
      out_.offer_row.push_back(i);
    }
  }

  /// Systems that phases of the file at the site fill themselves with: deliveries to the site would empty them.
  bool fills_itself(std::size_t site, const std::string& system) const {
    const auto is = [&](scenario::SystemId id) {
      return id.valid() && in_.without.systems[id.index()] == system;
    };
    const auto& s = in_.without.sites[site];
    return std::any_of(s.phases.begin(), s.phases.end(), [&](const auto& p) { return is(p.system_id); }) &&
           std::none_of(in_.without.deliveries.begin(), in_.without.deliveries.end(),
                        [&](const auto& d) { return d.site_id.index() == site && is(d.system_id); });
  }

  void phase(std::size_t i) {
    const scenario::PlanPhase& row = in_.table.phases[i];
    const std::size_t site_index = in_.candidates[i].site.index();
    const scenario::Site& site = s_.sites[site_index];
    const scenario::Phase& resolved = site.phases[in_.candidates[i].phase];
    planner::PhaseOption out;
    out.name = row.name;
    out.site = static_cast<int>(site_index);
    out.most = resolved.facility_power->si() / kMw;
    out.least = row.least_power ? row.least_power->si() / kMw : out.most;
    out.required = row.required;
    for (const auto& name : row.after)
      for (std::size_t k = 0; k < in_.table.phases.size(); ++k)
        if (in_.table.phases[k].name == name) out.after.push_back(static_cast<int>(k));
    out.uses = uses(row.uses);
    std::vector<std::string> wanted_systems = row.systems;
    if (!row.system.empty()) wanted_systems = {row.system};
    for (const auto& name : wanted_systems)
      if (const auto known = catalog_.system(name); !known)
        wrong("phase", i, "systems", "unknown-name", fmt::format("the catalogue has no system '{}'", name));
    for (std::size_t c = 0; c < out_.systems.size(); ++c) {
      const bool named = wanted_systems.empty() ||
                         std::any_of(wanted_systems.begin(), wanted_systems.end(), [&](const auto& name) {
                           const auto known = catalog_.system(name);
                           return known && (*known)->name == out_.systems[c];
                         });
      if (!named) continue;
      if (fills_itself(site_index, out_.systems[c])) {
        out_.notes.push_back(
            fmt::format("'{}' is not planned with {}: phases of the file at '{}' fill themselves with it",
                        row.name, out_.systems[c], site.name));
        continue;
      }
      out.systems.push_back(static_cast<int>(c));
    }
    auto& dates = out_.phases.emplace_back();
    const auto price = fleet::facility_price(s_, catalog_, site);
    const double land = catalog_.cost().land_usd_per_w;
    const double staff_per_s = fleet::upkeep_rates(s_, catalog_).staff_per_s;
    std::vector<int> kinds;
    for (const auto& name : row.financing.empty() ? std::vector<std::string>{"own"} : row.financing) {
      kinds.push_back(-1);
      for (std::size_t f = 0; f < in_.table.financing.size(); ++f)
        if (in_.table.financing[f].name == name) kinds.back() = static_cast<int>(f);
    }
    const int first = period_from(std::max(out_.starts.front(), row.start.value_or(out_.starts.front())));
    for (int t = first; t < horizon() && (!row.latest || out_.starts[at(t)] <= *row.latest); ++t) {
      scenario::Phase moved = resolved;
      moved.begin = out_.starts[at(t)];
      for (auto& step : moved.resolved) step.lead_s *= lead_factor_;
      const auto built = scenario::build_dates(moved, std::array<double, scenario::kBuildStepCount>{});
      const auto shell = static_cast<std::size_t>(scenario::BuildStep::kShell);
      const base::SimTime shell_end = moved.resolved[shell].modeled ? built.done[shell] : built.energized;
      const base::SimTime begin = std::min(moved.begin, built.energized);
      for (const int f : kinds) {
        const double own = f < 0 ? 1 : in_.table.financing[at(f)].own_share;
        const Spent spent = spend(site, {{own * land, begin, begin},
                                         {own * price.shell_usd_per_w, begin, std::max(begin, shell_end)},
                                         {own * price.plant_usd_per_w, begin, built.energized}});
        planner::Choice choice;
        choice.order = t;
        choice.energized = period_ready(built.energized);
        choice.service = period_ready(built.in_service);
        choice.financing = f;
        for (const double musd : spent.by_year) choice.capex.push_back(musd * kMw);
        choice.others = (1 - own) * (land + price.total()) * kMw / kMusd;
        choice.cost = kMw * (spent.discounted + (price.total() * staff_per_s * running_s(built.energized) +
                                                 rent_usd_per_w(i, f, built.energized)) /
                                                    kMusd) +
                      no_load_musd(out.site, built.energized);
        out.choices.push_back(std::move(choice));
        dates.push_back({moved.begin, built.energized, built.in_service, spent.by_month});
      }
    }
    if (out.choices.empty())
      wrong("phase", i, "start", "out-of-range",
            fmt::format("candidate '{}' cannot begin on the first day of any period of the plan", row.name),
            fmt::format("periods begin with each {} from {} on", step_,
                        base::to_iso_date(out_.starts.front())));
    out_.problem.phases.push_back(std::move(out));
  }

  void supply() {
    if (in_.table.supply.empty()) return;
    const auto units = grid::load_units(data_ / "supply" / "units.toml");
    if (!units) {
      problems_.insert(problems_.end(), units.error().begin(), units.error().end());
      return;
    }
    for (std::size_t i = 0; i < in_.table.supply.size(); ++i) {
      const scenario::PlanSupply& row = in_.table.supply[i];
      planner::SupplyOption out;
      out.name = row.name;
      for (std::size_t s = 0; s < s_.sites.size(); ++s)
        if (s_.sites[s].name == row.site) out.site = static_cast<int>(s);
      out.most = row.power->si() / kMw;
      out.unit = row.unit ? row.unit->si() / kMw : 0;
      double usd_per_w = row.investment                           ? row.investment->si()
                         : row.kind == scenario::SupplyKind::kGas ? catalog_.cost().gas_plant_usd_per_w.value
                                                                  : 0;
      scenario::Supply usual;  // of its kind, where the row names no generator
      usual.kind = row.kind;
      std::optional<double> carbon = fleet::supply_carbon_kg_per_j(usual, catalog_);
      std::optional<double> price = row.price ? std::optional(row.price->si()) : std::nullopt;
      if (!row.unit_kind.empty()) {
        const auto* kind = grid::find(units->generators, row.unit_kind);
        if (kind == nullptr) {
          std::string names;
          for (const auto& g : units->generators) names += (names.empty() ? "" : ", ") + g.name;
          wrong("supply", i, "of", "unknown-name", fmt::format("no generator is called '{}'", row.unit_kind),
                "known: " + names);
          continue;
        }
        if (!row.unit) out.unit = kind->unit_w / kMw;
        if (!row.investment) usd_per_w = kind->investment_usd_per_w;
        const auto* fuel = grid::find(units->fuels, kind->fuel);
        if (const auto burnt = fleet::fuel_carbon_kg_per_j(catalog_, kind->fuel);
            burnt && row.kind == scenario::SupplyKind::kGas)
          carbon = kind->heat_rate * *burnt;
        if (!price && fuel != nullptr)
          price =
              kind->heat_rate * fuel->price_usd_per_j + kind->variable_usd_per_j + kind->fixed_usd_per_w_s;
        if (!price)
          wrong("supply", i, "of", "no-price", fmt::format("no price of {} is known", kind->fuel),
                "give the supply a `price`");
      }
      if (out.unit > out.most * (1 + 1e-12)) {
        wrong("supply", i, "power", "too-small",
              fmt::format("supply '{}' has {:.4g} MW, less than one unit of {:.4g} MW", row.name, out.most,
                          out.unit));
        continue;
      }
      if (price) out.energy_price = *price * kHour_s * kMw / kMusd;
      const auto extras = fleet::energy_extras(s_, catalog_, s_.sites[at(out.site)]);
      if (carbon)
        out.carbon_price =
            (*carbon - extras.carbon_kg_per_j) * extras.carbon_usd_per_kg * kHour_s * kMw / kMusd;
      out_.supply_carbon_kg_per_j.push_back(carbon);
      out.uses = uses(row.uses);
      auto& dates = out_.supply.emplace_back();
      out_.supply_usd_per_w.push_back(usd_per_w);
      for (const auto& [ordered, available] : order_dates(row)) {
        const Spent spent = spend(s_.sites[at(out.site)], {{usd_per_w, ordered, available}});
        planner::SupplyOrder order;
        order.order =
            std::max(0, period_from(ordered) - (at(period_from(ordered)) < out_.starts.size() &&
                                                        out_.starts[at(period_from(ordered))] == ordered
                                                    ? 0
                                                    : 1));
        order.available = period_ready(available);
        for (const double musd : spent.by_year) order.capex.push_back(musd * kMw);
        order.cost = spent.discounted * kMw;
        out.orders.push_back(std::move(order));
        dates.push_back({ordered, available, spent.by_month});
      }
      out_.problem.supply.push_back(std::move(out));
    }
  }

  /// When a supply can be ordered and from when it is there, each day of power once, by its latest order.
  std::vector<std::pair<base::SimTime, base::SimTime>> order_dates(const scenario::PlanSupply& row) const {
    std::vector<std::pair<base::SimTime, base::SimTime>> out;
    const base::SimTime begin = out_.starts.front();
    const auto add = [&](base::SimTime ordered, base::SimTime available) {
      if (available >= out_.end) return;
      if (!out.empty() && out.back().second == available)
        out.back().first = ordered;
      else
        out.emplace_back(ordered, available);
    };
    if (row.lead) {
      const auto lead = base::Duration::seconds(row.lead->si() * lead_factor_);
      for (const base::SimTime t : out_.starts) add(t, std::max(row.date.value_or(t), t + lead));
      return out;
    }
    const base::SimTime first = std::max(*row.date, begin);
    add(std::max(begin, first - fleet::kPriceYear), first);
    for (const base::SimTime t : out_.starts)
      if (t > first) add(std::max(begin, t - fleet::kPriceYear), t);
    return out;
  }

  const scenario::PlanInput& in_;
  const scenario::ResolvedScenario& s_;
  const catalog::Catalog& catalog_;
  const Knowledge& knowledge_;
  std::filesystem::path data_;
  double lead_factor_;
  PlanProblem out_;
  base::Diagnostics problems_;
  int first_year_ = 0;
  const std::string step_ = in_.table.step.empty() ? "quarter" : in_.table.step;
  int months_per_period_ = kMonthsOfQuarter;
};

}  // namespace

tl::expected<PlanProblem, base::Diagnostics> plan_problem(const scenario::PlanInput& input,
                                                          const Knowledge& knowledge,
                                                          const std::filesystem::path& data,
                                                          const PlanGoal& goal, double lead_factor) {
  return Compiler(input, knowledge, data, goal, lead_factor).compile();
}

}  // namespace gigawatt::engine
