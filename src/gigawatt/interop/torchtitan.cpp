// torchtitan 0.3: a run is a Python function that returns its configuration.
#include <array>

#include <fmt/format.h>

#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/words.h"

namespace gigawatt::interop {
namespace {

/// Configurations that torchtitan ships, by our names: module under torchtitan.models, function, flavor of its model.
struct Shipped {
  std::string_view model, module, function, flavor;
};
constexpr std::array kShipped = {
    Shipped{"llama3-8b", "llama3", "llama3_8b", "8B"},
    Shipped{"llama3.1-8b", "llama3", "llama3_8b", "8B"},
    Shipped{"llama3-70b", "llama3", "llama3_70b", "70B"},
    Shipped{"llama3.1-70b", "llama3", "llama3_70b", "70B"},
    Shipped{"llama3.1-405b", "llama3", "llama3_405b", "405B"},
    Shipped{"deepseek-v3", "deepseek_v3", "deepseek_v3_671b", "671B"},
    Shipped{"gpt-oss-20b", "gpt_oss", "gpt_oss_20b", "20b"},
    Shipped{"gpt-oss-120b", "gpt_oss", "gpt_oss_120b", "120b"},
    Shipped{"qwen3-30b-a3b", "qwen3", "qwen3_30b_a3b", "30B-A3B"},
    Shipped{"qwen3-32b", "qwen3", "qwen3_32b", "32B"},
};

class ConfigFunction {
 public:
  explicit ConfigFunction(const step::StepRequest& r) : r_(r), p_(r.plan) {}

  Words write() {
    training();
    sharding();
    set("parallelism.tensor_parallel_degree", p_.tp);
    if (p_.tp > 1 && !p_.sequence_parallel) set("parallelism.enable_sequence_parallel", "False");
    set("parallelism.context_parallel_degree", p_.cp);
    pipeline();
    experts();
    recompute();
    precision();
    rest();
    head();
    return std::move(out_);
  }

 private:
  template <typename T>
  void set(std::string_view key, const T& value) {
    body_.push_back(fmt::format("    config.{} = {}", key, value));
  }
  void note(std::string text) { out_.notes.push_back(std::move(text)); }

  const Shipped* shipped() const {
    for (const Shipped& one : kShipped)
      if (one.model == r_.model->name) return &one;
    return nullptr;
  }

  void head() {
    note("torchtitan 0.3 is configured in Python: save this as gigawatt_plan.py, then");
    note(fmt::format(
        "NGPU=N MODULE=gigawatt_plan CONFIG=plan ./run_train.sh on each node, {} accelerators in all",
        r_.gpus));
    auto& lines = out_.lines;
    if (!checkpointing_.empty())
      lines.push_back(
          fmt::format("from torchtitan.distributed.activation_checkpoint import {}", checkpointing_));
    if (!converter_.empty())
      lines.push_back(fmt::format("from torchtitan.components.quantization import {}", converter_));
    if (const Shipped* one = shipped()) {
      lines.push_back(fmt::format("from torchtitan.models.{} import model_registry", one->module));
      lines.push_back(fmt::format("from torchtitan.models.{}.config_registry import {} as base", one->module,
                                  one->function));
    } else {
      note(fmt::format("torchtitan ships no configuration of {}: put one of your own for my_configs",
                       r_.model->name));
      lines.emplace_back("from my_configs import base");
    }
    lines.insert(lines.end(), {"", "", "def plan():", "    config = base()"});
    lines.insert(lines.end(), body_.begin(), body_.end());
    lines.emplace_back("    return config");
  }

  void training() {
    // With a pipeline the local batch is a rank's whole share, cut into micro-batches by the schedule.
    set("training.local_batch_size", p_.pp > 1 ? r_.global_batch / p_.dp : p_.micro_batch);
    set("training.global_batch_size", r_.global_batch);
    set("training.seq_len", r_.seq_len);
  }

  void sharding() {
    const std::int64_t group = p_.shard_group > 0 ? std::max<std::int64_t>(1, p_.shard_group / p_.cp) : p_.dp;
    const bool sharded = p_.zero_stage > 0;
    if (p_.zero_stage == 1) note("torchtitan shards gradients with the optimizer: ZeRO-1 becomes ZeRO-2");
    set("parallelism.data_parallel_replicate_degree", sharded ? p_.dp / group : p_.dp);
    set("parallelism.data_parallel_shard_degree", sharded ? group : 1);
    if (sharded)
      set("parallelism.fsdp_reshard_after_forward", p_.zero_stage == 3 ? "\"always\"" : "\"never\"");
  }

  std::string_view schedule_name() {
    using step::Schedule;
    const std::string_view plain = p_.vpp > 1 ? "Interleaved1F1B" : "1F1B";
    if (p_.schedule == Schedule::kZeroBubble && p_.vpp > 1) return "InterleavedZeroBubble";
    if (p_.schedule == Schedule::kZeroBubble || p_.schedule == Schedule::kDualPipe)
      note(fmt::format("torchtitan has no {} schedule with one stage a rank: this says {}",
                       step::to_string(p_.schedule), plain));
    return plain;
  }

  void pipeline() {
    set("parallelism.pipeline_parallel_degree", p_.pp);
    if (p_.pp == 1) return;
    set("parallelism.pipeline_parallel_schedule", fmt::format("\"{}\"", schedule_name()));
    set("parallelism.pipeline_parallel_microbatch_size", p_.micro_batch);
    const auto layers = layers_of(step::layout_of(*r_.model, p_));
    const std::int64_t inner = layers.size() > 2 ? layers[1] : std::max(layers.front(), layers.back());
    set("parallelism.pipeline_parallel_layers_per_stage", inner);
    set("parallelism.pipeline_parallel_first_stage_less_layers",
        std::max<std::int64_t>(0, inner - layers.front()));
    set("parallelism.pipeline_parallel_last_stage_less_layers",
        std::max<std::int64_t>(0, inner - layers.back()));
    bool said = layers.front() <= inner && layers.back() <= inner;
    for (std::size_t i = 1; i + 1 < layers.size(); ++i) said = said && layers[i] == inner;
    if (!said)
      note(fmt::format("torchtitan says this cut by module_fqns_per_model_part alone: {}",
                       layout_text(layers, 0)));
  }

  void experts() {
    if (!r_.model->is_moe()) return;
    set("parallelism.expert_parallel_degree", p_.ep);
    if (p_.etp > 1) note("torchtitan 0.3 has no tensor parallelism inside of experts");
  }

  void recompute() {
    switch (p_.recompute.kind) {
      case step::RecomputeKind::kNone: return set("activation_checkpoint", "None");
      case step::RecomputeKind::kFull:
        if (p_.recompute.group > 1) note("torchtitan recomputes layer by layer, not in groups");
        if (p_.recompute.full_layers > 0) note("torchtitan recomputes all layers, not some of each stage");
        checkpointing_ = "FullAC";
        break;
      case step::RecomputeKind::kSelective:
      case step::RecomputeKind::kModules:
        note(fmt::format("torchtitan chooses by operation, not by module ({})",
                         step::to_string(p_.recompute)));
        checkpointing_ = "SelectiveAC";
    }
    set("activation_checkpoint", checkpointing_ + ".Config()");
  }

  /// Formats belong to the model's specification, which the shipped configuration may have converted already.
  void precision() {
    using catalog::Precision;
    converter_ = p_.precision == Precision::kFp8     ? "Float8LinearConverter"
                 : p_.precision == Precision::kMxfp8 ? "MXFP8LinearConverter"
                 : p_.precision == Precision::kNvfp4 ? "NVFP4LinearConverter"
                                                     : "";
    const bool plain = p_.precision == Precision::kBf16;
    if (p_.precision == Precision::kFp32) {
      set("training.mixed_precision_param", "\"float32\"");
    } else if (converter_.empty() && !plain) {
      note(fmt::format("torchtitan trains in bf16, float8, mxfp8 or nvfp4; {} is asked for",
                       catalog::to_string(p_.precision)));
    }
    const std::string call =
        converter_.empty() ? ""
                           : fmt::format("converters=[{}.Config(model_compile_enabled=True)]", converter_);
    if (const Shipped* one = shipped())
      set("model_spec",
          fmt::format("model_registry(\"{}\"{}{})", one->flavor, call.empty() ? "" : ", ", call));
    else if (!call.empty())
      set("model_spec", fmt::format("model_registry(FLAVOR, {})  # of your model", call));
    if (!call.empty()) set("compile.enable", "True");
  }

  void rest() {
    if (p_.offload_optimizer) set("training.enable_cpu_offload", "True");
    if (p_.offload_activations) note("torchtitan does not offload activations");
    set("training.disable_cuda_graphs", p_.cuda_graph && p_.pp == 1 ? "False" : "True");
    if (p_.cuda_graph && p_.pp > 1) note("torchtitan has no CUDA graphs under a pipeline");
  }

  const step::StepRequest& r_;
  const step::ParallelPlan& p_;
  std::vector<std::string> body_;
  std::string checkpointing_, converter_;
  Words out_;
};

}  // namespace

Words torchtitan_words(const step::StepRequest& request) { return ConfigFunction(request).write(); }

}  // namespace gigawatt::interop
