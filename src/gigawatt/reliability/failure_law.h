#pragma once
/// Failures that somebody else draws: a law that a user has written, in place of the rates of the classes.
///
/// The simulator asks whenever a population begins a stretch in which something may fail, and again when it has changed:
/// a job that goes on with its work, nodes of a pool that are in no job, the domains of a pool. The answer counts from
/// then. What a failure of a class means (who notices it when, whether the node leaves, its repair) stays the class's; so
/// does the interval between checkpoints, which follows from the classes' rates. Draws come from the stream that is
/// handed over, so that the same seed gives the same run.

#include <cstdint>
#include <span>
#include <string_view>

#include "gigawatt/base/random.h"
#include "gigawatt/reliability/failure_model.h"

namespace gigawatt::reliability {

/// Who may fail.
struct Population {
  enum class Kind : std::uint8_t {
    kJob,     ///< a job on its nodes: classes of accelerators, nodes and jobs
    kIdle,    ///< nodes in no job of a gang: classes that remove a node
    kDomains  ///< domains of a pool: classes of domains
  };
  Kind kind = Kind::kJob;
  std::string_view system, site;
  double nodes = 0;  ///< that fail as often as ordinary ones do
  double accelerators = 0;
  double age_s = 0;  ///< of the pool's nodes in service, mean
  double now_s = 0;  ///< since the run's start
  std::span<const FailureClass> classes;

  /// Whether a failure of a class can happen to it.
  bool may_have(const FailureClass& c) const {
    if (kind == Kind::kDomains || c.scope == FailureScope::kDomain)
      return kind == Kind::kDomains && c.scope == FailureScope::kDomain;
    return kind == Kind::kJob || c.removes_node;
  }
};

class FailureLaw {
 public:
  virtual ~FailureLaw() = default;
  /// The next failure; infinite: never. Runs of several futures ask from several threads at once.
  virtual FailureModel::Failure next(const Population& population, random::Stream& stream) const = 0;
};

}  // namespace gigawatt::reliability
