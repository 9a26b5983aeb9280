#pragma once
/// Which layers sit on which pipeline stage.
///
/// The layers are cut into p v chunks; stage i holds chunks i, i + p, i + 2p, ... The cut, in this order:
///   - (L + 2) divisible by p v: embedding and head count as a layer each (Llama 3.1's 126 layers on 16 stages);
///   - L divisible: equal chunks;
///   - otherwise chunks of ceil(L / (p v)) while they last, the rest in the last chunk (DeepSeek-V3's 61 on 16);
///     where that would leave later chunks empty, as equal as possible.
/// A plan may say how many layers the first and the last chunk hold instead; the other chunks then share the rest as
/// equally as possible, the leading ones one more; or it says the layers of every chunk (pipeline_cut.h), some of them
/// empty. Multi-token-prediction modules join the last chunk unless such a cut puts them before it; the head is there.

#include <array>
#include <cstdint>

#include "gigawatt/catalog/model.h"
#include "gigawatt/step/plan.h"
#include "gigawatt/workload/operators.h"

namespace gigawatt::step {

/// Models that list more shapes of layers are refused (`check_plan`).
inline constexpr int kLayerKinds = 16;

/// The shapes that a model lists, in their order; without, dense or with experts, with windows or full attention.
constexpr int kind_index(workload::LayerKind k) {
  return k.shape >= 0 ? k.shape : (k.moe ? 2 : 0) + (k.full_attention ? 1 : 0);
}
workload::LayerKind kind_of(const catalog::Model& model, int index);

using KindCounts = std::array<std::int32_t, kLayerKinds>;

class StageLayout {
 public:
  /// `first`, `last`: layers of the first and the last chunk; 0: not said.
  StageLayout(const catalog::Model& model, std::int32_t pp, std::int32_t vpp, std::int32_t first = 0,
              std::int32_t last = 0, const PipelineCut& cut = {});

  std::int32_t stages() const { return pp_; }
  std::int32_t chunks() const { return pp_ * vpp_; }
  /// Layers of each kind on one stage, all its chunks together (MTP modules included on the last).
  KindCounts stage(std::int32_t index) const;
  /// Layers of each kind in one chunk, MTP modules included in the last.
  KindCounts chunk(std::int32_t index) const;
  /// First layer of a chunk; `chunk == chunks()` gives the number of layers.
  std::int64_t chunk_begin(std::int32_t chunk) const;

 private:
  KindCounts count(std::int64_t begin, std::int64_t end) const;

  const catalog::Model* model_;
  std::int32_t pp_;
  std::int32_t vpp_;
  std::int64_t layers_;
  std::int64_t per_chunk_ = 0;   ///< of all but the exceptions
  std::int64_t first_less_ = 0;  ///< layers missing from the first chunk
  bool even_ = false;            ///< spread the remainder over the leading chunks
  std::int64_t first_ = 0;       ///< as said
  std::int64_t last_ = 0;
  PipelineCut cut_;
};

StageLayout layout_of(const catalog::Model& model, const ParallelPlan& plan);

}  // namespace gigawatt::step
