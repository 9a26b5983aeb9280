#include "gigawatt/step/capabilities.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gigawatt::step {
namespace {

constexpr std::array<std::string_view, 4> kScheduleWords = {"1f1b", "interleaved", "zero-bubble", "dualpipe"};
constexpr std::array<std::string_view, 4> kZeroWords = {"0", "1", "2", "3"};
constexpr std::array<std::string_view, 7> kModuleWords = {
    "core_attn", "layernorm", "mlp", "moe_act", "mla_up_proj", "moe", "shared_experts"};
constexpr std::array<std::string_view, 3> kRecomputeWords = {"selective", "full", "some-layers"};
constexpr std::array<std::string_view, 2> kOffloadWords = {"optimizer", "activations"};

/// Reads and writes a set of bits as a list of words.
void words(config::FieldVisitor& v, std::uint32_t& bits, std::span<const std::string_view> known,
           std::string_view key, std::string_view doc, std::vector<std::string>& unknown) {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < known.size(); ++i)
    if ((bits >> i & 1U) != 0) list.emplace_back(known[i]);
  if (list.empty()) list.emplace_back("none");
  v(list, {.key = key, .doc = doc, .required = true});
  bits = 0;
  for (const auto& word : list) {
    if (word == "none") continue;
    const auto at = std::find(known.begin(), known.end(), word);
    if (at == known.end())
      unknown.push_back(fmt::format("{}: '{}' is not one of none, {}", key, word, fmt::join(known, ", ")));
    else
      bits |= 1U << static_cast<unsigned>(at - known.begin());
  }
}

void flags(config::FieldVisitor& v, std::initializer_list<bool*> values,
           std::span<const std::string_view> known, std::string_view key, std::string_view doc,
           std::vector<std::string>& unknown) {
  std::uint32_t bits = 0;
  std::size_t i = 0;
  for (const bool* x : values) bits |= (*x ? 1U : 0U) << i++;
  words(v, bits, known, key, doc, unknown);
  i = 0;
  for (bool* x : values) *x = (bits >> i++ & 1U) != 0;
}

}  // namespace

bool Capabilities::recompute(const RecomputePolicy& policy) const {
  switch (policy.kind) {
    case RecomputeKind::kNone: return true;
    case RecomputeKind::kSelective: return selective;
    case RecomputeKind::kFull: return policy.full_layers > 0 ? some_layers : full;
    case RecomputeKind::kModules: return (policy.modules & ~modules) == 0;
  }
  return false;
}

void fields(config::FieldVisitor& v, Capabilities& can) {
  words(v, can.schedules, kScheduleWords, "schedules", "Pipeline schedules.", can.unknown);
  words(v, can.zero, kZeroWords, "zero", "ZeRO stages; 3: fully sharded.", can.unknown);
  v(can.sharded_pipeline, {.key = "sharded_pipeline", .doc = "ZeRO-2 and 3 under a pipeline."});
  v(can.shard_groups, {.key = "shard_groups", .doc = "Sharding over a part of the data-parallel ranks."});
  flags(v, {&can.selective, &can.full, &can.some_layers}, kRecomputeWords, "recompute",
        "Recompute of the attention core, of whole layers, of some layers of each stage.", can.unknown);
  words(v, can.modules, kModuleWords, "recompute_modules", "Modules that recompute may name.", can.unknown);
  flags(v, {&can.offload_optimizer, &can.offload_activations}, kOffloadWords, "offload",
        "What may live in the host's memory.", can.unknown);
  words(v, can.precisions, catalog::kPrecisionNames, "precisions", "Formats of the linear layers.",
        can.unknown);
  v(can.context_parallel, {.key = "context_parallel", .doc = "Sequences split over ranks."});
  v(can.expert_tensor, {.key = "expert_tensor", .doc = "Tensor parallelism inside an expert."});
  v(can.cuda_graphs, {.key = "cuda_graphs", .doc = "CUDA graphs."});
  v(can.uneven_cuts, {.key = "uneven_cuts", .doc = "Own numbers of layers for the first and last chunk."});
}

std::string beyond(const Capabilities& can, const ParallelPlan& p) {
  std::vector<std::string> missing;
  if (p.pp > 1 && !can.schedule(p.schedule))
    missing.push_back(fmt::format("the {} schedule", to_string(p.schedule)));
  if (!can.zero_stage(p.zero_stage, p.pp))
    missing.push_back(
        fmt::format("ZeRO-{}{}", p.zero_stage, can.zero_stage(p.zero_stage, 1) ? " under a pipeline" : ""));
  if (p.shard_group > 0 && !can.shard_groups) missing.emplace_back("sharding over a part of the ranks");
  if (!can.recompute(p.recompute)) missing.push_back(fmt::format("recompute {}", to_string(p.recompute)));
  if (p.offload_optimizer && !can.offload_optimizer) missing.emplace_back("offload of the optimizer");
  if (p.offload_activations && !can.offload_activations) missing.emplace_back("offload of activations");
  if (!can.precision(p.precision))
    missing.push_back(fmt::format("training in {}", catalog::to_string(p.precision)));
  if (p.cp > 1 && !can.context_parallel) missing.emplace_back("context parallelism");
  if (p.etp > 1 && !can.expert_tensor) missing.emplace_back("tensor parallelism inside experts");
  if (p.cuda_graph && !can.cuda_graphs) missing.emplace_back("CUDA graphs");
  if ((p.first_layers > 0 || p.last_layers > 0) && !can.uneven_cuts) missing.emplace_back("an uneven cut");
  return fmt::format("{}", fmt::join(missing, ", "));
}

}  // namespace gigawatt::step
