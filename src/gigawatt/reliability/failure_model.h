#pragma once
/// What fails, how often, and what it takes to go on.
///
/// A failure class has one unit that fails: an accelerator, a node, or a job as a whole (software, dependencies:
/// causes that small jobs show too; they may grow with the job's nodes up to a size, see size_law.h). A unit fails as a Poisson process of cumulative intensity
///
///     L(age) = (age / scale)^shape
///
/// with repair to the state before the failure: shape 1 is the memoryless process of rate 1 / scale, shape < 1 has
/// infant mortality, shape > 1 wear-out (power-law process; Crow 1974, MIL-HDBK-189C). The failures of many units
/// superpose: intensities add, so a class costs one draw however many units it has, and the victim is drawn when
/// it fires.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "gigawatt/base/random.h"
#include "gigawatt/reliability/bursts.h"

namespace gigawatt::reliability {

/// A domain fails as a whole (rack, power feed, leaf switch, hall ...); its rate is of one domain.
enum class FailureScope : std::uint8_t { kAccelerator, kNode, kJob, kDomain };

struct FailureClass {
  std::string name;
  FailureScope scope = FailureScope::kAccelerator;
  double scale_s = 0;  ///< of one unit; its mean time between failures when shape is 1
  double shape = 1;
  double detection_s = 0;  ///< until somebody notices; for silent ones the job computes on, for nothing
  double restart_s = 0;    ///< evict, replace, initialize, load the checkpoint
  bool silent = false;
  bool removes_node = true;    ///< the node goes to repair; otherwise the job restarts on the same nodes, and
                               ///< where there is no job nothing happens
  double repair_median_s = 0;  ///< log-normal
  double repair_sigma = 0;     ///< standard deviation of the logarithm
  double repair_longest_s = 0;  ///< after which a node is exchanged: the law ends there; 0: it does not
  double slowdown = 0;          ///< share of speed that the job loses instead of stopping; 0: it stops
  double bandwidth_lost =
      0;                 ///< of one accelerator's scale-out link, for jobs whose step says what that costs
  double slow_s = 0;     ///< mean length of a slowdown, exponential
  bool planned = false;  ///< the job saves its state first and loses no work
  bool drawn_detection =
      false;  ///< detection is exponential with mean detection_s, else it always takes that long
  std::int64_t domain_nodes = 0;  ///< scope domain: nodes in one
  /// Scope job: the rate is that of a job of one node, and grows with the job's nodes up to this many.
  double grows_to_nodes = 1;
};

/// Sigma of a log-normal from its mean and median: mean / median = exp(sigma^2 / 2). `mean` >= `median` > 0.
double lognormal_sigma(double mean, double median);

/// Mean of one repair of the class.
double repair_mean_s(const FailureClass& c);

/// Nodes of one age.
struct Cohort {
  double nodes = 0;
  double age_s = 0;  ///< in service, now
};

/// The classes of one kind of node.
class FailureModel {
 public:
  /// Classes whose scale is infinite or not positive never fire. `accelerators_per_node` scales the per-accelerator ones.
  FailureModel(std::vector<FailureClass> classes, double accelerators_per_node);

  const std::vector<FailureClass>& classes() const { return classes_; }

  /// Failures per second of a population now. `jobs`: gangs that run on it; 0: the nodes are in no synchronous job,
  /// and only classes that remove a node count.
  double rate(std::span<const Cohort> cohorts, double jobs) const;

  /// Rate of one node in a job, of the memoryless node and accelerator classes.
  double node_rate() const { return node_rate_; }
  double idle_node_rate() const { return idle_node_rate_; }  ///< of one that is in none
  double idle_rate(std::uint32_t cause) const {              ///< the same, of one class
    return classes_[cause].removes_node ? node_rates_[cause] : 0;
  }
  /// Failures per second that stop a job on `nodes` nodes, which fail as often as `effective` ordinary ones: domains
  /// and causes of its own included, slowdowns and planned stops not; classes with an age at their scale.
  double stop_rate(double nodes, double effective) const;

  bool domains() const { return domains_; }
  /// Rate at which any domain of `nodes` nodes that stand together fails; a domain larger than them has them all.
  double domain_rate(double nodes) const;
  /// Which memoryless class fires, of `nodes` nodes in `jobs` jobs that the rates above say something does.
  std::uint32_t pick(double nodes, double jobs, random::Stream& stream) const;
  /// Which domain class fires.
  std::uint32_t pick_domain(double nodes, random::Stream& stream) const;
  /// Of the causes of a job itself, one on `nodes` nodes.
  double job_rate(double nodes) const;
  bool ages() const { return !aging_.empty(); }  ///< false: the ages of cohorts do not matter

  struct Failure {
    double delay_s = 0;       ///< from now; infinite: never
    std::uint32_t cause = 0;  ///< index into classes()
  };
  /// The next failure of the superposed process. Exact for any mix of shapes; the process has independent
  /// increments, so it may be drawn anew from any later instant.
  Failure next(std::span<const Cohort> cohorts, double jobs, random::Stream& stream) const;

  /// The same of the classes with an age alone.
  Failure next_aged(std::span<const Cohort> cohorts, double jobs, random::Stream& stream) const;

  double repair_s(std::uint32_t cause, random::Stream& stream) const;

 private:
  double memoryless_rate(double nodes, double jobs) const;
  static double job_rate_of(const FailureClass& c, double nodes);
  static double rate_of_domains(const FailureClass& c, double nodes);

  std::vector<FailureClass> classes_;
  double accelerators_per_node_ = 1;
  std::vector<double>
      node_rates_;  // memoryless rate of one node by class; 0 for job classes and other shapes
  std::vector<double> repair_below_;  // of each class's law of repairs (repair_law.h)
  std::vector<std::uint32_t> aging_;  // classes with shape != 1
  double node_rate_ = 0;
  double idle_node_rate_ = 0;           // of classes that remove a node
  double job_rate_ = 0;                 // of job classes that do not grow
  std::vector<std::uint32_t> growing_;  // job classes that do
  bool domains_ = false;
};

/// A population whose failures are drawn together: memoryless classes under everything that bends their rates.
struct Exposure {
  double nodes = 0;   ///< as many ordinary nodes (a lemon counts for more, a good batch for less)
  double excess = 0;  ///< further ones now, because some are fresh; falls as exp(-t / decay_s)
  double decay_s = 0;
  double jobs = 0;
};

/// The next failure after `now_s`: rate f(t) ((nodes + excess e^{-(t - now) / decay}) r + jobs q) with the bursts'
/// factor f, found by inverting its integral. Classes with an age of their own (shape != 1) are not in it. A failure
/// later than `horizon_s` from now may be answered as never; what is drawn from the stream does not depend on it.
FailureModel::Failure next_under(const FailureModel& model, const Exposure& exposure, const BurstPath& bursts,
                                 double now_s, random::Stream& stream,
                                 double horizon_s = std::numeric_limits<double>::infinity());

}  // namespace gigawatt::reliability
