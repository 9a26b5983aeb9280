#pragma once
/// The stages of a pipeline by what they hold, weigh and cost. Neighboring stages that hold the same layers share an
/// entry: most of a deep pipeline is one entry. Refilled in place, so that a search allocates nothing per plan.
/// Private to this module and to `search`.

#include <cstdint>
#include <vector>

#include "gigawatt/step/layer_set.h"
#include "gigawatt/step/schedule_time.h"
#include "gigawatt/step/stage_layout.h"
#include "gigawatt/step/step_frame.h"

namespace gigawatt::step {

/// Consecutive stages with the same layers; the first and the last stage of the model stand alone.
struct StageRun {
  std::int32_t begin = 0;
  std::int32_t count = 1;
  KindCounts layers{};
  bool first = false;  ///< holds the embedding
  bool last = false;   ///< holds the head
};

std::vector<StageRun> stage_runs(const StageLayout& layout);
/// The same of virtual stages.
std::vector<StageRun> chunk_runs(const StageLayout& layout);

/// Parameters of a stage on one rank, tensor and expert parallelism applied.
struct StageWeights {
  double dense = 0;
  double expert = 0;
  double outer = 0;          ///< of the dense ones: embedding and head
  double largest_layer = 0;  ///< of this stage and those before it
};

/// One micro-batch on a stage.
struct StageCost {
  LayerCost layers;
  double forward = 0;
  double backward = 0;
  double activations = 0;  ///< bytes kept until the backward pass
  double largest_whole =
      0;  ///< bytes of the largest layer without recompute, of this stage and those before it
};

struct StageTable {
  std::vector<StageRun> runs;
  std::vector<StageRun> chunks;       ///< of virtual stages; may be empty where there are none
  std::vector<StageWeights> weights;  ///< in the order of `runs`, as are `costs`
  std::vector<StageCost> costs;
  std::size_t slowest = 0;  ///< run with the longest forward + backward; the first of equals
  double slowest_s = 0;
  std::vector<StageSeconds> seconds;  ///< of every virtual stage; empty until `spread`

  /// `plan`: its tp, ep and etp count.
  void weigh(const StepFrame& frame, const ParallelPlan& plan);
  /// Times of the stages; of the virtual stages only after `spread`, which a search can often do without.
  void time(const LayerSet& layers);
  void spread(const LayerSet& layers);
};

}  // namespace gigawatt::step
