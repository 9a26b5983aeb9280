#pragma once
/// A reliability plan for one training: how often to save, how many spare nodes to hold, when it will be done, and
/// what faster detection, restart or repair buys.
///
/// The job runs alone on a site of its own in the fleet simulator, with the failures of a profile, in many futures of
/// which percentiles are taken. Closed forms (module reliability) give the intervals and the spares; the simulation
/// judges them. Every alternative meets the same seeds, so that a difference is the alternative's.

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/documents.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/engine/inputs.h"

namespace gigawatt::engine {

struct OperateQuery {
  config::NameOrText model;  ///< a document joins the catalogue first (own_model.h)
  std::string system;
  std::int64_t gpus = 0;
  double tokens = 0;
  std::int64_t seq = 8192;
  std::int64_t global_batch = 2048;  ///< sequences
  std::string plan = "best";
  std::string precision = "bf16";
  std::string software;                ///< empty: the catalogue's default
  std::string failures = "default";    ///< profile
  std::optional<std::int64_t> spares;  ///< nodes; empty: as many as the closed form asks for
  double accepted_shortage = 0.01;     ///< share of time in which the spares may not suffice
  std::string start = "2026-01-01";
  std::int64_t futures = 100;
  std::uint64_t seed = 1;
  std::vector<std::string> set;  ///< overrides of the scenario behind it
  std::stop_token stop;
  std::function<void(std::string_view what, double done)> progress;
};

void fields(config::FieldVisitor& v, OperateQuery& q);

/// 10th, 50th and 90th percentile over the futures.
struct Percentiles {
  double p10 = 0, p50 = 0, p90 = 0;
};

struct Outcome {
  std::string name;
  std::string text;
  Percentiles days;          ///< from start to end; infinite: not done within the simulated time
  Percentiles goodput;       ///< useful over held accelerator time
  double interruptions = 0;  ///< mean
  double starved_share = 0;  ///< mean share of held time without enough nodes
  double unfinished = 0;     ///< share of futures that did not finish
};

struct SpareChoice {
  std::int64_t nodes = 0;
  double shortage = 0;  ///< closed form
  Outcome outcome;
};

struct OperateAnswer {
  std::string plan;
  std::int64_t accelerators = 0;  ///< of the gang
  std::int64_t nodes = 0;
  std::int64_t accelerators_per_node = 0;
  double step_time_s = 0;
  double mfu = 0;
  double work_days = 0;  ///< without any failure or checkpoint
  double interruption_mttf_h = 0;
  double node_mttf_h = 0;  ///< until the next of the gang's nodes leaves it
  double repair_mean_h = 0;
  double detection_s = 0, restart_s = 0;                   ///< means over the causes
  double stall_s = 0, lag_s = 0;                           ///< of a checkpoint
  double young_s = 0, daly_s = 0, best_s = 0, used_s = 0;  ///< intervals
  double ettr_closed_form = 0;                             ///< at the interval that is used
  std::int64_t spares_needed = 0;
  std::int64_t spares = 0;
  double shortage = 0;
  Outcome base;
  std::vector<SpareChoice> spare_choices;
  std::vector<Outcome> alternatives;
  std::int64_t futures = 0;
  bool interrupted = false;
  std::vector<std::string> warnings;
};

/// Code of the diagnostic where failures let the training get nowhere: an answer, not a wrong question.
inline constexpr std::string_view kNoProgress = "no-progress";

tl::expected<OperateAnswer, base::Diagnostics> operate(const Knowledge& knowledge, const OperateQuery& query);

}  // namespace gigawatt::engine
