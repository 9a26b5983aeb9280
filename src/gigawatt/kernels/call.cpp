#include "gigawatt/kernels/call.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/kernels/exchange.h"
#include "gigawatt/kernels/latent_modules.h"
#include "gigawatt/kernels/recurrent.h"
#include "gigawatt/kernels/serving_kernels.h"

namespace gigawatt::kernels {
namespace {

using MakeTerms = std::optional<Terms> (*)(std::string_view, const CallRow&, const Device&);

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

double number_or(const CallRow& row, std::string_view column, double otherwise) {
  const double x = row.number(column);
  return std::isnan(x) ? otherwise : x;
}

Format format_of(const CallRow& row, std::string_view column) {
  return parse_format(row.text(column)).value_or(Format::kBf16);
}

double cache_bytes(const CallRow& row) { return weight_bytes(format_of(row, "kv_cache_dtype")); }

/// "power_law_1.2" -> 1.2, "balanced" -> 0.
double skew_of(std::string_view distribution) {
  const auto digit = distribution.find_first_of("0123456789");
  if (!contains(distribution, "power_law") || digit == std::string_view::npos) return 0;
  double skew = 0;
  std::from_chars(distribution.data() + digit, distribution.data() + distribution.size(), skew);
  return skew;
}

std::optional<Terms> product(std::string_view, const CallRow& r, const Device& d) {
  return product_terms(d, r.number("m"), r.number("n"), r.number("k"), format_of(r, "gemm_dtype"));
}

std::optional<Terms> prompt_attention(std::string_view operation, const CallRow& r, const Device& d) {
  PromptAttention s;
  s.batch = r.number("batch_size");
  s.length = r.number("isl");
  s.heads = r.number("num_heads");
  if (operation == "context_mla") {
    s.kv_heads = s.heads;
    s.qk_dim = 192;
    s.v_dim = 128;
    s.latent_dim = 576;
  } else {
    s.kv_heads = r.number("num_key_value_heads");
    s.qk_dim = s.v_dim = r.number("head_dim");
    s.window = number_or(r, "window_size", 0);
    s.cache_bytes = cache_bytes(r);
  }
  return prompt_attention_terms(d, s);
}

std::optional<Terms> encoder_attention(std::string_view, const CallRow& r, const Device& d) {
  return bidirectional_attention_terms(d, r.number("batch_size"), r.number("isl"), r.number("num_heads"),
                                       r.number("head_dim"));
}

std::optional<Terms> cache_attention(std::string_view, const CallRow& r, const Device& d) {
  return cache_attention_terms(d, {.batch = r.number("batch_size"),
                                   .keys = r.number("step") + 1,
                                   .heads = r.number("num_heads"),
                                   .kv_heads = r.number("num_key_value_heads"),
                                   .head_dim = r.number("head_dim"),
                                   .window = number_or(r, "window_size", 0),
                                   .cache_bytes = cache_bytes(r)});
}

std::optional<Terms> latent_attention(std::string_view, const CallRow& r, const Device& d) {
  return latent_attention_terms(d, r.number("batch_size"), r.number("step") + 1, r.number("num_heads"),
                                cache_bytes(r));
}

std::optional<Terms> experts(std::string_view, const CallRow& r, const Device& d) {
  constexpr double kMostExperts = 1e5;
  const double tokens = r.number("num_tokens");
  const double all = r.number("num_experts");
  const double topk = r.number("topk");
  const double devices = std::max(number_or(r, "moe_ep_size", 1), 1.0);
  if (!(tokens > 0) || !(topk >= 1) || !(all >= topk) || all > kMostExperts) return std::nullopt;
  const ExpertLoad load = busiest_device(tokens, topk, all, devices, skew_of(r.text("distribution")));
  return expert_terms(d,
                      {.tokens = tokens,
                       .hidden = r.number("hidden_size"),
                       .inner = r.number("inter_size") / std::max(number_or(r, "moe_tp_size", 1), 1.0),
                       .experts = all},
                      load, format_of(r, "moe_dtype"));
}

std::optional<Terms> head_product(std::string_view, const CallRow& r, const Device& d) {
  return head_product_terms(d, r.number("num_tokens"), r.number("num_heads"),
                            contains(r.text("op_name"), "pre") ? 128 : 512, format_of(r, "bmm_dtype"));
}

std::optional<Terms> quantize(std::string_view, const CallRow& r, const Device& d) {
  return quantize_terms(d, r.number("m"), r.number("k"));
}

std::optional<Terms> collective(std::string_view, const CallRow& r, const Device& d) {
  const auto format =
      r.text("nccl_dtype").empty() ? format_of(r, "allreduce_dtype") : format_of(r, "nccl_dtype");
  return collective_terms(d, r.number("message_size") * weight_bytes(format), r.number("num_gpus"),
                          r.text("op_name") == "all_reduce" ? 2 : 1);
}

std::optional<Terms> recurrent(std::string_view, const CallRow& r, const Device& d) {
  RecurrentCall c;
  c.convolution = contains(r.text("kernel_source"), "conv");
  c.prompt = r.text("phase") == "context";
  c.batch = r.number("batch_size");
  c.length = number_or(r, "seq_len", 1);
  c.tokens = r.number("num_tokens");
  if (!std::isnan(r.number("num_v_heads"))) {
    const double keys = r.number("num_k_heads") * r.number("head_k_dim");
    const double values = r.number("num_v_heads") * r.number("head_v_dim");
    const double dk = r.number("head_k_dim");
    const double dv = r.number("head_v_dim");
    c.heads = r.number("num_v_heads");
    c.channels = 2 * keys + values;
    c.token_bytes = (2 * keys + 2 * values) * 2;
    c.state_bytes = c.heads * dk * dv * 4 * 2;
    c.token_flops = c.heads * (4 * dk * dv + 4 * 64 * (dk + dv));
  } else {
    c.heads = r.number("nheads");
    const double inner = c.heads * r.number("head_dim");
    c.channels = inner + 2 * r.number("n_groups") * r.number("d_state");
    c.token_bytes = c.channels * 4;
    c.state_bytes = c.heads * r.number("head_dim") * r.number("d_state") * 8;
    c.token_flops = inner * r.number("d_state") * 4;
  }
  return recurrent_terms(d, c);
}

std::optional<Terms> hyper_connections(std::string_view, const CallRow& r, const Device& d) {
  return hyper_connection_terms(d, r.number("num_tokens"), r.number("hidden_size"));
}

std::optional<Terms> latent_module(std::string_view, const CallRow& r, const Device& d) {
  const auto op = r.text("op_name");
  const LatentArchitecture a = latent_architecture(r.text("model"));
  LatentModule m;
  m.kind = contains(op, "dsv4")  ? LatentKind::kCompressed
           : contains(op, "msa") ? LatentKind::kGrouped
           : contains(op, "dsa") ? LatentKind::kSparse
                                 : LatentKind::kLatent;
  m.indexed = contains(op, "dsa") || contains(op, "dsv4_csa");
  m.selects = !contains(op, "hca");
  m.decode = contains(op, "generation");
  m.batch = r.number("batch_size");
  m.length = r.number("isl");
  m.history = number_or(r, "step", 0);
  m.heads = r.number("num_heads");
  const double tp = number_or(r, "tp_size", 1);
  if (tp > 1 && m.heads == a.heads) m.heads /= tp;
  m.compression = number_or(r, "compress_ratio", 1);
  m.cache_bytes = cache_bytes(r);
  m.products = format_of(r, "gemm_type");
  return latent_module_terms(d, a, m);
}

std::optional<Terms> mlp(std::string_view, const CallRow& r, const Device& d) {
  return mlp_terms(d, r.number("num_token"), r.number("hidden_size"), r.number("intermediate_size"));
}

std::optional<Terms> dispatch(std::string_view, const CallRow& r, const Device& d) {
  return dispatch_terms(d, {.tokens = r.number("num_token"),
                            .hidden = r.number("hidden_size"),
                            .topk = r.number("num_topk"),
                            .experts = r.number("num_experts"),
                            .blocks = number_or(r, "dispatch_sms", 24)});
}

std::optional<Terms> expert_exchange(std::string_view, const CallRow& r, const Device& d) {
  const double bytes = contains(r.text("op_name"), "combine") ? 2 : weight_bytes(format_of(r, "moe_dtype"));
  return expert_exchange_terms(d, r.number("num_tokens"), r.number("hidden_size"), r.number("topk"),
                               r.number("moe_ep_size"), bytes);
}

QueryBlock block(const CallRow& r) {
  return {r.number("batch_size"), r.number("isl"), r.number("step"), number_or(r, "compress_ratio", 1)};
}

std::optional<Terms> selection(std::string_view, const CallRow& r, const Device& d) {
  return selection_terms(d, block(r));
}

std::optional<Terms> index_scores(std::string_view, const CallRow& r, const Device& d) {
  return index_score_terms(d, block(r), latent_architecture(r.text("model")).index_heads);
}

std::optional<Terms> chosen_attention(std::string_view, const CallRow& r, const Device& d) {
  return chosen_attention_terms(d, block(r), number_or(r, "local_num_heads", r.number("num_heads")));
}

constexpr std::array<std::pair<std::string_view, MakeTerms>, 43> kOperations = {{
    {"gemm", product},
    {"context_attention", prompt_attention},
    {"context_mla", prompt_attention},
    {"encoder_attention", encoder_attention},
    {"generation_attention", cache_attention},
    {"generation_mla", latent_attention},
    {"moe", experts},
    {"wideep_moe", experts},
    {"wideep_context_moe", experts},
    {"wideep_generation_moe", experts},
    {"dsv4_megamoe_module", experts},
    {"mla_bmm", head_product},
    {"computescale", quantize},
    {"scale_matrix", quantize},
    {"nccl", collective},
    {"oneccl", collective},
    {"custom_allreduce", collective},
    {"gdn", recurrent},
    {"kda", recurrent},
    {"mamba2", recurrent},
    {"mhc_module", hyper_connections},
    {"dsa_context_module", latent_module},
    {"dsa_generation_module", latent_module},
    {"dsv4_csa_context_module", latent_module},
    {"dsv4_csa_generation_module", latent_module},
    {"dsv4_hca_context_module", latent_module},
    {"dsv4_hca_generation_module", latent_module},
    {"mla_context_module", latent_module},
    {"mla_generation_module", latent_module},
    {"msa_context_module", latent_module},
    {"msa_generation_module", latent_module},
    {"wideep_context_mla", latent_module},
    {"wideep_generation_mla", latent_module},
    {"wideep_context_mlp", mlp},
    {"wideep_generation_mlp", mlp},
    {"wideep_deepep_ll", dispatch},
    {"wideep_deepep_normal", dispatch},
    {"trtllm_alltoall", expert_exchange},
    {"glm5_topk_module", selection},
    {"dsv4_csa_topk_calib", selection},
    {"glm5_mqa_logits_module", index_scores},
    {"dsv4_paged_mqa_logits_module", index_scores},
    {"glm5_dsa_attn_module", chosen_attention},
}};
constexpr std::pair<std::string_view, MakeTerms> kLastOperation = {"dsv4_hca_attn_module", chosen_attention};

std::string joined(const CallRow& row, std::span<const std::string_view> columns) {
  std::string out;
  for (auto column : columns) {
    const auto text = row.text(column);
    if (text.empty()) continue;
    if (!out.empty()) out += ' ';
    out += text;
  }
  return out;
}

}  // namespace

std::span<const std::string_view> known_operations() {
  static const auto names = [] {
    std::array<std::string_view, kOperations.size() + 1> list{};
    for (std::size_t i = 0; i < kOperations.size(); ++i) list[i] = kOperations[i].first;
    list.back() = kLastOperation.first;
    return list;
  }();
  return names;
}

std::optional<Terms> call_terms(std::string_view operation, const CallRow& row, const Device& device) {
  if (operation == kLastOperation.first) return kLastOperation.second(operation, row, device);
  for (const auto& [name, make] : kOperations)
    if (name == operation) return make(operation, row, device);
  return std::nullopt;
}

double measured_seconds(const CallRow& row) {
  double ms = row.number("latency");
  if (std::isnan(ms)) ms = row.number("avg_ms");
  if (std::isnan(ms)) {
    double us = row.number("dispatch_avg_t_us") + row.number("combine_avg_t_us");
    if (std::isnan(us)) us = row.number("dispatch_transmit_us") + row.number("combine_transmit_us");
    ms = us * 1e-3;
  }
  return std::isfinite(ms) && ms > 0 ? ms * 1e-3 : 0;
}

std::array<std::string, 3> law_names(std::string_view operation, const CallRow& row) {
  constexpr std::array<std::string_view, 3> kKernel = {"kernel_source", "framework", "backend"};
  constexpr std::array<std::string_view, 11> kKind = {
      "op_name",   "gemm_dtype", "attn_dtype", "kv_cache_dtype", "moe_dtype", "gemm_type",
      "bmm_dtype", "mla_dtype",  "nccl_dtype", "phase",          "score_mode"};
  const std::string kind = joined(row, kKind);
  return {fmt::format("{} | {} | {}", operation, kind, joined(row, kKernel)),
          fmt::format("{} | {}", operation, kind), std::string(operation)};
}

std::string shape_name(std::string_view operation, const CallRow& row) {
  constexpr std::array<std::string_view, 2> kProduct = {"n", "k"};
  constexpr std::array<std::string_view, 4> kExperts = {"hidden_size", "inter_size", "topk", "num_experts"};
  constexpr std::array<std::string_view, 12> kOther = {
      "num_heads",   "num_key_value_heads", "head_dim",    "tp_size",
      "hidden_size", "num_k_heads",         "num_v_heads", "d_state",
      "k",           "num_experts",         "model",       "num_tokens"};
  std::span<const std::string_view> columns = kOther;
  if (operation == "gemm") columns = kProduct;
  if (operation == "moe") columns = kExperts;
  std::string out;
  for (auto column : columns) {
    if (column == "num_tokens" && operation != "trtllm_alltoall") continue;
    const double x = row.number(column);
    if (!std::isnan(x))
      out += fmt::format("{} ", x);
    else
      out += row.text(column);
  }
  if (contains(operation, "nccl") || operation == "oneccl" || operation == "custom_allreduce")
    out += fmt::format("{}", row.number("message_size"));
  return out;
}

}  // namespace gigawatt::kernels
