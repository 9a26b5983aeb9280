#include "gigawatt/measured/kernel_power.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "gigawatt/measured/order.h"
#include "gigawatt/measured/parquet_row.h"

namespace gigawatt::measured {
namespace {

using kernels::CallRow;
using power::Arithmetic;

/// Sizes of the projections around latent attention (DeepSeek-V3) and of its sparse indexer (V3.2).
constexpr double kHidden = 7168, kQueryRank = 1536, kLatent = 512, kRope = 64, kNope = 128, kValue = 128;
constexpr double kIndexerHeads = 64, kIndexerWidth = 128, kSparseKeys = 2048;
/// Calls below it show the harness's clock, and powers below it no kernel.
constexpr double kShortestSeconds = 5e-6, kLeastWatts = 50;

double bytes_of(std::string_view format) {
  if (format == "bfloat16" || format == "float16") return 2;
  if (format == "nvfp4") return 0.5625;  // four bits and an eight-bit scale for sixteen of them
  if (format.find("fp4") != std::string_view::npos) return 0.53;
  return 1;
}

Arithmetic class_of(std::string_view format) {
  if (format == "nvfp4") return Arithmetic::kFp4;
  if (format.substr(0, 2) == "fp" || format.substr(0, 4) == "w4a8" || format == "int8")
    return Arithmetic::kFp8;
  return Arithmetic::kBf16;
}

/// Query-key pairs of a causal head with a window of that many keys (0: none).
double causal_pairs(double length, double window) {
  const double w = window > 0 && window < length ? window : length;
  return w * (w + 1) / 2 + (length - w) * w;
}

KernelWork gemm(const CallRow& r) {
  const double m = r.number("m"), n = r.number("n"), k = r.number("k");
  const auto format = r.text("gemm_dtype");
  KernelWork w;
  w[class_of(format)] = 2 * m * n * k;
  w.bytes = bytes_of(format) * (m * k + n * k) + 2 * m * n;
  return w;
}

KernelWork quantization(const CallRow& r) {
  KernelWork w;
  w.bytes = 3 * r.number("m") * r.number("k");
  return w;
}

KernelWork moe(const CallRow& r) {
  const auto format = r.text("moe_dtype");
  const double b = bytes_of(format);
  const double ranks = r.number("moe_ep_size");
  const double tokens = r.number("num_tokens") * r.number("topk") / ranks;
  const double experts = r.number("num_experts") / ranks;
  const double active = experts * (1 - std::pow(1 - 1 / std::max(1.0001, experts), tokens));
  const double hidden = r.number("hidden_size"), inner = r.number("inter_size") / r.number("moe_tp_size");
  KernelWork w;
  w[class_of(format)] = 6 * tokens * hidden * inner;
  w.bytes = b * active * 3 * hidden * inner + 2 * b * tokens * (hidden + inner) + 2 * tokens * hidden;
  return w;
}

KernelWork attention(const CallRow& r, double pairs, double keys, double queries) {
  const double heads = r.number("num_heads"), batch = r.number("batch_size"), width = r.number("head_dim");
  const double kv_heads = r.number("num_key_value_heads");
  const auto cache = r.text("kv_cache_dtype");
  KernelWork w;
  w[r.text("attn_dtype") == "fp8" ? Arithmetic::kAttention8 : Arithmetic::kAttention16] =
      4 * batch * heads * width * pairs;
  w.bytes = batch * width *
            (4 * heads * queries +
             2 * (cache.empty() ? 2 : bytes_of(cache)) * (std::isnan(kv_heads) ? heads : kv_heads) * keys);
  return w;
}

KernelWork decode(const CallRow& r) {
  const double window = r.number("window_size");
  const double length = window > 0 ? std::min(r.number("step") + 1, window) : r.number("step") + 1;
  return attention(r, length, length, 1);
}

KernelWork latent_core(const CallRow& r, bool generation) {
  const double heads = r.number("num_heads"), batch = r.number("batch_size");
  const double length = generation ? r.number("step") + 1 : r.number("isl");
  KernelWork w;
  w[Arithmetic::kAttention16] =
      2 * batch * heads *
      (generation ? length * (2 * kLatent + kRope) : causal_pairs(length, 0) * (kNope + kRope + kValue));
  w.bytes = batch * (length * (kLatent + kRope) * bytes_of(r.text("kv_cache_dtype")) +
                     (generation ? 1 : length) * heads * 640);
  return w;
}

KernelWork latent_module(const CallRow& r, bool sparse, bool generation) {
  const double heads = r.number("num_heads"), batch = r.number("batch_size"), step = r.number("step");
  const double isl = generation ? 1 : r.number("isl");
  const double weights = kHidden * (kQueryRank + kLatent + kRope) + kQueryRank * heads * (kNope + kRope) +
                         kLatent * heads * (kNope + kValue) + heads * kValue * kHidden;
  const double tokens = batch * isl, length = step + isl;
  const double seen = sparse ? std::min(length, kSparseKeys) : length;
  const double pairs = generation ? seen : causal_pairs(isl, sparse ? kSparseKeys : 0) + step * isl;
  const double width = generation || sparse ? 2 * kLatent + kRope : kNope + kRope + kValue;
  const double core = 2 * batch * heads * pairs * width;
  const double indexer =
      sparse ? 2 * batch * kIndexerHeads * kIndexerWidth * (generation ? length : causal_pairs(isl, 0)) : 0;
  const auto format = r.text("gemm_type"), cache = r.text("kv_cache_dtype");
  KernelWork w;
  w[class_of(format)] = 2 * tokens * weights;
  w[cache == "fp8" ? Arithmetic::kAttention8 : Arithmetic::kAttention16] = core;
  w[Arithmetic::kAttention8] += indexer;
  w.bytes = bytes_of(format) * weights +
            batch * (generation ? seen : length) * bytes_of(cache) * (kLatent + kRope) + 4 * tokens * kHidden;
  return w;
}

KernelWork recurrent(const CallRow& r, double heads, double key, double value, double width) {
  const double batch = r.number("batch_size");
  const double tokens = r.number("num_tokens") > 0 ? r.number("num_tokens") : batch;
  KernelWork w;
  w[Arithmetic::kBf16] = 6 * tokens * heads * key * value;
  w.bytes = 8 * batch * heads * key * value + 2 * tokens * width;
  return w;
}

KernelWork latent_product(const CallRow& r) {
  const double tokens = r.number("num_tokens"), heads = r.number("num_heads");
  KernelWork w;
  w[Arithmetic::kBf16] = 2 * tokens * heads * kNope * kLatent;
  w.bytes = 2 * heads * (kNope * kLatent + tokens * (kNope + kLatent));
  return w;
}

KernelWork work_of(std::string_view op, const CallRow& r, bool& known) {
  known = true;
  if (op == "gemm") return gemm(r);
  if (op == "moe") return moe(r);
  if (op == "computescale" || op == "scale_matrix") return quantization(r);
  const double isl = r.number("isl");
  if (op == "context_attention") return attention(r, causal_pairs(isl, r.number("window_size")), isl, isl);
  if (op == "encoder_attention") return attention(r, isl * isl, isl, isl);
  if (op == "generation_attention") return decode(r);
  if (op == "context_mla" || op == "generation_mla") return latent_core(r, op == "generation_mla");
  if (op == "mla_context_module" || op == "mla_generation_module")
    return latent_module(r, false, op == "mla_generation_module");
  if (op == "dsa_context_module" || op == "dsa_generation_module")
    return latent_module(r, true, op == "dsa_generation_module");
  if (op == "mla_bmm") return latent_product(r);
  if (op == "gdn") {
    const double k = r.number("head_k_dim"), v = r.number("head_v_dim"), heads = r.number("num_v_heads");
    return recurrent(r, heads, k, v, 2 * r.number("num_k_heads") * k + 2 * heads * v);
  }
  if (op == "mamba2") {
    const double heads = r.number("nheads"), width = r.number("head_dim"), state = r.number("d_state");
    return recurrent(r, heads, width, state, 2 * heads * width + 2 * r.number("n_groups") * state);
  }
  known = false;
  return {};
}

}  // namespace

std::optional<KernelWork> kernel_work(std::string_view operation, const CallRow& row) {
  bool known = false;
  const KernelWork w = work_of(operation, row, known);
  double sum = w.bytes;
  for (const double f : w.flops) sum += f;
  return known && std::isfinite(sum) ? std::optional(w) : std::nullopt;
}

power::Activity activity_of(const KernelWork& work, const catalog::Accelerator& chip, double seconds) {
  power::Activity a;
  const double peak = chip.peak(catalog::Precision::kBf16);
  for (std::size_t c = 0; c < power::kArithmetics; ++c) a.compute[c] = work.flops[c] / seconds / peak;
  a.memory = work.bytes / seconds / chip.memory_bandwidth;
  const double fits = std::pow(chip.l2_bytes / std::max(1.0, work.bytes), 4);
  a.cached = fits / (1 + fits);
  return a;
}

tl::expected<void, base::Diagnostics> validate_power(const std::filesystem::path& folder,
                                                     const power::PowerLaws& laws,
                                                     const std::vector<catalog::Accelerator>& accelerators,
                                                     KernelReport& report) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".parquet") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto table = results::read_parquet(file);
    if (!table) return tl::unexpected(base::Diagnostics{table.error()});
    const std::string op = file.stem().string();
    ParquetRow row(*table);
    std::map<std::string, std::vector<double>, std::less<>> errors;
    for (std::size_t r = 0; r < table->rows; ++r) {
      row.go_to(r);
      const catalog::Accelerator* chip = accelerator_named(accelerators, row.text("gpu"));
      const double watts = row.number("power"), seconds = kernels::measured_seconds(row);
      const auto work = kernel_work(op, row);
      if (chip == nullptr || !work || !(watts > kLeastWatts) || !(seconds > kShortestSeconds)) continue;
      const double limit = row.number("power_limit") > 0 ? row.number("power_limit") : chip->tdp_w.value;
      const double share = power::shown_share(laws, laws.of(*chip, accelerators),
                                              activity_of(*work, *chip, seconds), op, seconds);
      errors[std::string(row.text("gpu"))].push_back(100 * std::abs(share * limit / watts - 1));
    }
    for (auto& [gpu, list] : errors) {
      const auto group = std::find_if(report.groups.begin(), report.groups.end(),
                                      [&](const KernelGroup& g) { return g.op == op && g.gpu == gpu; });
      if (group != report.groups.end()) group->power_median_abs_pct = median(list);
    }
  }
  return {};
}

}  // namespace gigawatt::measured
