#include "gigawatt/catalog/failure_table.h"

#include "gigawatt/config/fields.h"

namespace gigawatt::catalog {

void fields(config::FieldVisitor& v, FailureCause& x) {
  v(x.name, {.key = "name", .doc = "Cause as reported.", .required = true});
  v(x.component, {.key = "component", .doc = "What failed.", .required = true});
  sourced(v, x.count, {.key = "count", .doc = "Events observed.", .min = 0});
  sourced(v, x.rate, {.key = "rate", .doc = "Per accelerator.", .unit = "1/h", .min = 0});
  sourced(v, x.share, {.key = "share", .doc = "Share of all incidents.", .min = 0, .max = 1});
  sourced(v, x.repair_mean, {.key = "repair_mean", .doc = "Mean time to return.", .unit = "days", .min = 0});
  sourced(v, x.repair_median,
          {.key = "repair_median", .doc = "Median time to return.", .unit = "days", .min = 0});
  sourced(v, x.job_rate, {.key = "job_rate", .doc = "Per job in one node.", .unit = "1/h", .min = 0});
  sourced(v, x.job_growth,
          {.key = "job_growth",
           .doc = "Accelerators of a job up to which its job_rate grows with its nodes; 0: it does not.",
           .min = 0});
  sourced(v, x.shape,
          {.key = "shape", .doc = "Of the power law of age; 1: memoryless.", .min = 0, .max = 10});
  sourced(v, x.detection, {.key = "detection", .doc = "From fault to notice.", .unit = "min", .min = 0});
  sourced(v, x.slowdown,
          {.key = "slowdown", .doc = "Share of speed that a job loses; it goes on.", .min = 0, .max = 0.99});
  sourced(v, x.bandwidth_lost,
          {.key = "bandwidth_lost",
           .doc = "Of an accelerator whose link fails: a training loses what its step does then, in place of "
                  "`slowdown`.",
           .min = 0,
           .max = 1});
  sourced(v, x.duration, {.key = "duration", .doc = "Mean length of a slowdown.", .unit = "min", .min = 0});
}

void fields(config::FieldVisitor& v, FailureDomain& x) {
  v(x.name, {.key = "name", .doc = "What fails as a whole.", .required = true});
  sourced(v, x.accelerators, {.key = "accelerators", .doc = "In one of them.", .min = 1});
  sourced(v, x.rate, {.key = "rate", .doc = "Of one of them.", .unit = "1/h", .min = 0});
  sourced(v, x.repair_mean, {.key = "repair_mean", .doc = "Mean time to return.", .unit = "h", .min = 0});
  sourced(v, x.repair_median,
          {.key = "repair_median", .doc = "Median time to return.", .unit = "h", .min = 0});
}

void fields(config::FieldVisitor& v, RepairDistribution& x) {
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  v(x.probability, {.key = "probability",
                    .doc = "Points of the distribution, ascending.",
                    .min = 0,
                    .max = 1,
                    .required = true});
  v(x.quantile_days,
    {.key = "quantile_days", .doc = "Time to return at those points, days.", .min = 0, .required = true});
  v(x.log_mean_days, {.key = "log_mean_days", .doc = "Mean of ln(days)."});
  v(x.log_deviation, {.key = "log_deviation", .doc = "Standard deviation of ln(days).", .min = 0});
}

void fields(config::FieldVisitor& v, FailureTable& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "Fleet and time.", .required = true});
  v(x.accelerator, {.key = "accelerator", .doc = "Canonical accelerator name; empty: mixed."});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  sourced(v, x.accelerators, {.key = "accelerators", .doc = "Fleet size.", .min = 0});
  sourced(v, x.accelerators_per_node, {.key = "accelerators_per_node", .doc = "Under one host.", .min = 0});
  sourced(v, x.observed, {.key = "observed", .doc = "Observation time.", .unit = "days", .min = 0});
  sourced(v, x.interruptions, {.key = "interruptions", .doc = "All interruptions.", .min = 0});
  sourced(v, x.unexpected, {.key = "unexpected", .doc = "Unexpected ones.", .min = 0});
  sourced(v, x.planned, {.key = "planned", .doc = "Planned ones.", .min = 0});
  sourced(v, x.incidents, {.key = "incidents", .doc = "Incidents of a whole platform.", .min = 0});
  sourced(v, x.rate, {.key = "rate", .doc = "All causes, per accelerator.", .unit = "1/h", .min = 0});
  sourced(v, x.effective_time,
          {.key = "effective_time", .doc = "Share of time that trained.", .min = 0, .max = 1});
  sourced(v, x.utilization,
          {.key = "utilization", .doc = "Share of accelerators in use.", .min = 0, .max = 1});
  sourced(v, x.availability, {.key = "availability", .doc = "Share of time in service.", .min = 0, .max = 1});
  sourced(v, x.unavailability,
          {.key = "unavailability", .doc = "Share of time out of service.", .min = 0, .max = 1});
  sourced(v, x.jobs_per_day, {.key = "jobs_per_day", .doc = "Jobs started a day.", .min = 0});
  sourced(v, x.detection_time,
          {.key = "detection_time", .doc = "From fault to notice.", .unit = "min", .min = 0});
  sourced(v, x.restart_time,
          {.key = "restart_time", .doc = "From notice to training again.", .unit = "min", .min = 0});
  sourced(v, x.storage_bandwidth,
          {.key = "storage_bandwidth", .doc = "Checkpoint storage.", .unit = "TB/s", .min = 0});
  sourced(v, x.checkpoint_overhead,
          {.key = "checkpoint_overhead", .doc = "Share of time.", .min = 0, .max = 1});
  sourced(v, x.checkpoint_stall,
          {.key = "checkpoint_stall", .doc = "Least stall of an asynchronous write.", .unit = "s", .min = 0});
  sourced(v, x.checkpoint_stall_reduction,
          {.key = "checkpoint_stall_reduction", .doc = "Blocking over asynchronous stalls.", .min = 0});
  sourced(v, x.spare_share,
          {.key = "spare_share", .doc = "Spare nodes over nodes in use.", .min = 0, .max = 1});
  sourced(v, x.repair_mean, {.key = "repair_mean", .doc = "Mean time to return.", .unit = "days", .min = 0});
  sourced(v, x.repair_median,
          {.key = "repair_median", .doc = "Median time to return.", .unit = "days", .min = 0});
  sourced(v, x.repair_p95,
          {.key = "repair_p95", .doc = "95th percentile of the time to return.", .unit = "days", .min = 0});
  sourced(v, x.repair_longest,
          {.key = "repair_longest",
           .doc = "No repair takes longer: the node is exchanged.",
           .unit = "days",
           .min = 0});
  sourced(v, x.straggler_job_share,
          {.key = "straggler_job_share", .doc = "Jobs with stragglers.", .min = 0, .max = 1});
  sourced(v, x.straggler_waste,
          {.key = "straggler_waste", .doc = "Accelerator time lost to them.", .min = 0, .max = 1});
  sourced(v, x.silent_corruption_interval,
          {.key = "silent_corruption_interval",
           .doc = "Between silent corruptions of a very large job.",
           .unit = "days",
           .min = 0});
  sourced(v, x.automatic_recovery_share,
          {.key = "automatic_recovery_share", .doc = "Recoveries without a person.", .min = 0, .max = 1});
  sourced(v, x.job_failure_probability_lemon,
          {.key = "job_failure_probability_lemon",
           .doc = "Large jobs that fail, bad nodes in the fleet.",
           .min = 0,
           .max = 1});
  sourced(v, x.job_failure_probability_clean,
          {.key = "job_failure_probability_clean",
           .doc = "Large jobs that fail, bad nodes removed.",
           .min = 0,
           .max = 1});
  sourced(v, x.memory_error_interval_a100,
          {.key = "memory_error_interval_a100",
           .doc = "Between uncorrectable memory errors, per A100.",
           .unit = "h",
           .min = 0});
  sourced(v, x.memory_error_interval_h100,
          {.key = "memory_error_interval_h100",
           .doc = "Between uncorrectable memory errors, per H100.",
           .unit = "h",
           .min = 0});
  const auto duration = [&](Sourced& time, std::string_view key, std::string_view doc,
                            std::string_view unit) {
    sourced(v, time, {.key = key, .doc = doc, .unit = unit, .min = 0});
  };
  const auto share = [&](Sourced& part, std::string_view key, std::string_view doc) {
    sourced(v, part, {.key = key, .doc = doc, .min = 0, .max = 1});
  };
  duration(x.diagnosis_time, "diagnosis_time", "To find the faulty node.", "min");
  duration(x.replacement_time, "replacement_time", "To bring a spare into the job.", "min");
  duration(x.initialization_time, "initialization_time", "To start processes and communicators.", "min");
  duration(x.checkpoint_interval, "checkpoint_interval", "Of jobs whose state is not known.", "min");
  sourced(v, x.memory_bandwidth,
          {.key = "memory_bandwidth", .doc = "One accelerator's state to a peer.", .unit = "GB/s", .min = 0});
  sourced(
      v, x.local_bandwidth,
      {.key = "local_bandwidth", .doc = "One accelerator's state to local disks.", .unit = "GB/s", .min = 0});
  share(x.lemon_node_share, "lemon_node_share", "Nodes that fail more often than the others.");
  share(x.lemon_fault_share, "lemon_fault_share", "Faults that these nodes have.");
  share(x.lemon_detection, "lemon_detection", "A lemon's repairs that cure it.");
  sourced(
      v, x.gap_variation,
      {.key = "gap_variation", .doc = "Of the gaps between failures; 1: no bursts.", .min = 1, .max = 10});
  duration(x.burst_time, "burst_time", "Mean length of a burst.", "h");
  sourced(v, x.batch_deviation,
          {.key = "batch_deviation", .doc = "Of the logarithm of a delivery's rate.", .min = 0, .max = 3});
  sourced(v, x.infant_factor,
          {.key = "infant_factor", .doc = "Rate of a fresh node over an old one's.", .min = 1, .max = 1000});
  duration(x.infant_time, "infant_time", "In which the excess falls to 1/e.", "days");
  duration(x.burn_in, "burn_in", "Age of a node when accepted.", "days");
  duration(x.silent_detection, "silent_detection", "Mean time until a silent corruption is noticed.", "h");
  sourced(v, x.technicians_per_thousand,
          {.key = "technicians_per_thousand", .doc = "On site, per thousand nodes.", .min = 0});
  duration(x.hands_on_mean, "hands_on_mean", "Work of a technician on a node.", "h");
  share(x.part_share, "part_share", "Repairs that need a part.");
  share(x.part_stock, "part_stock", "Parts on site over nodes.");
  duration(x.vendor_turnaround, "vendor_turnaround", "Mean time until the vendor has sent a part.", "days");
  duration(x.maintenance_interval, "maintenance_interval", "Between planned stops of a job.", "days");
  duration(x.maintenance_time, "maintenance_time", "Length of a planned stop.", "min");
  v(x.repair, {.key = "repair", .doc = "Distribution of the time to return."});
  v(x.causes, {.key = "cause", .doc = "Failures by cause."});
  v(x.domains, {.key = "domain", .doc = "What fails as a whole, with all nodes in it."});
}

}  // namespace gigawatt::catalog
