#pragma once
/// How one training job is laid out over its accelerators.
///
/// Ranks are numbered with the tensor-parallel index fastest, then context, data (expert inside
/// data), and pipeline slowest, as Megatron-LM does, so that tensor groups sit inside a scale-up
/// domain first. Experts may be folded: attention uses (tp, cp, dp), experts (etp, ep, expert-dp)
/// of the same tp*cp*dp ranks of one pipeline stage.

#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/catalog/precision.h"
#include "gigawatt/step/pipeline_cut.h"

namespace gigawatt::step {

enum class Schedule : std::uint8_t { k1f1b, kInterleaved, kZeroBubble, kDualPipe };

enum class RecomputeKind : std::uint8_t {
  kNone,
  kSelective,  ///< the attention core only (Korthikanti et al., arXiv 2205.05198)
  kFull,       ///< whole layers; `full_layers` of each stage, 0: all of them
  kModules,    ///< the modules of `RecomputePolicy::modules`
};

/// Modules whose activations are dropped and computed again in the backward pass.
enum RecomputeModule : std::uint8_t {
  kRecomputeCoreAttention = 1,
  kRecomputeLayernorm = 2,
  kRecomputeMlp = 4,         ///< dense FFN
  kRecomputeMoeAct = 8,      ///< activation function of the experts
  kRecomputeMlaUpProj = 16,  ///< up-projections of multi-head latent attention
  kRecomputeMoe = 32,        ///< the routed experts, dispatch included
  kRecomputeSharedExperts = 64,
};

struct RecomputePolicy {
  RecomputeKind kind = RecomputeKind::kNone;
  std::uint8_t modules = 0;
  std::int32_t full_layers = 0;
  std::int32_t group =
      1;  ///< of kFull: so many layers in a row keep one input between them, and live whole together

  bool operator==(const RecomputePolicy&) const = default;
};

/// "none", "selective", "full", "full:3", "full/4" (groups of 4 layers), "modules:mlp+layernorm"; the message of a failure names what is allowed.
tl::expected<RecomputePolicy, std::string> parse_recompute(std::string_view text);
std::string to_string(const RecomputePolicy& policy);

struct ParallelPlan {
  std::int32_t micro_batch = 1;  ///< sequences per micro-batch and data-parallel rank
  std::int32_t tp = 1;
  std::int32_t cp = 1;
  std::int32_t pp = 1;
  std::int32_t vpp = 1;  ///< model chunks per pipeline rank
  std::int32_t ep = 1;
  std::int32_t etp = 1;          ///< tensor parallelism inside an expert
  std::int32_t dp = 1;           ///< gpus / (tp cp pp)
  std::int32_t zero_stage = 1;   ///< 0 replicated, 1 optimizer, 2 gradients, 3 parameters (FSDP)
  std::int32_t shard_group = 0;  ///< ranks over which ZeRO shards; 0: all data-parallel ranks
  RecomputePolicy recompute;
  Schedule schedule = Schedule::k1f1b;
  catalog::Precision precision = catalog::Precision::kBf16;  ///< of the linear layers' GEMMs
  bool sequence_parallel = false;
  bool flash_attention = true;
  bool cuda_graph = false;
  bool offload_optimizer = false;  ///< optimizer states and step on the host
  bool offload_activations = false;
  std::int32_t first_layers =
      0;  ///< layers of the first chunk (stage, without virtual stages); 0: the usual cut
  std::int32_t last_layers = 0;  ///< the same of the last
  PipelineCut cut;               ///< layers of every chunk, where no rule gives them; empty: the rules above

  bool operator==(const ParallelPlan&) const = default;
};

/// "TP8 PP16 VPP7 DP64 MB1 ZeRO1 SP bf16 1f1b recompute=selective"; parts at their default are left
/// out except TP, PP, DP and MB. `parse_plan` reads the same, in any order and case.
std::string to_string(const ParallelPlan& plan);
tl::expected<ParallelPlan, std::string> parse_plan(std::string_view text);

std::string_view to_string(Schedule schedule);
tl::expected<Schedule, std::string> parse_schedule(std::string_view text);

}  // namespace gigawatt::step
