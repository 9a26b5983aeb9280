#pragma once
/// Step times that the fleet reads: computed once before the run (modules `step`, `search` and `serving`, by the
/// engine), never per event.
///
/// A training has entries by (phase, system), one per size of gang that the engine tried. A job with a fixed number
/// of accelerators has one; a job that takes what is free ("max") has a ladder of sizes, and the fleet takes the
/// largest that fits when the job starts. The same size must exist in every phase of a job on a system.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gigawatt/scenario/ids.h"

namespace gigawatt::fleet {

/// One optimizer step of one phase of a training at one gang size.
struct StepEntry {
  std::string plan;               ///< as text, for the report
  std::int64_t accelerators = 0;  ///< that the plan uses; the job holds whole nodes
  std::int64_t teacher_accelerators =
      0;  ///< held besides, for a teacher's fresh forward passes that keep pace
  double step_time_s = 0;
  double low_s = 0;  ///< 80% interval
  double high_s = 0;
  double tokens_per_step = 0;
  double mfu = 0;
  double model_flops_per_token = 0;    ///< forward and backward
  double teacher_flops_per_token = 0;  ///< a teacher's forward pass; 0: no teacher
  double compute_share = 1;  ///< of the step in which accelerators compute; the rest they wait or communicate
  /// Share of one accelerator's scale-out bandwidth that is lost, and the share of its speed that the job loses then.
  std::vector<std::pair<double, double>> slow_links;
  std::int64_t replicas = 1;    ///< data-parallel: what an elastic training can do without
  double checkpoint_bytes = 0;  ///< weights, main weights and optimizer states of the whole model
  std::vector<std::pair<std::string, double>> breakdown_s;
  std::vector<std::pair<std::string, double>> memory_bytes;
  double memory_limit_bytes = 0;
};

/// One replica of an inference pool's model on one system (module `serving`).
struct ServingEntry {
  std::int64_t accelerators_per_replica = 1;
  double tokens_per_s_per_accelerator = 0;  ///< output tokens at full load
  double compute_share = 1;                 ///< of busy time that is bound by compute (prefill), for power
};

class StepTable {
 public:
  /// Keeps the entries of a (job, phase, system) in ascending order of accelerators.
  void add(scenario::JobId job, std::size_t phase, scenario::SystemId system, StepEntry entry);
  void set(scenario::JobId job, scenario::SystemId system, ServingEntry entry);
  /// Why a job cannot run on a system (plan illegal, nothing fits in memory); the job's result quotes it.
  void refuse(scenario::JobId job, scenario::SystemId system, std::string reason);

  const std::vector<StepEntry>& steps(scenario::JobId job, std::size_t phase,
                                      scenario::SystemId system) const;
  /// The table with each training's steps `factor` times as long.
  StepTable stretched(const std::function<double(scenario::JobId, const StepEntry&)>& factor) const;
  const ServingEntry* serving(scenario::JobId job, scenario::SystemId system) const;
  const std::string* refusal(scenario::JobId job, scenario::SystemId system) const;

 private:
  using Key = std::tuple<scenario::JobId, std::size_t, scenario::SystemId>;
  using Pair = std::pair<scenario::JobId, scenario::SystemId>;
  std::map<Key, std::vector<StepEntry>> steps_;
  std::map<Pair, ServingEntry> serving_;
  std::map<Pair, std::string> refused_;
};

}  // namespace gigawatt::fleet
