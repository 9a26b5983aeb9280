#pragma once
/// What a training framework can run at all: part of its profile (`[can]` in data/software/*.toml), so that a search
/// returns plans that someone can start tomorrow, and a plan that asks for more says what it would need.

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/config/fields.h"
#include "gigawatt/step/plan.h"

namespace gigawatt::step {

/// Sets as bits; the default is a framework that runs everything (`--software any`).
struct Capabilities {
  std::uint32_t schedules = 0xff;  ///< 1 << Schedule
  std::uint32_t zero = 0xf;        ///< 1 << ZeRO stage
  bool sharded_pipeline = true;    ///< ZeRO-2 and 3 under a pipeline
  bool shard_groups = true;        ///< sharding over a part of the data-parallel ranks
  bool selective = true;           ///< recompute of the attention core
  bool full = true;                ///< of whole layers
  bool some_layers = true;         ///< of a number of layers of each stage
  std::uint32_t modules = 0xff;    ///< RecomputeModule
  bool offload_optimizer = true;
  bool offload_activations = true;
  std::uint32_t precisions = 0xffff;  ///< 1 << catalog::Precision
  bool context_parallel = true;
  bool expert_tensor = true;  ///< tensor parallelism inside an expert
  bool cuda_graphs = true;
  std::vector<std::string> unknown;  ///< words of its file that name nothing
  bool uneven_cuts = true;           ///< own numbers of layers for the first and last chunk

  bool schedule(Schedule s) const { return (schedules >> static_cast<unsigned>(s) & 1U) != 0; }
  bool zero_stage(std::int32_t stage, std::int32_t pp) const {
    return stage >= 0 && (zero >> static_cast<unsigned>(stage) & 1U) != 0 &&
           (sharded_pipeline || stage < 2 || pp == 1);
  }
  bool precision(catalog::Precision p) const { return (precisions >> static_cast<unsigned>(p) & 1U) != 0; }
  bool recompute(const RecomputePolicy& policy) const;
};

/// The `[can]` table of a profile: lists of the words that plans use.
void fields(config::FieldVisitor& v, Capabilities& can);

/// What of a plan a framework with these capabilities does not run, in words: "the dualpipe schedule, ZeRO-3 under a
/// pipeline"; empty: it runs.
std::string beyond(const Capabilities& can, const ParallelPlan& plan);

}  // namespace gigawatt::step
