#pragma once
/// Observed failure behaviour of a fleet: what failed how often, how long detection, restart and repair take.
///
/// Rates are per accelerator and second: count / (accelerators x observed time). A job of n accelerators has the
/// mean time to interruption 1 / (n x rate) while failures are independent and memoryless.

#include <string>
#include <vector>

#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::catalog {

struct FailureCause {
  std::string name;
  std::string
      component;  ///< gpu memory nic network host storage power software sdc unknown screening planned straggler
  Sourced count;          ///< 0: not published
  Sourced rate;           ///< 1/s per accelerator, 0: not published
  Sourced share;          ///< of all incidents, where only that is published
  Sourced repair_mean;    ///< s
  Sourced repair_median;  ///< s
};

/// Time from fault to return to service: points of the empirical inverse distribution, and a log-normal fit.
struct RepairDistribution {
  std::string source;
  std::vector<double> probability;  ///< ascending from 0 to 1; empty: not known
  std::vector<double> quantile_days;
  double log_mean_days = 0;  ///< mean of ln(days)
  double log_deviation = 0;
};

/// Zero members are not published for this fleet.
struct FailureTable {
  std::string name;
  std::string title;
  std::string accelerator;  ///< canonical name, empty: mixed or not named
  std::vector<std::string> aliases;
  Sourced accelerators;
  Sourced accelerators_per_node;
  Sourced observed;                                       ///< s
  Sourced interruptions, unexpected, planned, incidents;  ///< counts
  Sourced rate;                                           ///< 1/s per accelerator, all causes
  Sourced effective_time;                                 ///< share of time that trained
  Sourced utilization, availability, unavailability;
  Sourced jobs_per_day;
  Sourced detection_time;                          ///< s
  Sourced restart_time;                            ///< s, from detection to training again, without lost work
  Sourced storage_bandwidth;                       ///< byte/s, for checkpoints
  Sourced checkpoint_overhead;                     ///< share of time
  Sourced checkpoint_stall_reduction;              ///< blocking / asynchronous
  Sourced spare_share;                             ///< spare nodes over nodes in use
  Sourced repair_mean, repair_median, repair_p95;  ///< s
  Sourced straggler_job_share, straggler_waste;
  Sourced silent_corruption_interval;  ///< s, of a very large job
  Sourced automatic_recovery_share;
  Sourced job_failure_probability_lemon,
      job_failure_probability_clean;  ///< of large jobs, with and without bad nodes
  Sourced memory_error_interval_a100, memory_error_interval_h100;  ///< s per accelerator
  RepairDistribution repair;
  std::vector<FailureCause> causes;
};

void fields(config::FieldVisitor& v, FailureCause& x);
void fields(config::FieldVisitor& v, RepairDistribution& x);
void fields(config::FieldVisitor& v, FailureTable& x);

}  // namespace gigawatt::catalog
