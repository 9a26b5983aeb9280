#pragma once
/// The question of `gigawatt across`: what splitting one training over sites costs (network/across_sites.h).
///
/// The training is given by its parameters and its step at one site, or as a model on accelerators of a system: then the
/// step is that of the plan (given, or the fastest that a search finds), and what crosses borders follows from it:
///
///   gradients    all parameters, `bytes_per_parameter` each
///   overlap      two thirds of the busy time of the last micro-batch (its backward pass), over the step
///   pipeline     M micro-batches, each A = (2 v - 1) x tokens of all replicas' micro-batch x width x 2 bytes over a
///                border (v chunks a stage: each crosses it, and all but the last wrap around)
///
/// Sites are a number, or names of the catalogue: then the distance is the longest between neighbors in the order given,
/// along a great circle.

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/config/fields.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/network/across_sites.h"
#include "gigawatt/step/plan.h"
#include "gigawatt/step/step.h"

namespace gigawatt::engine {

struct AcrossQuery {
  config::NameOrText model, system, plan;
  std::int64_t gpus = 0, seq = 0, global_batch = 0;
  double parameters = 0, step_s = 0;
  std::vector<std::string> between;
  std::int64_t sites = 2;
  double bytes_per_parameter = 2;
  std::optional<double> overlap;
  /// Streaming DiLoCo (Douillard et al. 2025) exchanges every 100 steps; DiLoCo (2023) every 500.
  std::int64_t inner_steps = 100;
  double compression = 1;
  double staleness_steps = 0;
  double micro_batches = 0, activation_bytes = 0;
  std::vector<double> distance_km;  ///< empty: between the named sites, else a spread of them
  std::vector<double> capacity_tbps = {1, 10, 100, 1000};
  double detour = 1.2;
};

void fields(config::FieldVisitor& v, AcrossQuery& q);

struct AcrossAnswer {
  struct Row {
    std::string scheme;
    double distance_km = 0, capacity_tbps = 0, latency_s = 0;
    network::SplitCost cost;
  };
  network::SplitTraining training;
  std::int64_t gpus = 0;  ///< 0: not said
  std::string plan;       ///< empty: not said
  std::vector<Row> rows;  ///< by scheme, distance, capacity
  std::vector<std::string> schemes;
  std::vector<std::string> notes;
};

/// What a step of a plan says of its split, but for the gradients: its time, what its backward pass hides, micro-batches and
/// what they carry over a border.
network::SplitTraining split_step(const step::StepRequest& request, const step::StepResult& result);

/// The longest way between neighbors of a line of sites, along a great circle. Sites that are not known count for nothing.
double longest_way_km(const catalog::Catalog& catalog, const std::vector<std::string>& sites);

/// One way, through fibre `detour` times as long as the way; 0 where the catalogue does not know fibre.
double fibre_latency_s(const catalog::Catalog& catalog, double km, double detour);

tl::expected<AcrossAnswer, base::Diagnostics> answer_across(const Knowledge& knowledge,
                                                            const AcrossQuery& query);

}  // namespace gigawatt::engine
