#pragma once
/// The mixed-integer program of a problem.
///
/// Columns (p phase, a choice, c system, o offer, k supply, t period; each only where it can matter):
///
///     b[p,t]  1: phase p has begun by t (whole; the y below follow)
///     y[p,a]  1: phase p is built by choice a          s[p,a]  its size, MW at the meter (least y <= s <= most y)
///     z[p,c]  1: phase p holds system c                d[o,t,p]  k accelerators that arrive in t for p
///     i[p,t]  IT MW installed in p                     u[k,o]  MW (or units) ordered by order o
///     g[k,t]  mean MW drawn from a priced supply       q[p,c,t], w[p,c,t]  installed, waiting (with `waiting`)
///
/// Rows, each belonging to a group that has a name in the words of the question:
///
///     once       sum_a y[p,a] <= 1 (= 1 if required),  sum_{a: begins in t} y[p,a] = b[p,t] - b[p,t-1]
///     order      b[p,t] <= b[q,t]        p requires q
///     room       i[p,t] <= sum_{a: in service by t} s[p,a] / overhead,  i[p,t] = i[p,t-1] + sum it_mw d
///     kind       sum_t it_mw d of c <= most z[p,c] / overhead,  sum_c z[p,c] <= sum_a y[p,a]
///     supply     overhead sum_p i[p,t] <= supply[t] + sum_{available by t} u
///     chips      sum_p d[o,t,p] <= most[o,t]
///     budget     sum capex <= budget - committed     each year, or with all years before (`carry_over`)
///     limit      sum uses of what is being built in t, or of all orders, <= maximum
///     financing  sum of others' capital <= maximum
///     target     quantity >= amount
///
/// An outline (`Detail::kOutline`) has no z, one i for all phases of a hall and one d for all halls of a pool.
///
/// Goal: the weighted sum of installations (negated, since programs minimize), or the discounted cost.

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "gigawatt/planner/problem.h"
#include "gigawatt/solver/model.h"

namespace gigawatt::planner {

enum class GroupKind {
  kBudget,
  kChips,
  kSupply,
  kLimit,
  kFinancing,
  kRequired,
  kOrder,
  kRoom,
  kCandidates,  ///< what may be built at a site, of a target in power

  kTarget,
  kStructure
};

/// Rows that say one thing of the question.
struct Group {
  GroupKind kind = GroupKind::kStructure;
  int subject = 0;  ///< index of the year, offer, site, limit, kind of financing, phase or target
  int period = -1;  ///< of chips and supply
  std::vector<int> rows;
};

class Formulation {
 public:
  /// Adds the program to `model`, with all costs times `weight`. With `shared`, decisions before period `decide` use
  /// its columns: what is ordered now is the same whatever comes.
  ///
  /// As an outline it keeps when phases begin and how large they are whole, and is easy on the rest: phases of a site that
  /// can hold the same systems share one hall, for all these systems, deliveries go to all halls with the same systems, and
  /// units of supply and lots may be divided. Every plan
  /// has an outline with the same value, so no plan is better than the best outline; and it has a third of the columns.
  enum class Detail { kPlan, kOutline };
  Formulation(const Problem& problem, solver::Model& model, double weight = 1,
              const Formulation* shared = nullptr, int decide = 0, Detail detail = Detail::kPlan);

  const Problem& problem() const { return problem_; }
  const std::vector<Group>& groups() const { return groups_; }

  /// Columns by phase and choice; -1: none.
  struct DeliveryColumn {
    int offer = 0, lot = 0, phase = 0, column = 0;
  };
  /// Column that is 1 from the period in which the phase begins; -1: it cannot begin then.
  int begun(int phase, int period) const { return begun_[at(phase)][at(period)]; }
  int build(int phase, int choice) const { return y_[at(phase)][at(choice)]; }
  double built(int phase, int choice, const std::vector<double>& x) const;  ///< MW
  int holds(int phase, int system) const;                                   ///< column of z; -1: the only one
  int order(int supply, int order) const { return u_[at(supply)][at(order)]; }
  double ordered(int supply, int order, const std::vector<double>& x) const;  ///< MW
  const std::vector<DeliveryColumn>& deliveries() const { return d_; }
  double delivered(const DeliveryColumn& d, const std::vector<double>& x) const;  ///< k

  /// Terms whose sum is a quantity (of kPower: through columns that are bounded by phases and supply).
  std::vector<solver::Term> quantity(Quantity quantity) const;
  std::vector<solver::Term> cost_terms() const;  ///< discounted, over the horizon
  std::vector<solver::Term> capex_terms(int year) const;
  int goal_row() const { return goal_row_; }  ///< of a maximized quantity; without bounds
  /// Undiscounted capital by year, MUSD, without what is committed.
  std::vector<double> capex(const std::vector<double>& x) const;

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  /// Where accelerators are installed: a phase, of an outline all phases of a site with the same systems.
  struct Hall {
    int site = 0;
    std::vector<int> phases;
  };
  /// Halls whose accelerators are counted together: one, of an outline those of all sites with the same systems.
  struct Pool {
    std::vector<int> systems, halls;
    int first = 0;  ///< period in which the first of them can be installed
  };

  int row(GroupKind kind, int subject, double low, double high, const std::vector<solver::Term>& terms,
          int period = -1);
  bool is_shared(int period) const { return shared_ != nullptr && period < decide_; }
  int column(double low, double high, bool integer);

  void make_halls();
  void installed_columns(const Pool& pool);
  void phase_columns();
  void delivery_columns();
  void supply_columns();
  void build_rows();
  void pool_rows();
  void room_rows();
  void supply_rows();
  void chip_rows();
  void budget_rows();
  void limit_rows();
  void financing_rows();
  void target_rows();
  void goal(double weight);
  solver::Term size(int phase, int choice) const;  ///< MW
  solver::Term amount(int supply, int order) const;
  solver::Term arrival(const DeliveryColumn& d) const;
  std::vector<solver::Term> installs(int pool, int system, int period) const;

  const Problem& problem_;
  solver::Model& model_;
  const Formulation* shared_;
  int decide_;
  bool outline_;
  std::vector<Hall> halls_;
  std::vector<Pool> pools_;
  std::vector<Group> groups_;
  std::map<std::tuple<GroupKind, int, int>, std::size_t> group_of_;
  std::vector<std::vector<int>> y_, s_, z_, u_, g_;
  std::vector<std::vector<int>> i_;      ///< by hall and period
  std::vector<std::vector<int>> begun_;  ///< by phase and period: 1 from the period in which it begins
  std::vector<std::vector<int>>
      paid_;  ///< by phase and kind of financing (own first), where there is a choice
  std::vector<std::vector<std::vector<int>>> q_, w_;  ///< by pool, system position, period
  std::vector<DeliveryColumn> d_;
  std::vector<std::vector<int>> arrivals_;  ///< by pool: indexes into d_
  std::vector<int> powered_;                ///< by site
  int goal_row_ = -1;
};

}  // namespace gigawatt::planner
