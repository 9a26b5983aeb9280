#include "gigawatt/planner/formulation.h"

#include <algorithm>
#include <cmath>

#include "gigawatt/base/check.h"

namespace gigawatt::planner {
namespace {

using solver::kInfinity;
using solver::Term;

constexpr int kNone = -1;

bool sized(const PhaseOption& phase) { return phase.least < phase.most; }

}  // namespace

Formulation::Formulation(const Problem& problem, solver::Model& model, double weight,
                         const Formulation* shared, int decide, Detail detail)
    : problem_(problem),
      model_(model),
      shared_(shared),
      decide_(decide),
      outline_(detail == Detail::kOutline) {
  make_halls();
  phase_columns();
  supply_columns();
  delivery_columns();
  build_rows();
  pool_rows();
  room_rows();
  supply_rows();
  chip_rows();
  budget_rows();
  limit_rows();
  financing_rows();
  target_rows();
  goal(weight);
}

int Formulation::column(double low, double high, bool integer) {
  return integer ? model_.add_integer(0, low, high) : model_.add_column(0, low, high);
}

int Formulation::row(GroupKind kind, int subject, double low, double high, const std::vector<Term>& terms,
                     int period) {
  const int r = model_.add_row(low, high, terms);
  const auto [place, fresh] = group_of_.try_emplace({kind, subject, period}, groups_.size());
  if (fresh) groups_.push_back({kind, subject, period, {}});
  groups_[place->second].rows.push_back(r);
  return r;
}

// ------------------------------------------------------------------------------------------------ columns

void Formulation::make_halls() {
  for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p) {
    const PhaseOption& phase = problem_.phases[at(p)];
    const auto systems_of = [&](const Hall& hall) -> const std::vector<int>& {
      return problem_.phases[at(hall.phases.front())].systems;
    };
    const auto same = std::find_if(halls_.begin(), halls_.end(), [&](const Hall& hall) {
      return outline_ && hall.site == phase.site && systems_of(hall) == phase.systems;
    });
    if (same != halls_.end())
      same->phases.push_back(p);
    else
      halls_.push_back({phase.site, {p}});
  }
  for (int h = 0; h < static_cast<int>(halls_.size()); ++h) {
    const std::vector<int>& systems = problem_.phases[at(halls_[at(h)].phases.front())].systems;
    auto pool = std::find_if(pools_.begin(), pools_.end(),
                             [&](const Pool& one) { return outline_ && one.systems == systems; });
    if (pool == pools_.end()) pool = pools_.insert(pools_.end(), Pool{systems, {}, problem_.horizon()});
    pool->halls.push_back(h);
    for (const int p : halls_[at(h)].phases)
      for (const Choice& choice : problem_.phases[at(p)].choices)
        pool->first = std::min(pool->first, choice.service);
  }
}

void Formulation::phase_columns() {
  for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p) {
    const PhaseOption& phase = problem_.phases[at(p)];
    auto& y = y_.emplace_back();
    auto& s = s_.emplace_back();
    auto& begun = begun_.emplace_back(at(problem_.horizon()), kNone);
    for (const Choice& choice : phase.choices) {
      int& here = begun[at(choice.order)];
      if (here == kNone)
        here = is_shared(choice.order) ? shared_->begun_[at(p)][at(choice.order)] : column(0, 1, true);
    }
    auto& paid = paid_.emplace_back();
    for (int f = -1; f < static_cast<int>(problem_.financing.size()); ++f) {
      const bool some = std::any_of(phase.choices.begin(), phase.choices.end(),
                                    [f](const Choice& c) { return c.financing == f; });
      const bool all = std::all_of(phase.choices.begin(), phase.choices.end(),
                                   [f](const Choice& c) { return c.financing == f; });
      paid.push_back(some && !all ? column(0, 1, true) : kNone);
    }
    for (int a = 0; a < static_cast<int>(phase.choices.size()); ++a) {
      const bool same = is_shared(phase.choices[at(a)].order);
      y.push_back(same ? shared_->y_[at(p)][at(a)] : column(0, 1, false));
      s.push_back(!sized(phase) ? kNone : same ? shared_->s_[at(p)][at(a)] : column(0, phase.most, false));
    }
    auto& z = z_.emplace_back();
    for (std::size_t c = 0; c < phase.systems.size(); ++c)
      z.push_back(outline_ || phase.systems.size() < 2 ? kNone : column(0, 1, true));
  }
  for (std::size_t site = 0; site < problem_.sites.size(); ++site) {
    const bool asked = std::any_of(problem_.targets.begin(), problem_.targets.end(),
                                   [](const Target& t) { return t.quantity == Quantity::kPower; });
    powered_.push_back(asked ? column(0, kInfinity, false) : kNone);
  }
}

void Formulation::supply_columns() {
  for (int k = 0; k < static_cast<int>(problem_.supply.size()); ++k) {
    const SupplyOption& option = problem_.supply[at(k)];
    auto& u = u_.emplace_back();
    for (int o = 0; o < static_cast<int>(option.orders.size()); ++o) {
      const double most = option.unit > 0 ? std::floor(option.most / option.unit + 1e-9) : option.most;
      u.push_back(is_shared(option.orders[at(o)].order) ? shared_->u_[at(k)][at(o)]
                                                        : column(0, most, option.unit > 0 && !outline_));
    }
    auto& g = g_.emplace_back();
    for (int t = 0; t < problem_.horizon(); ++t)
      g.push_back(option.priced() ? column(0, option.most, false) : kNone);
  }
}

void Formulation::delivery_columns() {
  for (const Pool& pool : pools_) {
    const int phase = halls_[at(pool.halls.front())].phases.front();
    auto& mine = arrivals_.emplace_back();
    for (int o = 0; o < static_cast<int>(problem_.offers.size()); ++o) {
      const Offer& offer = problem_.offers[at(o)];
      if (std::find(pool.systems.begin(), pool.systems.end(), offer.system) == pool.systems.end()) continue;
      for (int l = 0; l < static_cast<int>(offer.lots.size()); ++l) {
        const Lot& lot = offer.lots[at(l)];
        if ((!problem_.waiting && lot.period < pool.first) || lot.most <= 0) continue;
        int id = kNone;
        if (is_shared(lot.period))
          for (const DeliveryColumn& d : shared_->d_)
            if (d.offer == o && d.lot == l && d.phase == phase) id = d.column;
        if (id == kNone)  // the row of the lot bounds it
          id = column(0, kInfinity, offer.lot > 0 && !outline_);
        mine.push_back(static_cast<int>(d_.size()));
        d_.push_back({o, l, phase, id});
      }
    }
    installed_columns(pool);
  }
}

void Formulation::installed_columns(const Pool& pool) {
  const int horizon = problem_.horizon();
  i_.resize(halls_.size(), std::vector<int>(at(horizon), kNone));
  for (const int h : pool.halls) {
    int first = horizon;
    for (const int p : halls_[at(h)].phases)
      for (const Choice& choice : problem_.phases[at(p)].choices) first = std::min(first, choice.service);
    for (int t = first; t < horizon; ++t) i_[at(h)][at(t)] = column(0, kInfinity, false);
  }
  auto& q = q_.emplace_back();
  auto& w = w_.emplace_back();
  for (std::size_t c = 0; c < pool.systems.size(); ++c) {
    q.emplace_back(at(horizon), kNone);
    w.emplace_back(at(horizon), kNone);
    for (int t = 0; problem_.waiting && t < horizon; ++t) {
      w.back()[at(t)] = column(0, kInfinity, false);
      if (t >= pool.first) q.back()[at(t)] = column(0, kInfinity, false);
    }
  }
}

// ------------------------------------------------------------------------------------------------ terms

Term Formulation::size(int phase, int choice) const {
  const PhaseOption& option = problem_.phases[at(phase)];
  if (sized(option)) return {s_[at(phase)][at(choice)], 1};
  return {y_[at(phase)][at(choice)], option.most};
}

Term Formulation::amount(int supply, int order) const {
  const SupplyOption& option = problem_.supply[at(supply)];
  return {u_[at(supply)][at(order)], option.unit > 0 ? option.unit : 1};
}

Term Formulation::arrival(const DeliveryColumn& d) const {
  const Offer& offer = problem_.offers[at(d.offer)];
  return {d.column, offer.lot > 0 ? offer.lot : 1};
}

int Formulation::holds(int phase, int system) const {
  const auto& systems = problem_.phases[at(phase)].systems;
  const auto found = std::find(systems.begin(), systems.end(), system);
  return found == systems.end() ? kNone : z_[at(phase)][static_cast<std::size_t>(found - systems.begin())];
}

/// What is installed in a period, k: arrivals, or with waiting the column that takes them from the stock.
std::vector<Term> Formulation::installs(int pool, int system, int period) const {
  std::vector<Term> out;
  const auto& systems = pools_[at(pool)].systems;
  const auto c =
      static_cast<std::size_t>(std::find(systems.begin(), systems.end(), system) - systems.begin());
  if (problem_.waiting) {
    if (q_[at(pool)][c][at(period)] != kNone) out.push_back({q_[at(pool)][c][at(period)], 1});
    return out;
  }
  for (const int n : arrivals_[at(pool)]) {
    const Offer& offer = problem_.offers[at(d_[at(n)].offer)];
    if (offer.system == system && offer.lots[at(d_[at(n)].lot)].period == period)
      out.push_back(arrival(d_[at(n)]));
  }
  return out;
}

std::vector<Term> Formulation::quantity(Quantity quantity) const {
  std::vector<Term> out;
  if (quantity == Quantity::kCost) return cost_terms();
  if (quantity == Quantity::kPower) {
    for (const int column : powered_)
      if (column != kNone) out.push_back({column, 1});
    return out;
  }
  for (int n = 0; n < static_cast<int>(pools_.size()); ++n)
    for (const int c : pools_[at(n)].systems) {
      const System& system = problem_.systems[at(c)];
      const auto& weight = quantity == Quantity::kTraining ? system.training
                           : quantity == Quantity::kTokens ? system.tokens
                                                           : system.count;
      for (int t = 0; t < problem_.horizon(); ++t)
        if (weight[at(t)] > 0)
          for (const Term& term : installs(n, c, t))
            out.push_back({term.column, term.coefficient * weight[at(t)]});
    }
  return out;
}

std::vector<Term> Formulation::capex_terms(int year) const {
  std::vector<Term> out;
  const auto add = [&](const Term& term, double usd) {
    if (usd > 0) out.push_back({term.column, term.coefficient * usd});
  };
  for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p)
    for (int a = 0; a < static_cast<int>(problem_.phases[at(p)].choices.size()); ++a)
      add(size(p, a), problem_.phases[at(p)].choices[at(a)].capex[at(year)]);
  for (int k = 0; k < static_cast<int>(problem_.supply.size()); ++k)
    for (int o = 0; o < static_cast<int>(problem_.supply[at(k)].orders.size()); ++o)
      add(amount(k, o), problem_.supply[at(k)].orders[at(o)].capex[at(year)]);
  for (const DeliveryColumn& d : d_) {
    const Lot& lot = problem_.offers[at(d.offer)].lots[at(d.lot)];
    if (lot.year == year) add(arrival(d), lot.capex);
  }
  return out;
}

std::vector<Term> Formulation::cost_terms() const {
  std::vector<Term> out;
  for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p) {
    const PhaseOption& phase = problem_.phases[at(p)];
    for (int a = 0; a < static_cast<int>(phase.choices.size()); ++a)
      out.push_back({size(p, a).column, size(p, a).coefficient * phase.choices[at(a)].cost});
  }
  for (std::size_t h = 0; h < halls_.size(); ++h) {
    const Site& site = problem_.sites[at(halls_[h].site)];
    for (int t = 0; t < problem_.horizon(); ++t)
      if (i_[h][at(t)] != kNone)
        out.push_back({i_[h][at(t)], site.load(t) * site.price(t) * problem_.periods[at(t)].hours *
                                         problem_.periods[at(t)].discount});
  }
  for (int k = 0; k < static_cast<int>(problem_.supply.size()); ++k) {
    const SupplyOption& option = problem_.supply[at(k)];
    for (int o = 0; o < static_cast<int>(option.orders.size()); ++o)
      out.push_back({amount(k, o).column, amount(k, o).coefficient * option.orders[at(o)].cost});
    if (!option.priced()) continue;
    for (int t = 0; t < problem_.horizon(); ++t) {  // instead of the site's price
      const double usual = problem_.sites[at(option.site)].energy_price[at(t)];
      out.push_back({g_[at(k)][at(t)], (option.energy_price.value_or(usual) - usual + option.carbon_price) *
                                           problem_.periods[at(t)].hours * problem_.periods[at(t)].discount});
    }
  }
  for (const DeliveryColumn& d : d_)
    out.push_back({d.column, arrival(d).coefficient * problem_.offers[at(d.offer)].lots[at(d.lot)].cost});
  return out;
}

// ------------------------------------------------------------------------------------------------ rows

void Formulation::build_rows() {
  for (int k = 0; k < static_cast<int>(problem_.supply.size()); ++k) {
    std::vector<Term> all;
    for (int o = 0; o < static_cast<int>(problem_.supply[at(k)].orders.size()); ++o)
      all.push_back(amount(k, o));
    if (all.size() > 1) row(GroupKind::kStructure, 0, -kInfinity, problem_.supply[at(k)].most, all);
  }
  for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p) {
    const PhaseOption& phase = problem_.phases[at(p)];
    std::vector<Term> once;
    for (int a = 0; a < static_cast<int>(phase.choices.size()); ++a) {
      once.push_back({y_[at(p)][at(a)], 1});
      if (s_[at(p)][at(a)] == kNone) continue;
      row(GroupKind::kStructure, 0, -kInfinity, 0, {{s_[at(p)][at(a)], 1}, {y_[at(p)][at(a)], -phase.most}});
      if (phase.least > 0)
        row(GroupKind::kStructure, 0, 0, kInfinity,
            {{s_[at(p)][at(a)], 1}, {y_[at(p)][at(a)], -phase.least}});
    }
    row(GroupKind::kStructure, 0, -kInfinity, 1, once);
    // What begins in a period is the step of "begun"; branching on it splits the years, not single choices.
    int last = kNone;
    for (int t = 0; t < problem_.horizon(); ++t) {
      const int now = begun_[at(p)][at(t)];
      if (now == kNone) continue;
      std::vector<Term> step{{now, 1}};
      if (last != kNone) step.push_back({last, -1});
      for (int a = 0; a < static_cast<int>(phase.choices.size()); ++a)
        if (phase.choices[at(a)].order == t) step.push_back({y_[at(p)][at(a)], -1});
      row(GroupKind::kStructure, 0, 0, 0, step);
      last = now;
    }
    std::vector<Term> one_kind;
    for (int f = -1; f < static_cast<int>(problem_.financing.size()); ++f) {
      const int v = paid_[at(p)][at(f + 1)];
      if (v == kNone) continue;
      one_kind.push_back({v, 1});
      std::vector<Term> by{{v, -1}};
      for (int a = 0; a < static_cast<int>(phase.choices.size()); ++a)
        if (phase.choices[at(a)].financing == f) by.push_back({y_[at(p)][at(a)], 1});
      row(GroupKind::kStructure, 0, -kInfinity, 0, by);
    }
    if (!one_kind.empty()) row(GroupKind::kStructure, 0, -kInfinity, 1, one_kind);
    if (phase.required) row(GroupKind::kRequired, p, 1, kInfinity, once);
    for (const int before : phase.after) {
      int other = kNone;
      for (int t = 0; t < problem_.horizon(); ++t) {
        if (begun_[at(before)][at(t)] != kNone) other = begun_[at(before)][at(t)];
        if (begun_[at(p)][at(t)] == kNone) continue;
        std::vector<Term> terms{{begun_[at(p)][at(t)], 1}};
        if (other != kNone) terms.push_back({other, -1});
        row(GroupKind::kOrder, p, -kInfinity, 0, terms);
      }
    }
  }
}

/// What arrives in a pool, waits and is installed; and the one system that a phase holds.
void Formulation::pool_rows() {
  for (int n = 0; n < static_cast<int>(pools_.size()); ++n) {
    const Pool& pool = pools_[at(n)];
    std::vector<std::vector<Term>> kind(pool.systems.size());
    for (int t = 0; t < problem_.horizon(); ++t) {
      for (std::size_t c = 0; problem_.waiting && c < pool.systems.size(); ++c) {
        std::vector<Term> stock{{w_[at(n)][c][at(t)], 1}};
        if (t > 0) stock.push_back({w_[at(n)][c][at(t - 1)], -1});
        for (const int m : arrivals_[at(n)]) {
          const Offer& offer = problem_.offers[at(d_[at(m)].offer)];
          if (offer.system == pool.systems[c] && offer.lots[at(d_[at(m)].lot)].period == t)
            stock.push_back({arrival(d_[at(m)]).column, -arrival(d_[at(m)]).coefficient});
        }
        if (q_[at(n)][c][at(t)] != kNone) stock.push_back({q_[at(n)][c][at(t)], 1});
        row(GroupKind::kStructure, 0, 0, 0, stock);
      }
      if (t < pool.first) continue;
      std::vector<Term> growth;
      for (const int h : pool.halls) {
        const int now = i_[at(h)][at(t)], before = t > 0 ? i_[at(h)][at(t - 1)] : kNone;
        if (now != kNone) growth.push_back({now, 1});
        if (before != kNone) growth.push_back({before, -1});
        if (before != kNone && pool.halls.size() > 1)
          row(GroupKind::kStructure, 0, 0, kInfinity, {{now, 1}, {before, -1}});
      }
      for (std::size_t c = 0; c < pool.systems.size(); ++c)
        for (const Term& term : installs(n, pool.systems[c], t)) {
          const double it_mw = problem_.systems[at(pool.systems[c])].it_mw;
          growth.push_back({term.column, -term.coefficient * it_mw});
          kind[c].push_back({term.column, term.coefficient * it_mw});
        }
      row(GroupKind::kStructure, 0, 0, 0, growth);
    }
    if (outline_ || pool.systems.size() < 2) continue;
    const Hall& hall = halls_[at(pool.halls.front())];
    const int p = hall.phases.front();
    const PhaseOption& phase = problem_.phases[at(p)];
    std::vector<Term> one;
    for (std::size_t c = 0; c < pool.systems.size(); ++c) {
      const int z = z_[at(p)][c];
      kind[c].push_back({z, -phase.most / problem_.sites[at(hall.site)].overhead});
      row(GroupKind::kStructure, 0, -kInfinity, 0, kind[c]);
      one.push_back({z, 1});
    }
    for (int a = 0; a < static_cast<int>(phase.choices.size()); ++a) one.push_back({y_[at(p)][at(a)], -1});
    row(GroupKind::kStructure, 0, -kInfinity, 0, one);
  }
}

void Formulation::room_rows() {
  for (std::size_t h = 0; h < halls_.size(); ++h) {
    const double it_per_mw = 1 / problem_.sites[at(halls_[h].site)].overhead;
    for (int t = 0; t < problem_.horizon(); ++t) {
      if (i_[h][at(t)] == kNone) continue;
      std::vector<Term> room{{i_[h][at(t)], 1}};
      for (const int p : halls_[h].phases) {
        const auto& choices = problem_.phases[at(p)].choices;
        for (int a = 0; a < static_cast<int>(choices.size()); ++a)
          if (choices[at(a)].service <= t)
            room.push_back({size(p, a).column, -size(p, a).coefficient * it_per_mw});
      }
      row(GroupKind::kRoom, halls_[h].phases.front(), -kInfinity, 0, room);
    }
  }
}

void Formulation::supply_rows() {
  for (int s = 0; s < static_cast<int>(problem_.sites.size()); ++s) {
    const Site& site = problem_.sites[at(s)];
    std::vector<int> options;
    for (int k = 0; k < static_cast<int>(problem_.supply.size()); ++k)
      if (problem_.supply[at(k)].site == s) options.push_back(k);
    for (int t = 0; t < problem_.horizon(); ++t) {
      std::vector<Term> installed;
      for (std::size_t h = 0; h < halls_.size(); ++h)
        if (halls_[h].site == s && i_[h][at(t)] != kNone) installed.push_back({i_[h][at(t)], 1});
      const double given = site.supply[at(t)];
      std::vector<Term> load, draw, carried;
      for (const Term& term : installed) {
        load.push_back({term.column, site.overhead});
        draw.push_back({term.column, site.load(t)});
      }
      for (const int k : options) {
        const SupplyOption& option = problem_.supply[at(k)];
        std::vector<Term> limit;
        for (int o = 0; o < static_cast<int>(option.orders.size()); ++o)
          if (option.orders[at(o)].available <= t) {
            const Term term = amount(k, o);
            load.push_back({term.column, -term.coefficient});
            limit.push_back({term.column, -term.coefficient});
          }
        if (!option.priced()) continue;
        limit.push_back({g_[at(k)][at(t)], 1});
        row(GroupKind::kStructure, 0, -kInfinity, 0, limit);
        carried.push_back({g_[at(k)][at(t)], -1});
      }
      if (given < kInfinity && !installed.empty()) row(GroupKind::kSupply, s, -kInfinity, given, load, t);
      if (carried.empty()) continue;
      draw.insert(draw.end(), carried.begin(), carried.end());
      // Between nothing and the load; what the given supply cannot carry, priced supply must.
      row(GroupKind::kStructure, 0, 0, given, draw);
    }
    if (powered_[at(s)] == kNone) continue;
    std::vector<Term> built{{powered_[at(s)], 1}}, fed{{powered_[at(s)], 1}};
    for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p)
      for (int a = 0;
           problem_.phases[at(p)].site == s && a < static_cast<int>(problem_.phases[at(p)].choices.size());
           ++a)
        if (problem_.phases[at(p)].choices[at(a)].energized <= problem_.by)
          built.push_back({size(p, a).column, -size(p, a).coefficient});
    row(GroupKind::kCandidates, s, -kInfinity, 0, built);
    const double given = site.supply[at(std::min(problem_.by, problem_.horizon() - 1))];
    for (const int k : options)
      for (int o = 0; o < static_cast<int>(problem_.supply[at(k)].orders.size()); ++o)
        if (problem_.supply[at(k)].orders[at(o)].available <= problem_.by)
          fed.push_back({amount(k, o).column, -amount(k, o).coefficient});
    if (given < kInfinity)
      row(GroupKind::kSupply, s, -kInfinity, given, fed, std::min(problem_.by, problem_.horizon() - 1));
  }
}

void Formulation::chip_rows() {
  for (int o = 0; o < static_cast<int>(problem_.offers.size()); ++o)
    for (int l = 0; l < static_cast<int>(problem_.offers[at(o)].lots.size()); ++l) {
      std::vector<Term> terms;
      for (const DeliveryColumn& d : d_)
        if (d.offer == o && d.lot == l) terms.push_back(arrival(d));
      const Lot& lot = problem_.offers[at(o)].lots[at(l)];
      if (!terms.empty()) row(GroupKind::kChips, o, -kInfinity, lot.most, terms, lot.period);
    }
}

void Formulation::budget_rows() {
  for (int y = 0; y < static_cast<int>(problem_.years.size()); ++y) {
    const Budget& budget = problem_.years[at(y)];
    if (budget.capex >= kInfinity) continue;
    if (!problem_.carry_over) {
      row(GroupKind::kBudget, y, -kInfinity, budget.capex - budget.committed, capex_terms(y));
      continue;
    }
    double left = 0;  // of this year and all before
    std::vector<Term> terms;
    for (int before = 0; before <= y; ++before) {
      left += problem_.years[at(before)].capex - problem_.years[at(before)].committed;
      const auto of_year = capex_terms(before);
      terms.insert(terms.end(), of_year.begin(), of_year.end());
    }
    if (left < kInfinity) row(GroupKind::kBudget, y, -kInfinity, left, terms);
  }
}

void Formulation::limit_rows() {
  for (int n = 0; n < static_cast<int>(problem_.limits.size()); ++n) {
    const Limit& limit = problem_.limits[at(n)];
    const auto amount_of = [&](const std::vector<Use>& uses) {
      double sum = 0;
      for (const Use& use : uses)
        if (use.limit == n) sum += use.amount;
      return sum;
    };
    // What of it is taken by orders in [from, until) (in all), or by what is being built at t.
    const auto collect = [&](auto within) {
      std::vector<Term> terms;
      for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p) {
        const PhaseOption& phase = problem_.phases[at(p)];
        const double amount = amount_of(phase.uses);
        for (int a = 0; amount > 0 && a < static_cast<int>(phase.choices.size()); ++a)
          if (within(phase.choices[at(a)].order, phase.choices[at(a)].energized))
            terms.push_back({size(p, a).column, size(p, a).coefficient * amount / phase.most});
      }
      for (int k = 0; k < static_cast<int>(problem_.supply.size()); ++k) {
        const SupplyOption& option = problem_.supply[at(k)];
        const double amount = amount_of(option.uses);
        for (int o = 0; amount > 0 && o < static_cast<int>(option.orders.size()); ++o)
          if (within(option.orders[at(o)].order, option.orders[at(o)].available))
            terms.push_back({u_[at(k)][at(o)], option.unit > 0 ? amount : amount / option.most});
      }
      for (const DeliveryColumn& d : d_) {
        const Offer& offer = problem_.offers[at(d.offer)];
        const int period = offer.lots[at(d.lot)].period;
        if (const double amount = amount_of(offer.uses); amount > 0 && within(period, period + 1))
          terms.push_back({d.column, arrival(d).coefficient * amount});
      }
      return terms;
    };
    if (limit.in_all) {
      const auto terms = collect([&](int order, int) { return order >= limit.from && order < limit.until; });
      if (!terms.empty()) row(GroupKind::kLimit, n, -kInfinity, limit.maximum, terms);
      continue;
    }
    for (int t = std::max(0, limit.from); t < std::min(limit.until, problem_.horizon()); ++t) {
      const auto terms = collect([&](int order, int end) { return order <= t && t < end; });
      if (!terms.empty()) row(GroupKind::kLimit, n, -kInfinity, limit.maximum, terms);
    }
  }
}

void Formulation::financing_rows() {
  for (int f = 0; f < static_cast<int>(problem_.financing.size()); ++f) {
    if (problem_.financing[at(f)].maximum >= kInfinity) continue;
    std::vector<Term> terms;
    for (int p = 0; p < static_cast<int>(problem_.phases.size()); ++p)
      for (int a = 0; a < static_cast<int>(problem_.phases[at(p)].choices.size()); ++a) {
        const Choice& choice = problem_.phases[at(p)].choices[at(a)];
        if (choice.financing == f)
          terms.push_back({size(p, a).column, size(p, a).coefficient * choice.others});
      }
    if (!terms.empty()) row(GroupKind::kFinancing, f, -kInfinity, problem_.financing[at(f)].maximum, terms);
  }
}

void Formulation::target_rows() {
  for (int n = 0; n < static_cast<int>(problem_.targets.size()); ++n)
    row(GroupKind::kTarget, n, problem_.targets[at(n)].amount, kInfinity,
        quantity(problem_.targets[at(n)].quantity));
}

void Formulation::goal(double weight) {
  const bool maximize = problem_.goal != Quantity::kCost;
  const auto terms = quantity(problem_.goal);
  for (const Term& term : terms)
    model_.add_cost(term.column, (maximize ? -weight : weight) * term.coefficient);
  if (maximize) goal_row_ = model_.add_row(-kInfinity, kInfinity, terms);
}

// ------------------------------------------------------------------------------------------------ a solution

double Formulation::built(int phase, int choice, const std::vector<double>& x) const {
  const Term term = size(phase, choice);
  return term.coefficient * x[at(term.column)];
}

double Formulation::ordered(int supply, int order, const std::vector<double>& x) const {
  const Term term = amount(supply, order);
  return term.coefficient * x[at(term.column)];
}

double Formulation::delivered(const DeliveryColumn& d, const std::vector<double>& x) const {
  return arrival(d).coefficient * x[at(d.column)];
}

std::vector<double> Formulation::capex(const std::vector<double>& x) const {
  std::vector<double> out(problem_.years.size());
  for (int y = 0; y < static_cast<int>(out.size()); ++y)
    for (const Term& term : capex_terms(y)) out[at(y)] += term.coefficient * x[at(term.column)];
  return out;
}

}  // namespace gigawatt::planner
