#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/words.h"

namespace gigawatt::interop {
namespace {

std::string mixed_precision(catalog::Precision p, Words& out) {
  using catalog::Precision;
  switch (p) {
    case Precision::kBf16: return "bf16_mixed";
    case Precision::kFp16: return "fp16_mixed";
    case Precision::kFp8: return "bf16_with_fp8_current_scaling_mixed";
    case Precision::kMxfp8: return "bf16_with_mxfp8_mixed";
    case Precision::kNvfp4: return "bf16_with_nvfp4_mixed";
    default:
      out.notes.push_back(fmt::format("Megatron-Bridge has no recipe for {}", catalog::to_string(p)));
      return "bf16_mixed";
  }
}

void cut(const step::StepRequest& r, Words& out) {
  const step::ParallelPlan& p = r.plan;
  if (p.pp == 1) return;
  const auto layers = layers_of(step::layout_of(*r.model, p));
  const auto chunks = static_cast<std::int64_t>(layers.size());
  const bool equal = std::adjacent_find(layers.begin(), layers.end(), std::not_equal_to<>()) == layers.end();
  const bool ends = p.first_layers == 0 && p.last_layers == 0 && r.model->layers % chunks != 0 &&
                    (r.model->layers + 2) % chunks == 0;
  if (ends)
    out.lines.insert(out.lines.end(), {"model.account_for_embedding_in_pipeline_split=true",
                                       "model.account_for_loss_in_pipeline_split=true"});
  if ((!equal && !ends) || r.model->mtp_layers > 0)
    out.lines.push_back(fmt::format("'model.pipeline_model_parallel_layout=\"{}\"'",
                                    layout_text(layers, r.model->mtp_layers, p.cut.behind_mtp)));
}

}  // namespace

Words nemo_words(const step::StepRequest& r) {
  const step::ParallelPlan& p = r.plan;
  Words out;
  const auto say = [&](std::string_view key, const auto& value) {
    out.lines.push_back(fmt::format("{}={}", key, value));
  };
  say("train.micro_batch_size", p.micro_batch);
  say("train.global_batch_size", r.global_batch);
  say("model.seq_length", r.seq_len);
  say("model.tensor_model_parallel_size", p.tp);
  say("model.pipeline_model_parallel_size", p.pp);
  if (p.vpp > 1)
    say("model.virtual_pipeline_model_parallel_size", p.vpp);
  else
    say("model.virtual_pipeline_model_parallel_size", "null");
  say("model.context_parallel_size", p.cp);
  if (r.model->is_moe()) {
    say("model.expert_model_parallel_size", p.ep);
    say("model.expert_tensor_parallel_size", p.etp);
  }
  say("model.sequence_parallel", p.sequence_parallel);
  cut(r, out);
  if (p.schedule == step::Schedule::kZeroBubble || p.schedule == step::Schedule::kDualPipe)
    out.notes.push_back(fmt::format("Megatron-Bridge has no {} schedule: this runs {}",
                                    step::to_string(p.schedule), p.vpp > 1 ? "interleaved 1F1B" : "1F1B"));
  say("ddp.use_distributed_optimizer", p.zero_stage >= 1);
  if (p.zero_stage >= 1)
    out.lines.insert(out.lines.end(), {"ddp.overlap_grad_reduce=true", "ddp.overlap_param_gather=true"});
  if (p.zero_stage >= 2) {
    say("dist.use_megatron_fsdp", true);
    say("ddp.use_megatron_fsdp", true);
    say("ddp.data_parallel_sharding_strategy", p.zero_stage == 2 ? "optim_grads" : "optim_grads_params");
    say("checkpoint.ckpt_format", "fsdp_dtensor");
  }
  const std::int64_t ranks = std::int64_t{p.dp} * p.cp;
  if (p.zero_stage >= 1 && p.shard_group > 0 && p.shard_group < ranks)
    say("ddp.num_distributed_optimizer_instances", ranks / p.shard_group);
  if (p.recompute.kind == step::RecomputeKind::kFull) {
    say("model.recompute_granularity", "full");
    say("model.recompute_method", p.recompute.full_layers > 0 ? "block" : "uniform");
    say("model.recompute_num_layers", std::max(p.recompute.group, p.recompute.full_layers));
  } else if (p.recompute.kind != step::RecomputeKind::kNone) {
    say("model.recompute_granularity", "selective");
    out.lines.push_back(
        fmt::format("'model.recompute_modules=[{}]'", fmt::join(recompute_modules(p.recompute), ",")));
  } else {
    say("model.recompute_granularity", "null");
  }
  say("mixed_precision", mixed_precision(p.precision, out));
  say("model.attention_backend", p.flash_attention ? "flash" : "unfused");
  if (p.cuda_graph) {
    say("model.cuda_graph_impl", "transformer_engine");
    out.lines.emplace_back(r.model->is_moe() ? "'model.cuda_graph_scope=[attn,moe_router,moe_preprocess]'"
                                             : "'model.cuda_graph_scope=[attn,mlp]'");
    out.lines.insert(out.lines.end(), {"model.use_te_rng_tracker=true", "rng.te_rng_tracker=true"});
  }
  if (p.offload_optimizer)
    out.lines.insert(out.lines.end(),
                     {"optimizer.use_precision_aware_optimizer=true", "optimizer.optimizer_cpu_offload=true",
                      "optimizer.optimizer_offload_fraction=1.0"});
  if (p.offload_activations) say("model.fine_grained_activation_offloading", true);
  return out;
}

}  // namespace gigawatt::interop
