#pragma once
/// The legal plans of one model on one system: which values each parallel dimension may take.
///
/// A dimension's candidates are its divisor-legal values; their product is walked in a fixed order (tp, cp, pp
/// outermost), so that the n-th candidate is the same on every machine. The last word on legality has
/// step::check_plan.

#include <cstdint>
#include <functional>
#include <vector>

#include "gigawatt/step/step.h"

namespace gigawatt::search {

/// What the user fixed. An empty list means "every legal value".
struct Constraints {
  std::vector<std::int32_t> tp, cp, pp, vpp, ep, etp, micro_batch, zero_stage;
  std::vector<step::RecomputePolicy> recompute;
  std::vector<catalog::Precision> precision;
  double max_memory_bytes = 0;  ///< 0: the accelerator's own capacity
  std::int32_t max_pipeline_depth = 64;
  bool experts_in_scaleup = false;  ///< expert groups only inside a scale-up domain
};

/// The outer part of a plan; everything inside shares the same ranks per replica.
struct Mesh {
  std::int32_t tp = 1;
  std::int32_t cp = 1;
  std::int32_t pp = 1;
  std::int32_t dp = 1;
};

/// All meshes with tp * cp * pp * dp == gpus that the architecture allows, in lexicographic order.
std::vector<Mesh> meshes(const step::StepRequest& request, const Constraints& constraints);

/// Calls `visit` with each candidate plan of one mesh, in order. Candidates may still be illegal by
/// step::check_plan in ways that depend on several dimensions at once.
void for_each_plan(const step::StepRequest& request, const Constraints& constraints, const Mesh& mesh,
                   const std::function<void(const step::ParallelPlan&)>& visit);

/// Divisors of n in ascending order, at most `limit`.
std::vector<std::int32_t> divisors(std::int64_t n, std::int64_t limit);

}  // namespace gigawatt::search
