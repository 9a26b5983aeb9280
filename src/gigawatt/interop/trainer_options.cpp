// Settings of other trainers that change time or memory of a step and are not modeled here. What they are where nothing
// is said is no news; another value is told.
#include <algorithm>
#include <span>

#include "gigawatt/interop/trainers.h"

namespace gigawatt::interop {
namespace {

struct Option {
  std::string_view name;   ///< its last part, or a path's end where that is no name of its own
  std::string_view usual;  ///< in lower case, without quotes and blanks
};

// torchtitan 0.1 to 0.3 (August 2026).
constexpr Option kTitan[] = {
    {"compile.enable", "false"},
    {"per_op_sac_force_recompute_mm_shapes_by_fqns", "[moe.router.gate]"},
    {"force_recompute_mm_shapes_by_fqns", "[moe.router.gate]"},
    {"enable_async_tensor_parallel", "false"},
    {"disable_loss_parallel", "false"},
    {"enable_compiled_autograd", "false"},
    {"enable_fsdp_float8_all_gather", "false"},
    {"precompute_float8_dynamic_scale_for_fsdp", "false"},
    {"force_recompute_fp8_weight_in_bwd", "false"},
    {"recipe_name", ""},
    {"filter_fqns", "[output]"},
    {"moe_fqns", "[]"},
    {"early_step_in_backward", "false"},
    {"expert_parallel_comm_backend", "standard"},
    {"context_parallel_rotate_method", "allgather"},
    {"mixed_precision_reduce", "float32"},
    {"memory_budget", "0.5"},
    {"pipeline_parallel_split_points", "[]"},
    {"module_fqns_per_model_part", "[]"},
};

// NeMo 1 and 2, Megatron-Bridge: those that are no options of Megatron-LM.
constexpr Option kNemo[] = {
    {"ub_tp_comm_overlap", "false"},
    {"tp_comm_overlap_cfg", ""},
    {"ub_tp_comm_overlap_cfg", ""},
    {"megatron_amp_o2", "true"},
    {"transformer_engine", "true"},
    {"fsdp_grad_reduce_dtype", "32"},
    {"packed_sequence", "false"},
    {"packed_sequence_size", "-1"},
    {"enable_cuda_graph", "false"},
    {"cpu_offloading", "false"},
    {"gc_interval", "0"},
    {"overlap_grad_sync", "true"},
    {"bucket_cap_mb", "25"},
    {"defer_embedding_wgrad_compute", "false"},
    {"grad_sync_dtype", ""},
    {"nccl_communicator_config_path", ""},
};

// MaxText of August 2026, with what its base.yml says.
constexpr Option kMaxText[] = {
    {"megablox", "true"},
    {"sparse_matmul", "true"},
    {"capacity_factor", "-1.0"},
    {"parameter_memory_host_offload", "false"},
    {"scan_layers", "true"},
    {"shard_optimizer_over_data", "false"},
    {"num_vocab_tiling", "1"},
    {"opt_type", "adamw"},
    {"grad_dtype", "float32"},
    {"weight_dtype", "float32"},
    {"mu_dtype", ""},
    {"use_ring_of_experts", "false"},
    {"use_2d_fsdp_sharding", "false"},
    {"use_batch_split_schedule", "false"},
    {"pipeline_parallel_layers", "-1"},
    {"pipeline_fsdp_ag_once", "false"},
    {"pipeline_fsdp_ag_per_repeat", "false"},
    {"pipeline_delay_activation_forwarding", "false"},
    {"enable_rampup_batch_size", "false"},
    {"enable_diloco", "false"},
    {"use_dpo", "false"},
    {"use_tokamax_gmm", "false"},
    {"use_gmm_v2", "false"},
    {"use_tokamax_splash", "false"},
    {"use_jax_splash", "false"},
    {"use_iota_embed", "false"},
};

std::span<const Option> options_of(std::string_view framework) {
  if (framework == "torchtitan") return kTitan;
  if (framework == "nemo") return kNemo;
  return kMaxText;
}

std::string plain(std::string_view value) {
  std::string out = lower(value);
  std::erase_if(out, [](char c) { return c == '"' || c == '\'' || c == ' '; });
  return out;
}

}  // namespace

void tell_unmodeled(std::string_view framework, const Settings& settings, MegatronImport& read) {
  for (const Option& option : options_of(framework)) {
    const std::string said = settings.at({option.name});
    const std::string value = plain(said);
    if (said.empty() || value == option.usual || (value.empty() && option.usual.empty())) continue;
    const std::string_view last = option.name.substr(option.name.rfind('.') + 1);
    const auto at = std::find(read.ignored.begin(), read.ignored.end(), last);
    const bool path = last.size() < option.name.size();
    if (at == read.ignored.end() && !path) continue;  // it is read after all
    if (at != read.ignored.end() && !path) read.ignored.erase(at);
    read.unread.emplace_back(option.name);
  }
}

}  // namespace gigawatt::interop
