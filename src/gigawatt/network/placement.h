#pragma once
/// Which ranks of a parallel group share a scale-up domain or a pod.
///
/// Ranks are numbered as Megatron-LM does: tensor innermost, then context, then data, then pipeline; for the
/// expert layers: expert-tensor, expert, expert-data, pipeline ("MoE parallel folding", arXiv 2504.14960).
/// Rank r sits on accelerator r; domains and pods are consecutive ranks. Where a domain is not a multiple of
/// a group's span (72 accelerators, groups of 16) only whole groups are put in it, as schedulers do.

#include <cstdint>

#include "gigawatt/network/network_parameters.h"

namespace gigawatt::network {

struct GroupPlacement {
  std::int64_t ranks = 1;
  std::int64_t ranks_per_domain = 1;  ///< of this group, in one scale-up domain; divides `ranks`
  std::int64_t ranks_per_pod = 1;     ///< of this group, in one pod; divides `ranks`
  std::int64_t stride = 1;            ///< accelerators from one rank to the next
  std::int64_t domain_used = 0;       ///< accelerators of a domain that the job's groups fill; 0: all of them
  /// Groups that use one accelerator's scale-out link at the same time (a further divisor of its bandwidth).
  double link_sharing = 1;

  std::int64_t domains() const { return ranks / ranks_per_domain; }
};

/// `ranks` accelerators at distance `stride` of each other.
GroupPlacement place_group(const Fabric& fabric, std::int64_t ranks, std::int64_t stride);

/// Sizes of the parallel dimensions; their product over tp, cp, dp, pp is the number of accelerators.
struct ParallelSizes {
  std::int64_t tp = 1;
  std::int64_t cp = 1;
  std::int64_t dp = 1;
  std::int64_t pp = 1;
  std::int64_t etp = 1;  ///< tensor parallelism inside an expert
  std::int64_t ep = 1;   ///< expert parallelism; etp * ep divides tp * cp * dp
};

/// The part of a domain that groups fill if each of them is whole in it or has whole parts in several.
std::int64_t domain_used(const Fabric& fabric, std::int64_t used, const GroupPlacement& group);

struct Placements {
  GroupPlacement tensor;
  GroupPlacement context;
  GroupPlacement data;          ///< data parallel without context
  GroupPlacement data_context;  ///< data x context: gradients of the attention and dense layers
  GroupPlacement pipeline;
  GroupPlacement expert_tensor;
  GroupPlacement expert;
  GroupPlacement expert_data;  ///< gradients of the experts
  GroupPlacement world;
};

Placements place(const Fabric& fabric, const ParallelSizes& sizes);

}  // namespace gigawatt::network
