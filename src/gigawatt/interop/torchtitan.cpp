#include <fmt/format.h>

#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/words.h"

namespace gigawatt::interop {
namespace {

std::string_view schedule_name(const step::ParallelPlan& p, Words& out) {
  using step::Schedule;
  const std::string_view plain = p.vpp > 1 ? "Interleaved1F1B" : "1F1B";
  if (p.schedule == Schedule::kZeroBubble && p.vpp > 1) return "InterleavedZeroBubble";
  if (p.schedule == Schedule::kZeroBubble || p.schedule == Schedule::kDualPipe)
    out.notes.push_back(fmt::format("torchtitan has no {} schedule with one stage a rank: this says {}",
                                    step::to_string(p.schedule), plain));
  return plain;
}

void pipeline(const step::StepRequest& r, Words& out) {
  const step::ParallelPlan& p = r.plan;
  out.lines.push_back(fmt::format("pipeline_parallel_degree = {}", p.pp));
  if (p.pp == 1) return;
  out.lines.push_back(fmt::format("pipeline_parallel_schedule = \"{}\"", schedule_name(p, out)));
  out.lines.push_back(fmt::format("pipeline_parallel_microbatch_size = {}", p.micro_batch));
  const auto layers = layers_of(step::layout_of(*r.model, p));
  const std::int64_t inner = layers.size() > 2 ? layers[1] : std::max(layers.front(), layers.back());
  out.lines.push_back(fmt::format("pipeline_parallel_layers_per_stage = {}", inner));
  out.lines.push_back(fmt::format("pipeline_parallel_first_stage_less_layers = {}",
                                  std::max<std::int64_t>(0, inner - layers.front())));
  out.lines.push_back(fmt::format("pipeline_parallel_last_stage_less_layers = {}",
                                  std::max<std::int64_t>(0, inner - layers.back())));
  for (std::size_t i = 1; i + 1 < layers.size(); ++i)
    if (layers[i] != inner) {
      out.notes.push_back(fmt::format("torchtitan cannot say this cut of the layers over stages: {}",
                                      layout_text(layers, 0)));
      break;
    }
}

void sharding(const step::ParallelPlan& p, Words& out) {
  const std::int64_t group = p.shard_group > 0 ? std::max<std::int64_t>(1, p.shard_group / p.cp) : p.dp;
  const bool sharded = p.zero_stage > 0;
  if (p.zero_stage == 1)
    out.notes.emplace_back("torchtitan shards gradients with the optimizer: ZeRO-1 becomes ZeRO-2");
  out.lines.push_back(fmt::format("data_parallel_replicate_degree = {}", sharded ? p.dp / group : p.dp));
  out.lines.push_back(fmt::format("data_parallel_shard_degree = {}", sharded ? group : 1));
  if (sharded)
    out.lines.push_back(
        fmt::format("fsdp_reshard_after_forward = \"{}\"", p.zero_stage == 3 ? "always" : "never"));
}

void recompute(const step::ParallelPlan& p, Words& out) {
  out.lines.emplace_back("");
  out.lines.emplace_back("[activation_checkpoint]");
  switch (p.recompute.kind) {
    case step::RecomputeKind::kNone: out.lines.emplace_back("mode = \"none\""); return;
    case step::RecomputeKind::kFull:
      if (p.recompute.full_layers > 0)
        out.notes.emplace_back("torchtitan recomputes all layers or every n-th, not some of each stage");
      out.lines.emplace_back("mode = \"full\"");
      return;
    case step::RecomputeKind::kSelective:
    case step::RecomputeKind::kModules:
      out.notes.push_back(
          fmt::format("torchtitan chooses by operation, not by module ({})", step::to_string(p.recompute)));
      out.lines.emplace_back("mode = \"selective\"");
      out.lines.emplace_back("selective_ac_option = \"op\"");
  }
}

}  // namespace

Words torchtitan_words(const step::StepRequest& r) {
  const step::ParallelPlan& p = r.plan;
  Words out;
  using catalog::Precision;
  if (p.precision == Precision::kFp8)
    out.lines = {"[model]",
                 "converters = [\"quantize.linear.float8\"]",
                 "",
                 "[quantize.linear.float8]",
                 "recipe_name = \"tensorwise\"",
                 "enable_fsdp_float8_all_gather = true",
                 ""};
  else if (p.precision == Precision::kMxfp8)
    out.lines = {"[model]",
                 "converters = [\"quantize.linear.mx\"]",
                 "",
                 "[quantize.linear.mx]",
                 "recipe_name = \"mxfp8_cublas\"",
                 ""};
  else if (p.precision != Precision::kBf16)
    out.notes.push_back(fmt::format("torchtitan trains in bf16, float8 or mxfp8; {} is asked for",
                                    catalog::to_string(p.precision)));
  out.lines.emplace_back("[training]");
  out.lines.push_back(fmt::format("local_batch_size = {}", p.pp > 1 ? r.global_batch / p.dp : p.micro_batch));
  out.lines.push_back(fmt::format("global_batch_size = {}", r.global_batch));
  out.lines.push_back(fmt::format("seq_len = {}", r.seq_len));
  out.lines.emplace_back("");
  out.lines.emplace_back("[parallelism]");
  sharding(p, out);
  out.lines.push_back(fmt::format("tensor_parallel_degree = {}", p.tp));
  out.lines.push_back(fmt::format("context_parallel_degree = {}", p.cp));
  pipeline(r, out);
  if (r.model->is_moe()) {
    out.lines.push_back(fmt::format("expert_parallel_degree = {}", p.ep));
    out.lines.push_back(fmt::format("expert_tensor_parallel_degree = {}", p.etp));
  }
  recompute(p, out);
  if (p.tp > 1 && !p.sequence_parallel)
    out.notes.emplace_back("torchtitan's tensor parallelism always is sequence parallel");
  if (p.offload_optimizer)
    out.lines.insert(
        out.lines.end(),
        {"", "# training.enable_cpu_offload = true moves parameters, gradients and optimizer to the host"});
  if (p.offload_activations) out.notes.emplace_back("torchtitan does not offload activations");
  if (p.cuda_graph) out.notes.emplace_back("torchtitan has no option for CUDA graphs of the step");
  return out;
}

}  // namespace gigawatt::interop
