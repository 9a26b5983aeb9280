#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/words.h"

namespace gigawatt::interop {
namespace {

using catalog::Precision;
using step::RecomputeKind;
using step::Schedule;

class ArgumentWriter {
 public:
  explicit ArgumentWriter(const step::StepRequest& r) : r_(r), m_(*r.model), p_(r.plan) {}

  Words write() {
    model();
    experts();
    parallelism();
    cut();
    sharding();
    recompute();
    precision();
    attention();
    graphs();
    offload();
    return std::move(words_);
  }

 private:
  template <typename T>
  void say(std::string_view name, const T& value) {
    words_.lines.push_back(fmt::format("--{} {}", name, value));
  }
  void say(std::string_view name) { words_.lines.push_back(fmt::format("--{}", name)); }
  void say_if(bool condition, std::string_view name) {
    if (condition) say(name);
  }
  void ways(std::string_view name, std::int64_t value) {
    if (value > 1) say(name, value);
  }
  void note(std::string text) { words_.notes.push_back(std::move(text)); }

  void model() {
    say("num-layers", m_.layers);
    say("hidden-size", m_.hidden);
    say("ffn-hidden-size", m_.ffn);
    say("num-attention-heads", m_.heads);
    if (m_.attention == catalog::AttentionKind::kMla) {
      say("multi-latent-attention");
      if (m_.mla.q_lora_rank > 0) say("q-lora-rank", m_.mla.q_lora_rank);
      say("kv-lora-rank", m_.mla.kv_lora_rank);
      say("qk-head-dim", m_.mla.qk_nope_dim);
      say("qk-pos-emb-head-dim", m_.mla.qk_rope_dim);
      say("v-head-dim", m_.mla.v_head_dim);
    } else {
      if (m_.kv_heads != m_.heads) {
        say("group-query-attention");
        say("num-query-groups", m_.kv_heads);
      }
      if (m_.head_dim * m_.heads != m_.hidden) say("kv-channels", m_.head_dim);
    }
    say_if(m_.ffn_gated, "swiglu");
    if (m_.norm == catalog::NormKind::kRms) say("normalization", "RMSNorm");
    if (m_.position == catalog::PositionKind::kRope) say("position-embedding-type", "rope");
    say_if(!m_.tied_embeddings, "untie-embeddings-and-output-weights");
    say_if(!m_.mlp_bias && !m_.out_bias, "disable-bias-linear");
    say_if(m_.qkv_bias && !m_.mlp_bias, "add-qkv-bias");
    say_if(m_.qk_norm, "qk-layernorm");
    if (m_.mtp_layers > 0) say("mtp-num-layers", m_.mtp_layers);
    say("vocab-size", m_.vocab);
    say("seq-length", r_.seq_len);
    say("max-position-embeddings", std::max(r_.seq_len, m_.max_positions));
    windows();
    if (m_.attention_sinks) say("softmax-type", "learnable");
    if (m_.norm == catalog::NormKind::kScale || m_.norm == catalog::NormKind::kPlain)
      note("Megatron-LM has no layer norms without biases: these have some");
    if (m_.position == catalog::PositionKind::kAlibi) note("Megatron-LM has no ALiBi: these learn positions");
    if (m_.out_bias != m_.mlp_bias) note("Megatron-LM has biases in all products of a layer or in none");
  }

  void windows() {
    if (m_.window == 0) return;
    if (m_.chunked) return note("Megatron-LM has no attention within chunks: these attend to all before");
    say("window-size", fmt::format("{},0", m_.window - 1));  // so many before, and itself
    if (m_.full_attention_period > 0) say("window-attn-skip-freq", m_.full_attention_period);
  }

  void experts() {
    if (!m_.is_moe()) return;
    const auto& e = m_.moe;
    say("num-experts", e.experts);
    say("moe-router-topk", e.topk);
    say("moe-ffn-hidden-size", e.expert_ffn);
    if (e.shared_ffn > 0) say("moe-shared-expert-intermediate-size", e.shared_ffn);
    say_if(e.gated_shared, "moe-shared-expert-gate");
    say_if(e.router_bias, "moe-router-enable-expert-bias");
    if (e.first_dense_layers > 0)
      say("moe-layer-freq",
          fmt::format("'([0]*{}+[1]*{})'", e.first_dense_layers, m_.layers - e.first_dense_layers));
    else if (e.layer_period > 1)
      say("moe-layer-freq", fmt::format("'([0]*{}+[1])*{}'", e.layer_period - 1, m_.layers / e.layer_period));
    say_if(p_.precision != Precision::kFp16, "moe-grouped-gemm");
    if (p_.precision == Precision::kFp16 && p_.ep > 1)
      note("Megatron-LM: experts are not spread over ranks in fp16");
    if (p_.ep > 1) say("moe-token-dispatcher-type", "alltoall");
  }

  void parallelism() {
    say("micro-batch-size", p_.micro_batch);
    say("global-batch-size", r_.global_batch);
    say("tensor-model-parallel-size", p_.tp);
    say("pipeline-model-parallel-size", p_.pp);
    ways("context-parallel-size", p_.cp);
    ways("expert-model-parallel-size", p_.ep);
    if (m_.is_moe()) say("expert-tensor-parallel-size", p_.etp);
    say_if(p_.sequence_parallel, "sequence-parallel");
    if (p_.schedule == Schedule::kZeroBubble || p_.schedule == Schedule::kDualPipe)
      note(fmt::format("Megatron-LM has no {} schedule: these arguments run {}", step::to_string(p_.schedule),
                       p_.vpp > 1 ? "interleaved 1F1B" : "1F1B"));
  }

  void cut() {
    if (p_.pp == 1) return;
    const auto layers = layers_of(step::layout_of(m_, p_));
    const bool equal =
        std::adjacent_find(layers.begin(), layers.end(), std::not_equal_to<>()) == layers.end();
    const auto chunks = static_cast<std::int64_t>(layers.size());
    const bool ends = p_.first_layers == 0 && p_.last_layers == 0 && m_.layers % chunks != 0 &&
                      (m_.layers + 2) % chunks == 0;
    if ((!equal && !ends) || m_.mtp_layers > 0)
      return say("pipeline-model-parallel-layout",
                 fmt::format("'{}'", layout_text(layers, m_.mtp_layers, p_.cut.behind_mtp)));
    if (p_.vpp > 1) say("num-virtual-stages-per-pipeline-rank", p_.vpp);
    say_if(ends, "account-for-embedding-in-pipeline-split");
    say_if(ends, "account-for-loss-in-pipeline-split");
  }

  void sharding() {
    if (p_.zero_stage == 0) return;
    say("use-distributed-optimizer");
    say("overlap-grad-reduce");
    say("overlap-param-gather");
    if (p_.zero_stage >= 2) {
      say("use-megatron-fsdp");
      say("data-parallel-sharding-strategy", p_.zero_stage == 2 ? "optim_grads" : "optim_grads_params");
      say("ckpt-format", "fsdp_dtensor");
      note("Megatron-LM: its FSDP needs CUDA_DEVICE_MAX_CONNECTIONS above 1");
    }
    const std::int64_t ranks = std::int64_t{p_.dp} * p_.cp;
    if (p_.shard_group > 0 && p_.shard_group < ranks)
      say("num-distributed-optimizer-instances", ranks / p_.shard_group);
  }

  void recompute() {
    const auto& policy = p_.recompute;
    if (policy.kind == RecomputeKind::kNone) return;
    const bool full = policy.kind == RecomputeKind::kFull;
    say("recompute-granularity", full ? "full" : "selective");
    if (full) {
      say("recompute-method", policy.full_layers > 0 ? "block" : "uniform");
      say("recompute-num-layers", std::max(policy.group, policy.full_layers));
      return;
    }
    say("recompute-modules", fmt::format("{}", fmt::join(recompute_modules(policy), " ")));
  }

  void precision() {
    switch (p_.precision) {
      case Precision::kFp16: return say("fp16");
      case Precision::kBf16: return say("bf16");
      case Precision::kFp8:
        say("bf16");
        say("fp8-format", "hybrid");
        return say("fp8-recipe", "tensorwise");
      case Precision::kMxfp8:
        say("bf16");
        say("fp8-format", "e4m3");
        return say("fp8-recipe", "mxfp8");
      case Precision::kNvfp4:
        say("bf16");
        say("fp4-format", "e2m1");
        return say("fp4-recipe", "nvfp4");
      default:
        return note(fmt::format("Megatron-LM: without --bf16 or --fp16 it computes in fp32; {} is asked for",
                                catalog::to_string(p_.precision)));
    }
  }

  void attention() { say("attention-backend", p_.flash_attention ? "flash" : "unfused"); }

  /// Experts whose tokens are not dropped have no fixed shapes: they stay outside of the graphs of their layers.
  void graphs() {
    if (!p_.cuda_graph) return;
    say("cuda-graph-impl", m_.is_moe() ? "transformer_engine" : "local");
    if (m_.is_moe()) say("cuda-graph-scope", "attn moe_router moe_preprocess");
    say("te-rng-tracker");
    if (p_.recompute.kind == RecomputeKind::kFull)
      note("Megatron-LM: full recompute and CUDA graphs of layers exclude each other");
  }

  void offload() {
    if (p_.offload_optimizer) {
      say("optimizer-cpu-offload");
      say("use-precision-aware-optimizer");
      say("optimizer-offload-fraction", "1.0");
    }
    if (p_.offload_activations) {
      say("fine-grained-activation-offloading");
      say("offload-modules", m_.is_moe() ? "attn_norm core_attn attn_proj mlp_norm expert_fc1 moe_act"
                                         : "attn_norm core_attn attn_proj mlp_norm");
    }
  }

  const step::StepRequest& r_;
  const catalog::Model& m_;
  const step::ParallelPlan& p_;
  Words words_;
};

}  // namespace

std::vector<std::string> recompute_modules(const step::RecomputePolicy& policy) {
  if (policy.kind == RecomputeKind::kSelective) return {"core_attn"};
  constexpr std::array<std::string_view, 7> kNames = {"core_attn",   "layernorm", "mlp",           "moe_act",
                                                      "mla_up_proj", "moe",       "shared_experts"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (policy.kind == RecomputeKind::kModules && (policy.modules >> i & 1U) != 0)
      out.emplace_back(kNames[i]);
  return out;
}

Words megatron_words(const step::StepRequest& request) { return ArgumentWriter(request).write(); }

}  // namespace gigawatt::interop
