#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gigawatt/kernels/model.h"
#include "gigawatt/step/pipeline_cut.h"
#include "gigawatt/step/stage_layout.h"
#include "gigawatt/step/step.h"

namespace gigawatt::step {
namespace {

constexpr std::int64_t kMostGpus = 100'000'000;
constexpr std::int64_t kLongest = 1LL << 32;

std::int64_t nearest_divisor(std::int64_t of, std::int64_t wanted) {
  for (std::int64_t distance = 0; distance <= of; ++distance) {
    if (wanted - distance >= 1 && of % (wanted - distance) == 0) return wanted - distance;
    if (wanted + distance <= of && of % (wanted + distance) == 0) return wanted + distance;
  }
  return 1;
}

tl::unexpected<PlanError> error(PlanErrorCode code, std::string message, std::string hint) {
  return tl::unexpected(PlanError{code, std::move(message), std::move(hint)});
}

tl::expected<void, PlanError> check_arguments(const StepRequest& r) {
  const auto bad = [](std::string what, std::string hint) {
    return error(PlanErrorCode::kBadArgument, std::move(what), std::move(hint));
  };
  if (r.model == nullptr || r.accelerator == nullptr || r.system == nullptr || r.software == nullptr)
    return bad("a step needs a model, an accelerator, a system and a software profile", "");
  const catalog::Model& m = *r.model;
  if (m.layers < 1 || m.layers > kMostLayers)
    return bad(fmt::format("the model has {} layers", m.layers), fmt::format("1 to {}", kMostLayers));
  if (m.shapes.size() > static_cast<std::size_t>(kLayerKinds))
    return bad(fmt::format("the model's layers have {} different shapes", m.shapes.size()),
               fmt::format("at most {} can be evaluated", kLayerKinds));
  if (m.hidden < 1 || (m.heads < 1 && !m.has_state()) || m.vocab < 1)
    return bad("the model's hidden size, heads or vocabulary is missing", "");
  if (r.gpus < 1 || r.gpus > kMostGpus)
    return bad(fmt::format("{} accelerators cannot be evaluated, 1 to {} can", r.gpus, kMostGpus),
               fmt::format("{} accelerators", std::clamp<std::int64_t>(r.gpus, 1, kMostGpus)));
  if (r.seq_len < 1 || r.seq_len > kLongest)
    return bad(fmt::format("a sequence of {} tokens", r.seq_len), fmt::format("1 to {}", kLongest));
  if (r.global_batch < 1 || r.global_batch > kLongest)
    return bad(fmt::format("a global batch of {} sequences", r.global_batch), "at least 1");
  if (!(r.accelerator->memory_bandwidth.value > 0))
    return bad(fmt::format("the memory bandwidth of {} is not known", r.accelerator->name), "");
  const auto& p = r.plan;
  for (const std::int32_t degree : {p.micro_batch, p.tp, p.cp, p.pp, p.vpp, p.ep, p.etp, p.dp})
    if (degree < 1)
      return bad(fmt::format("a degree of the plan is {}", degree), "every degree is at least 1");
  if (p.zero_stage < 0 || p.zero_stage > 3) return bad(fmt::format("ZeRO stage {}", p.zero_stage), "0 to 3");
  if (p.first_layers < 0 || p.last_layers < 0)
    return bad("a chunk has a negative number of layers", "0 stands for the usual cut");
  if (p.shard_group < 0) return bad("the sharding group is negative", "0 stands for all data-parallel ranks");
  if (const std::int64_t ranks = std::int64_t{p.dp} * p.cp; p.shard_group > 0 && ranks % p.shard_group != 0)
    return bad(fmt::format("ZeRO cannot shard over {} of {} ranks (DP {} x CP {})", p.shard_group, ranks,
                           p.dp, p.cp),
               fmt::format("a divisor of {}, or 0 for all", ranks));
  return {};
}

/// Interleaved 1F1B runs micro-batches in groups of one per rank: what is left over must fill the ranks too, as
/// Megatron-LM demands. DualPipe sends an even number of micro-batches, at least two per rank, into both ends of an even number of ranks;
/// zero-bubble with virtual stages needs a micro-batch per rank.
tl::expected<void, PlanError> check_schedule(const ParallelPlan& p, std::int64_t micro_batches,
                                             std::int64_t batch, std::int64_t per_micro_batch) {
  if (p.pp == 1) {
    if (p.vpp > 1)
      return error(PlanErrorCode::kTooManyStages,
                   fmt::format("virtual stages (VPP {}) are chunks of a pipeline, and PP is 1", p.vpp),
                   "VPP 1, or PP 2");
    if (p.schedule == Schedule::kDualPipe)
      return error(PlanErrorCode::kTooManyStages, "DualPipe is the schedule of a pipeline, and PP is 1",
                   "PP 2");
    return {};
  }
  if (p.schedule == Schedule::kInterleaved && p.vpp > 1 && micro_batches % p.pp != 0)
    return error(PlanErrorCode::kBatchDoesNotDivide,
                 fmt::format("interleaved 1F1B runs micro-batches in groups of PP {}: {} of them leave {}",
                             p.pp, micro_batches, micro_batches % p.pp),
                 fmt::format("a global batch of {}",
                             std::max<std::int64_t>(1, micro_batches / p.pp) * p.pp * per_micro_batch));
  if (p.schedule == Schedule::kZeroBubble && p.vpp > 1 && micro_batches < p.pp)
    return error(
        PlanErrorCode::kBatchDoesNotDivide,
        fmt::format(
            "zero-bubble with virtual stages and PP {} needs at least {} micro-batches, a step has {}", p.pp,
            p.pp, micro_batches),
        fmt::format("a global batch of {}", p.pp * per_micro_batch));
  if (p.schedule != Schedule::kDualPipe) return {};
  if (p.pp % 2 != 0)
    return error(PlanErrorCode::kTooManyStages,
                 fmt::format("DualPipe joins stages in pairs, and PP {} is odd", p.pp),
                 fmt::format("PP {}", p.pp + 1));
  if (p.vpp > 1)
    return error(PlanErrorCode::kTooManyStages, fmt::format("DualPipe has no virtual stages (VPP {})", p.vpp),
                 "VPP 1");
  if (micro_batches % 2 != 0 || micro_batches < 2 * p.pp)
    return error(
        PlanErrorCode::kBatchDoesNotDivide,
        fmt::format("DualPipe with PP {} needs an even number of micro-batches, at least {}; a global batch "
                    "of {} gives {}",
                    p.pp, 2 * p.pp, batch, micro_batches),
        fmt::format("a global batch of {}",
                    std::max<std::int64_t>(2 * p.pp, (micro_batches + 1) / 2 * 2) * per_micro_batch));
  return {};
}

tl::expected<void, PlanError> check_precision(const StepRequest& r) {
  // Attention, norms and the optimizer compute in 16 or 32 bits, whatever the linear layers do.
  const auto has = [&](catalog::Precision p) { return r.accelerator->peak(p) > 0; };
  if (!has(catalog::Precision::kBf16) && !has(catalog::Precision::kFp16) && !has(catalog::Precision::kFp32))
    return error(
        PlanErrorCode::kPrecisionUnsupported,
        fmt::format("{} has no matrix units for 16 or 32 bits, which training needs: it serves models",
                    r.accelerator->title),
        "an accelerator with a bf16 peak; \"gigawatt serving\" for this one");
  if (kernels::computes_in(*r.accelerator, r.plan.precision)) return {};
  std::string others;
  for (std::size_t i = catalog::kPrecisionCount; i-- > 0;) {
    const auto p = static_cast<catalog::Precision>(i);
    if (r.accelerator->peak(p) > 0 && kernels::element_bytes(p) <= 2 && p != catalog::Precision::kInt8)
      others += fmt::format("{}{}", others.empty() ? "" : ", ", catalog::to_string(p));
  }
  return error(
      PlanErrorCode::kPrecisionUnsupported,
      fmt::format("{} does not compute in {}", r.accelerator->title, catalog::to_string(r.plan.precision)),
      others);
}

tl::expected<void, PlanError> check_degrees(const StepRequest& r) {
  const ParallelPlan& p = r.plan;
  const catalog::Model& m = *r.model;
  const std::int64_t shard = std::int64_t{p.tp} * p.cp * p.pp;
  const std::int64_t heads = std::max<std::int64_t>(1, m.heads > 0 ? m.heads : m.state.heads);
  if (shard > r.gpus || shard * p.dp != r.gpus)
    return error(
        PlanErrorCode::kRanksDoNotMultiply,
        fmt::format("TP {} x CP {} x PP {} x DP {} = {} ranks, but there are {}", p.tp, p.cp, p.pp, p.dp,
                    shard * p.dp, r.gpus),
        heads % p.tp != 0 && p.tp % heads != 0
            ? fmt::format("TP {}, which divides the {} attention heads", nearest_divisor(heads, p.tp), heads)
        : r.gpus % shard == 0
            ? fmt::format("DP {}", r.gpus / shard)
            : fmt::format("{} accelerators", std::max<std::int64_t>(1, r.gpus / shard) * shard));
  const std::int64_t per_step = std::int64_t{p.dp} * p.micro_batch;
  if (r.global_batch % per_step != 0)
    return error(
        PlanErrorCode::kBatchDoesNotDivide,
        fmt::format("a global batch of {} is not a multiple of DP {} x micro-batch {}", r.global_batch, p.dp,
                    p.micro_batch),
        fmt::format("a global batch of {}", std::max<std::int64_t>(1, r.global_batch / per_step) * per_step));
  if (heads % p.tp != 0 && p.tp % heads != 0)
    return error(PlanErrorCode::kHeadsDoNotDivide,
                 fmt::format("{} attention heads do not divide over TP {}", heads, p.tp),
                 fmt::format("TP {}", nearest_divisor(heads, p.tp)));
  if (m.heads > 0 && m.kv_heads > 0 && m.attention != catalog::AttentionKind::kMla &&
      m.kv_heads % p.tp != 0 && p.tp % m.kv_heads != 0)
    return error(PlanErrorCode::kHeadsDoNotDivide,
                 fmt::format("{} key/value heads and TP {}: neither divides the other", m.kv_heads, p.tp),
                 fmt::format("TP {}", nearest_divisor(m.kv_heads, p.tp)));
  // Each rank takes two pieces, one from either end, so that all have the same share of a causal mask.
  const std::int64_t pieces = p.cp > 1 ? 2 * std::int64_t{p.cp} : 1;
  if (r.seq_len % pieces != 0)
    return error(PlanErrorCode::kSequenceDoesNotDivide,
                 fmt::format("a sequence of {} does not divide into {} pieces, two for each of CP {}",
                             r.seq_len, pieces, p.cp),
                 fmt::format("a sequence of {}", std::max<std::int64_t>(1, r.seq_len / pieces) * pieces));
  // Embedding and head may count as a layer each (see stage_layout.h).
  const std::int64_t chunks = std::int64_t{p.pp} * p.vpp;
  if (!p.cut.empty()) {
    if (p.cut.chunks() != chunks || p.cut.layers() != m.layers)
      return error(
          PlanErrorCode::kLayersDoNotDivide,
          fmt::format("the layout has {} layers in {} chunks; the model has {}, PP {} x VPP {} = {} chunks",
                      p.cut.layers(), p.cut.chunks(), m.layers, p.pp, p.vpp, chunks),
          fmt::format("{} chunks with {} layers in all", chunks, m.layers));
    if (p.cut.behind_mtp >= chunks)
      return error(PlanErrorCode::kLayersDoNotDivide,
                   "the layout puts the prediction modules before its first chunk", "");
  } else if (chunks > m.layers && chunks != m.layers + 2)
    return error(PlanErrorCode::kTooManyStages,
                 fmt::format("PP {} x VPP {} = {} chunks for {} layers", p.pp, p.vpp,
                             std::int64_t{p.pp} * p.vpp, m.layers),
                 fmt::format("at most {} chunks", m.layers));
  if (p.cut.empty() && (p.first_layers > 0 || p.last_layers > 0)) {
    const std::int64_t others = chunks - (p.first_layers > 0 ? 1 : 0) - (p.last_layers > 0 ? 1 : 0);
    const std::int64_t rest = m.layers - p.first_layers - p.last_layers;
    if (others < 0 || (others == 0 ? rest != 0 : rest < others))
      return error(PlanErrorCode::kLayersDoNotDivide,
                   fmt::format("{} layers in the first and {} in the last chunk leave {} for {} others",
                               p.first_layers, p.last_layers, rest, std::max<std::int64_t>(0, others)),
                   others < 0 ? "PP 2 or more"
                              : fmt::format("first and last chunk with {} layers each",
                                            std::max<std::int64_t>(1, m.layers / chunks)));
  }
  if (auto ok = check_schedule(p, r.global_batch / per_step, r.global_batch, per_step); !ok) return ok;
  if (p.ep > 1 || p.etp > 1) {
    if (!m.is_moe())
      return error(PlanErrorCode::kExpertsDoNotDivide, "expert parallelism on a model without experts",
                   "EP 1");
    if (m.moe.experts % p.ep != 0)
      return error(PlanErrorCode::kExpertsDoNotDivide,
                   fmt::format("{} experts do not divide over EP {}", m.moe.experts, p.ep),
                   fmt::format("EP {}", nearest_divisor(m.moe.experts, p.ep)));
    const std::int64_t ranks = std::int64_t{p.tp} * p.cp * p.dp;
    if (ranks % (std::int64_t{p.ep} * p.etp) != 0)
      return error(
          PlanErrorCode::kExpertsDoNotDivide,
          fmt::format("EP {} x ETP {} does not divide the {} ranks of a pipeline stage", p.ep, p.etp, ranks),
          fmt::format("EP {}", nearest_divisor(ranks / std::min<std::int64_t>(ranks, p.etp), p.ep)));
  }
  return {};
}

}  // namespace

tl::expected<void, PlanError> check_plan(const StepRequest& request) {
  if (auto ok = check_arguments(request); !ok) return ok;
  if (auto ok = check_precision(request); !ok) return ok;
  return check_degrees(request);
}

}  // namespace gigawatt::step
