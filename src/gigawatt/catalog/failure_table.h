#pragma once
/// Observed failure behavior of a fleet: what failed how often, how long detection, restart and repair take.
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
  Sourced job_rate;       ///< 1/s of a job in one node: causes that small jobs show too
  Sourced job_growth;     ///< accelerators of a job up to which its rate grows with its nodes; 0: not at all
  Sourced shape;          ///< of the power law of age; 0 or 1: memoryless
  Sourced detection;      ///< s; 0: as the other causes
  Sourced slowdown;       ///< share of speed that a job loses; 0: it stops
  Sourced
      bandwidth_lost;  ///< share of an accelerator's scale-out bandwidth, where a link is what fails; 0: none does
  Sourced duration;  ///< s, of a slowdown, mean
};

/// What fails as a whole and takes its nodes with it.
struct FailureDomain {
  std::string name;       ///< rack, cooling-unit, power-feed, leaf-switch, hall, site
  Sourced accelerators;   ///< in one of them
  Sourced rate;           ///< 1/s of one of them
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
  Sourced checkpoint_stall;                        ///< s, least one of an asynchronous write
  Sourced checkpoint_stall_reduction;              ///< blocking / asynchronous
  Sourced spare_share;                             ///< spare nodes over nodes in use
  Sourced repair_mean, repair_median, repair_p95;  ///< s
  Sourced repair_longest;                          ///< s, after which a node is exchanged; 0: no end
  Sourced straggler_job_share, straggler_waste;
  Sourced silent_corruption_interval;  ///< s, of a very large job
  Sourced automatic_recovery_share;
  Sourced job_failure_probability_lemon,
      job_failure_probability_clean;  ///< of large jobs, with and without bad nodes
  Sourced memory_error_interval_a100, memory_error_interval_h100;  ///< s per accelerator
  // Parts of a restart; 0: only the whole is known.
  Sourced diagnosis_time, replacement_time, initialization_time;  ///< s
  Sourced checkpoint_interval;                                    ///< s, of jobs of unknown state
  Sourced memory_bandwidth,
      local_bandwidth;  ///< byte/s of one accelerator, to peers' memory and to local disks
  // How failures depart from independent, memoryless and alike.
  Sourced lemon_node_share;   ///< of nodes
  Sourced lemon_fault_share;  ///< of faults, that these nodes have
  Sourced lemon_detection;    ///< share of a lemon's repairs that cure it
  Sourced gap_variation;      ///< coefficient of variation of the gaps between failures
  Sourced burst_time;         ///< s, mean length of a burst
  Sourced batch_deviation;    ///< of the logarithm of a delivery's rate
  Sourced infant_factor;      ///< rate of a fresh node over an old one's
  Sourced infant_time;        ///< s, in which the excess falls to 1/e
  Sourced burn_in;            ///< s, age when accepted
  Sourced silent_detection;   ///< s, mean
  // Repair crews and parts.
  Sourced technicians_per_thousand;  ///< nodes
  Sourced hands_on_mean;             ///< s
  Sourced part_share;                ///< of repairs that need a part
  Sourced part_stock;                ///< parts over nodes
  Sourced vendor_turnaround;         ///< s, mean
  Sourced maintenance_interval;      ///< s, between planned stops of a job
  Sourced maintenance_time;          ///< s
  RepairDistribution repair;
  std::vector<FailureCause> causes;
  std::vector<FailureDomain> domains;
};

void fields(config::FieldVisitor& v, FailureCause& x);
void fields(config::FieldVisitor& v, FailureDomain& x);
void fields(config::FieldVisitor& v, RepairDistribution& x);
void fields(config::FieldVisitor& v, FailureTable& x);

}  // namespace gigawatt::catalog
