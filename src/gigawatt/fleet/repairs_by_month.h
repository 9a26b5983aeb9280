#pragma once
/// Nodes in repair where failures are drawn by month (`failures.by_month`): of nodes that are in no training, which are
/// most of a large fleet and nearly all of its events.
///
/// Single failures are a Poisson process of rate n r with n nodes in service, each with a repair S from the law of its
/// cause. What matters of them to a month is how many there were, and how many nodes stood in repair meanwhile. With n_j
/// nodes in service from e_j to e_{j+1} the mean number in repair between t_1 and t_2 = t_1 + T is exactly
///
///     1/T sum_j n_j r (H(t_2 - e_j) - H(t_2 - e_{j+1}) - H(t_1 - e_j) + H(t_1 - e_{j+1}))
///     H(x) = int_0^x E[min(S, u)] du = x E[S; S < x] - E[S^2; S < x] / 2 + x^2 P(S > x) / 2
///
/// in closed form for a log-normal that may end (repair_law.h), so that a fleet that starts whole, or grows, fills its
/// repairs as it does with single failures. The mean over a span of the number in repair has the variance r n E[S^2] / T
/// where T is long against repairs, and never more than at an instant, its own mean (the number in M/G/inf is Poisson):
/// the lesser of the two is drawn, times the share s in service and its square, because those in repair do not fail.
/// Counts by cause are Poisson (above 32 in a span rounded from the normal distribution).
///
/// Within a span the number in repair goes up and down around its mean. Who loses nodes and who gets them back hangs on
/// how far: idle nodes replace the first that fail, pools of jobs lose the others, and repaired nodes go to those who are
/// short. A path with the covariance of M/G/inf,
///
///     C(t) = n r E[max(0, S - t)],
///
/// is drawn at 48 instants of the span as a Gaussian process, its extremes between them as those of a Brownian bridge;
/// at the begin of the span the number in repair visits both extremes for an instant, then keeps to its mean.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "gigawatt/base/random.h"
#include "gigawatt/base/sim_time.h"
#include "gigawatt/reliability/failure_model.h"
#include "gigawatt/reliability/repair_law.h"

namespace gigawatt::fleet {

struct NodeKind;
struct SiteModel;

/// Nodes in service from a time on.
struct InService {
  base::SimTime from;
  double nodes = 0;
};

/// How far the number in repair leaves its mean within a span.
struct Excursion {
  double above = 0, below = 0;  ///< both positive
  bool above_first = true;
};

class RepairsByMonth {
 public:
  explicit RepairsByMonth(const reliability::FailureModel& failures);

  /// Nodes in repair in the mean of [from, until), of failures before `from`: `history` is of what was in service,
  /// ascending, the last of it until `from`.
  double left_over(const std::vector<InService>& history, base::SimTime from, base::SimTime until) const;
  /// The same of failures within a span, for each node in service.
  double of_a_node(double span_s) const { return within(span_s) / span_s; }
  /// A draw of the mean over a span where so many are expected, with `nodes` in service.
  double draw(double expected, double nodes, double span_s, random::Stream& stream) const;
  /// A draw of how far the number in repair leaves that mean within the span.
  Excursion excursion(double expected, double nodes, double span_s, random::Stream& stream);
  /// Failures of nodes that send them to repair, expected in a mean month.
  double expected_in_month(double nodes) const;
  /// Failures of a cause within a span.
  std::int64_t failures(std::uint32_t cause, double nodes, double span_s, random::Stream& stream) const;
  /// Forgets of the history what no repair comes from any more.
  void forget(std::vector<InService>& history, base::SimTime now) const;

  std::size_t causes() const { return rates_.size(); }

 private:
  struct Repairs {
    double rate = 0;  // of a node
    reliability::RepairLaw law;
    double below = 1;
    double first = 0, second = 0;  // moments before it is cut

    double part(int k, double x) const;  // E[S^k; S < x]
  };
  double within(double span_s) const;     // r H, node-seconds
  double covariance(double lag_s) const;  // of a node's
  /// Lower triangle by rows of the Cholesky factor of that covariance at the instants of a span.
  const std::vector<double>& path_factor(double span_s);

  std::vector<double> rates_;     // of a node, by cause
  std::vector<Repairs> repairs_;  // by law
  double second_s_ = 0;           // r E[S^2]
  double longest_s_ = 0;
  std::map<int, std::vector<double>> factors_;  // by the logarithm of the span, rounded
};

/// Failures that a pool expects in a month from which on drawing them together is worth it: fewer cost no time, and their
/// number in repair is no normal deviate.
inline constexpr double kManyFailures = 100;

/// Why nodes of a kind at a site fail one by one even so; empty: they do not.
std::string why_not_by_month(const NodeKind& kind, const SiteModel& site);

/// What a pool remembers of it.
struct PooledRepairs {
  std::vector<InService> history;  ///< the last since the last draw
  std::int64_t down = 0;           ///< nodes taken out of service for it
  double rest = 0;                 ///< of a node, left over by rounding
};

}  // namespace gigawatt::fleet
