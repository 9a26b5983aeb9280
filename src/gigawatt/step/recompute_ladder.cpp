#include "gigawatt/step/recompute_ladder.h"

namespace gigawatt::step {

std::vector<RecomputePolicy> recompute_ladder(const catalog::Model& model) {
  const auto modules = [](int bits) {
    return RecomputePolicy{RecomputeKind::kModules, static_cast<std::uint8_t>(bits), 0};
  };
  std::vector<RecomputePolicy> rungs = {{}, {RecomputeKind::kSelective, 0, 0}};
  std::vector<int> cheap = {kRecomputeLayernorm};
  if (model.is_moe()) cheap.push_back(kRecomputeMoeAct);
  if (model.attention == catalog::AttentionKind::kMla) cheap.push_back(kRecomputeMlaUpProj);
  int all = 0;
  for (const int bit : cheap) {
    rungs.push_back(modules(bit));
    all |= bit;
  }
  if (cheap.size() > 1) rungs.push_back(modules(all));
  const int shared = model.moe.shared_ffn > 0 ? kRecomputeSharedExperts : 0;
  const int large = model.is_moe() ? kRecomputeMoe | shared : kRecomputeMlp;
  rungs.push_back(modules(large));
  rungs.push_back(modules(all | large));
  rungs.push_back({RecomputeKind::kFull, 0, 0});
  return rungs;
}

}  // namespace gigawatt::step
