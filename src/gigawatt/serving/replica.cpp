#include "gigawatt/serving/replica.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/core.h>

#include "gigawatt/workload/flops.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::serving {
namespace {

// Fitted to the rows named in the header.
constexpr double kComputeEfficiency = 0.55;
constexpr double kMemoryEfficiency = 0.60;
constexpr double kStepOverhead_s = 4e-3;
// Share of an accelerator's memory that a serving framework gives to weights and caches (vLLM, TensorRT-LLM: 0.9).
constexpr double kUsableMemory = 0.9;
// Room that the smallest replica leaves for caches.
constexpr double kCacheRoom = 0.2;
constexpr std::int64_t kLargestReplica = 128;
constexpr std::int64_t kLargestBatch = 2048;  // default limit of TensorRT-LLM 1.0
constexpr double kActivationBytes = 2;

double bytes_per_weight(catalog::Precision p) {
  switch (p) {
    case catalog::Precision::kFp32:
    case catalog::Precision::kTf32: return 4;
    case catalog::Precision::kFp16:
    case catalog::Precision::kBf16: return 2;
    case catalog::Precision::kNvfp4: return 0.5 + 1.0 / 16;  // with a scale byte for every 16 weights
    default: return 1;
  }
}

struct Demand {
  double flops_prompt = 0;  ///< of a whole prompt
  double flops_token = 0;   ///< of a decoded token
  double dense_bytes = 0;   ///< weights that every step reads
  double expert_bytes = 0;  ///< all experts
  double touched(double batch, const catalog::MoeArchitecture& moe) const {
    if (moe.experts == 0) return 0;
    const double share = static_cast<double>(moe.topk) / static_cast<double>(moe.experts);
    return expert_bytes * (1 - std::pow(1 - share, batch));
  }
};

}  // namespace

double cache_elements(const catalog::Model& model, double context) {
  const auto real = [](std::int64_t x) { return static_cast<double>(x); };
  double elements = 0;
  for (std::int64_t i = 0; i < model.layers; ++i) {
    const catalog::LayerShape x = workload::shape_of(model, workload::kind_of_layer(model, i));
    if (x.has_state())  // of fixed size, whatever the context
      elements += real(x.state.heads * x.state.key_dim * x.state.value_dim) +
                  real(x.state.conv_channels * std::max<std::int64_t>(0, x.state.conv_kernel - 1));
    if (!x.has_attention() || x.shared_kv) continue;
    const bool latent = x.attention == catalog::AttentionKind::kMla;
    const double per_token = latent ? real(x.mla.kv_lora_rank + x.mla.qk_rope_dim)
                                    : real(x.kv_heads * (x.head_dim + (x.keys_are_values ? 0 : x.v_dim())));
    double kept = x.window > 0 ? std::min(context, real(x.window)) : context;
    if (x.compression > 1) kept += context / real(x.compression);
    elements += per_token * kept;
    if (x.indexer.heads > 0) elements += real(x.indexer.head_dim) * context / real(x.indexer.ratio);
  }
  return elements;
}

tl::expected<Replica, ServingError> evaluate(const ReplicaRequest& r) {
  const auto fail = [](ServingErrorCode code, std::string message) {
    return tl::make_unexpected(ServingError{code, std::move(message)});
  };
  if (r.model == nullptr || r.accelerator == nullptr || r.fabric == nullptr || r.input_tokens < 1 ||
      r.output_tokens < 1)
    return fail(ServingErrorCode::kBadArgument,
                "a request needs a model, an accelerator, a fabric and token counts");
  const catalog::Model& model = *r.model;
  const double peak = r.accelerator->peak(r.precision);
  if (!(peak > 0))
    return fail(
        ServingErrorCode::kPrecisionUnsupported,
        fmt::format("{} does not compute in {}", r.accelerator->name, catalog::to_string(r.precision)));

  const workload::ParameterCount parameters = workload::count_parameters(model);
  const double weight = bytes_per_weight(r.precision);
  const auto context = static_cast<double>(r.input_tokens) + static_cast<double>(r.output_tokens) / 2;
  const workload::FlopCount prompt = workload::flops_per_token(model, r.input_tokens);
  const workload::FlopCount decode = workload::flops_per_token(model, static_cast<std::int64_t>(context));
  Demand d;
  d.flops_prompt =
      static_cast<double>(r.input_tokens) * (prompt.products_forward + prompt.attention_causal_forward);
  d.flops_token = decode.products_forward + decode.attention_full_forward;
  d.expert_bytes = weight * static_cast<double>(parameters.routed);
  d.dense_bytes = weight * static_cast<double>(parameters.total) - d.expert_bytes;

  Replica out;
  out.weight_bytes = d.dense_bytes + d.expert_bytes;
  const double memory = r.accelerator->memory_bytes * kUsableMemory;
  out.accelerators = r.accelerators;
  if (out.accelerators == 0)
    for (out.accelerators = 1;
         out.weight_bytes > memory * (1 - kCacheRoom) * static_cast<double>(out.accelerators);)
      if ((out.accelerators *= 2) > kLargestReplica) break;
  const auto g = static_cast<double>(out.accelerators);
  const double sequence_bytes = r.kv_bytes_per_element * cache_elements(model, context);
  const double room = memory * g - out.weight_bytes;
  auto batch =
      static_cast<std::int64_t>(std::clamp(std::floor(room / sequence_bytes), 0.0, double{kLargestBatch}));
  if (batch < 1)
    return fail(ServingErrorCode::kDoesNotFit,
                fmt::format("{} needs {:.0f} GB for weights and one sequence; {} x {} have {:.0f} GB",
                            model.name, (out.weight_bytes + sequence_bytes) * 1e-9, out.accelerators,
                            r.accelerator->name, memory * g * 1e-9));

  const network::GroupPlacement group = network::place_group(*r.fabric, out.accelerators, 1);
  const double flops_rate = g * peak * kComputeEfficiency;
  const double bytes_rate = g * r.accelerator->memory_bandwidth * kMemoryEfficiency;
  const auto step_s = [&](std::int64_t b) {
    const auto n = static_cast<double>(b);
    const double compute = n * d.flops_token / flops_rate;
    const double read = (d.dense_bytes + d.touched(n, model.moe) + n * sequence_bytes) / bytes_rate;
    const double reduce =
        out.accelerators == 1
            ? 0
            : 2.0 * static_cast<double>(model.layers) *
                  network::all_reduce_seconds(*r.fabric, group,
                                              n * static_cast<double>(model.hidden) * kActivationBytes);
    return std::max(compute, read) + reduce + kStepOverhead_s;
  };
  if (r.seconds_per_token > 0) {
    if (step_s(1) > r.seconds_per_token)
      return fail(ServingErrorCode::kTooSlow,
                  fmt::format("a step takes {:.1f} ms even for one sequence", step_s(1) * 1e3));
    std::int64_t low = 1;  // step_s grows with the batch: bisect
    for (std::int64_t high = batch + 1; high - low > 1;) {
      const std::int64_t middle = low + (high - low) / 2;
      (step_s(middle) <= r.seconds_per_token ? low : high) = middle;
    }
    batch = low;
  }
  const auto b = static_cast<double>(batch);
  const auto output = static_cast<double>(r.output_tokens);
  out.batch = batch;
  out.cache_bytes = b * sequence_bytes;
  out.prefill_s = d.flops_prompt / flops_rate;
  out.decode_step_s = step_s(batch);
  const double round_s = b * out.prefill_s + output * out.decode_step_s;
  out.tokens_per_s = b * output / round_s;
  out.tokens_per_s_per_accelerator = out.tokens_per_s / g;
  out.prefill_share = b * out.prefill_s / round_s;
  return out;
}

}  // namespace gigawatt::serving
