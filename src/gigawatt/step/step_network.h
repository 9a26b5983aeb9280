#pragma once
/// What a step sends over the scale-out network, by kind of parallelism, and what its flows leave each other where the
/// step runs several kinds at once.
///
/// Per accelerator of the slowest stage and step, out of its scale-up domain:
///
///   dense, experts   gradients reduced and parameters gathered (data_parallel.h)
///   expert           dispatch and combine, forward and backward: 4 exchanges a layer with experts and micro-batch
///   context          keys and values gathered forward and backward, their gradients reduced: 3 collectives
///   tensor           a gather and a scatter (or a reduction) before and after each block, forward and backward
///   pipeline         each chunk's activations forward and their gradients back, a micro-batch each
///
/// Gradients move beside the last micro-batch's backward pass and parameters beside the first one's forward pass; under
/// full sharding both move in every micro-batch. So the collectives of layers and stages, which follow each other, meet
/// them in one micro-batch of n, or in all: their terms grow by 1 + (f - 1) w with w = 1/n or 1, f the time of a kind
/// beside the gradients over its time alone (`FlowNetwork::together`); the gradients' whole time grows by theirs beside
/// all that one micro-batch sends.

#include <string_view>
#include <vector>

#include "gigawatt/network/flow_collectives.h"
#include "gigawatt/step/plan_value.h"

namespace gigawatt::step {

struct NetworkKind {
  std::string_view name;
  TimeTerm term = TimeTerm::kDpComm;
  network::ScaleOutLoad load;  ///< of a step
  double beside_bytes = 0;     ///< while gradients or parameters move
  double slower = 1;           ///< together with the others over alone
};

struct StepNetwork {
  std::vector<NetworkKind> kinds;     ///< that leave the scale-up domain
  double gradients_slower = 1;        ///< dense and expert gradients one after the other
  double share_of_micro_batches = 0;  ///< w
};

/// Loads of the slowest stage, and what they leave each other on `frame.request.flows`.
StepNetwork step_network(const StepFrame& frame, const CostContext& context, const ParallelPlan& plan,
                         const MeshGroups& groups, const StageTable& stages, std::int32_t micro_batches);

/// The terms of a schedule and the gradients' traffic, slowed by what runs beside them.
void slow_down(const StepNetwork& network, TimeBreakdown& part, GradientTraffic& traffic);

}  // namespace gigawatt::step
