#pragma once
/// Step times that the fleet reads: computed once before the run (module `step` or `search`, by the engine),
/// never per event. One entry per (job, health of the gang).

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gigawatt::fleet {

/// State of the gang on which a step is timed.
enum class Health : std::uint8_t {
  kHealthy,
};

/// A training step of one job. Times in seconds per optimiser step.
struct StepEntry {
  std::string plan;               ///< as text, for the report
  std::int64_t accelerators = 0;  ///< that the plan uses; the job holds whole nodes
  double step_time_s = 0;
  double low_s = 0;
  double high_s = 0;
  double tokens_per_step = 0;
  double mfu = 0;
  double compute_share = 1;       ///< of the step in which the accelerators compute rather than wait
  double checkpoint_bytes = 0;    ///< weights, main weights and optimiser states of the whole model
  std::vector<std::pair<std::string, double>> breakdown_s;
  std::vector<std::pair<std::string, double>> memory_bytes;
  double memory_limit_bytes = 0;
};

/// An inference pool's replica of one model: computed by module `serving`.
struct ServingEntry {
  std::int64_t accelerators_per_replica = 1;
  double tokens_per_s_per_accelerator = 0;  ///< output tokens, at the batch that meets the latency goal
  double compute_utilisation = 0;           ///< share of the peak FLOP/s in use, for power
  double memory_utilisation = 0;            ///< share of the memory bandwidth in use, for power
};

class StepTable {
 public:
  void set(std::string job, Health health, StepEntry entry) { steps_[{std::move(job), health}] = std::move(entry); }
  void set(std::string job, ServingEntry entry) { serving_[std::move(job)] = entry; }

  /// Why a job has no step (its plan is illegal, nothing fits in memory): it will not run, with this reason.
  void refuse(std::string job, std::string reason) { refused_[std::move(job)] = std::move(reason); }

  const StepEntry* step(const std::string& job, Health health = Health::kHealthy) const {
    const auto found = steps_.find({job, health});
    return found == steps_.end() ? nullptr : &found->second;
  }
  const ServingEntry* serving(const std::string& job) const {
    const auto found = serving_.find(job);
    return found == serving_.end() ? nullptr : &found->second;
  }
  const std::string* refusal(const std::string& job) const {
    const auto found = refused_.find(job);
    return found == refused_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::pair<std::string, Health>, StepEntry> steps_;
  std::map<std::string, ServingEntry> serving_;
  std::map<std::string, std::string> refused_;
};

}  // namespace gigawatt::fleet
