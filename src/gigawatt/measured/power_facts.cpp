#include <array>
#include <string>
#include <tuple>

#include "gigawatt/measured/site_facts.h"
#include "gigawatt/power/node.h"

namespace gigawatt::measured {
namespace {

/// Products below it show the harness more than the kernel; published groups leave them out.
constexpr double kShortestProduct = 20e-6;

/// Which statistic the words ask for; nothing: none.
std::optional<double> statistic(const Fact& f) {
  if (f.has("median")) return 0.5;
  if (f.has("p90")) return 0.9;
  if (f.has("p95")) return 0.95;
  if (f.has("p99")) return 0.99;
  if (f.has("lowest")) return 0.0;
  return std::nullopt;
}

/// The range behind a word: "17-256", ">2048", "<0.05", nothing.
std::optional<std::pair<double, double>> range_at(std::string_view text) {
  const auto digit = text.find_first_of("0123456789");
  if (digit == std::string_view::npos || digit > 2) return std::nullopt;
  const auto low = first_number(text);
  if (!low) return std::nullopt;
  if (text.substr(0, digit).find('>') != std::string_view::npos) return std::pair{*low * (1 + 1e-9), 1e18};
  if (text.substr(0, digit).find('<') != std::string_view::npos) return std::pair{0.0, *low};
  const auto dash = text.find('-', digit);
  const auto high =
      dash != std::string_view::npos && dash < digit + 6 ? first_number(text.substr(dash)) : std::nullopt;
  return std::pair{*low, high.value_or(*low)};
}

/// The tables of the sweep that the words mean.
std::vector<std::string_view> tables_of(const Fact& f) {
  const bool prefill = f.has("prefill") || f.has("context"), decode = f.has("decode") || f.has("generation");
  if (f.has("mla") || f.has("latent")) {
    if (decode) return {"mla_generation_module"};
    if (prefill) return {"mla_context_module"};
    return {};
  }
  if (f.has("sparse attention") || f.has("dsa")) {
    if (decode) return {"dsa_generation_module"};
    if (prefill) return {"dsa_context_module"};
    return {};
  }
  if (f.has("encoder attention")) return {"encoder_attention"};
  if (f.has("attention") && prefill) return {"context_attention"};
  if (f.has("attention") && decode) return {"generation_attention"};
  if (f.has("moe")) return {"moe"};
  if (f.has("quantise") || f.has("quantize") || f.has("memory-bound"))
    return {"computescale", "scale_matrix"};
  if (f.has("gated delta")) return {"gdn"};
  if (f.has("mamba") || f.has("state space")) return {"mamba2"};
  if (f.has("gemm")) return {"gemm"};
  return {};
}

std::string_view format_of(const Fact& f) {
  if (f.has("nvfp4")) return "nvfp4";
  if (f.has("fp8 block")) return "fp8_block";
  if (f.has("fp8")) return "fp8";
  return f.has("bf16") ? "bfloat16" : "";
}

/// A statistic of a sweep of kernels.
std::optional<Computed> kernel(const Fact& f, const FactModels& m) {
  if (f.topic != "kernel-power" || f.unit != "W") return std::nullopt;
  SweepWish wish;
  wish.chip = chip_in(f.text, m.catalog);
  wish.tables = tables_of(f);
  const auto share = statistic(f);
  if (wish.chip == nullptr || wish.tables.empty() || !share) return std::nullopt;
  wish.engine = f.has("trtllm") || f.has("tensorrt") ? "trtllm" : f.has("vllm") ? "vllm" : "";
  wish.format = format_of(f);
  if (wish.tables.front() == "gemm") {
    wish.least_s = *share > 0 ? kShortestProduct : 0;
    const auto at = f.text.find(" m>");
    const auto rows = at != std::string::npos ? range_at(std::string_view(f.text).substr(at + 2))
                      : f.text.find(" m ") != std::string::npos
                          ? range_at(std::string_view(f.text).substr(f.text.find(" m ") + 3))
                          : std::nullopt;
    if (rows) std::tie(wish.least_rows, wish.most_rows) = *rows;
  } else if (const auto ms = f.text.find(" ms"); ms != std::string::npos) {
    const auto begin = f.text.rfind(' ', ms - 1);
    if (const auto range = range_at(std::string_view(f.text).substr(begin + 1)))
      wish.least_s = range->first * 1e-3, wish.most_s = range->second * 1e-3;
  }
  const auto& all = m.catalog.accelerators();
  double watts = swept_power_w(m.sweeps, wish, *share, m.power.accelerators, all);
  if (watts == 0) {
    wish.engine = {};
    watts = swept_power_w(m.sweeps, wish, *share, m.power.accelerators, all);
  }
  if (watts == 0) return std::nullopt;
  return Computed{watts, "power law of the chip over a sweep of such kernels"};
}

/// Servers of eight accelerators: idle and under the heaviest load.
std::optional<Computed> server(const Fact& f, const FactModels& m) {
  if (f.unit != "kW" || (f.topic != "node-power" && f.topic != "chip")) return std::nullopt;
  if (!f.has("8xh100") && !f.has("dgx h100")) return std::nullopt;
  const auto system = m.catalog.system("h100-sxm");
  if (!system) return std::nullopt;
  const auto law = power::node_law(**system, m.catalog.accelerator_of(**system));
  if (f.has("idle")) return Computed{law.idle_it_w / 1e3, "the idle server of the catalogue", true};
  if (f.has("burn") || f.has("measured peak"))
    return Computed{law.full_it_w / 1e3, "the server under the heaviest load", true};
  return std::nullopt;
}

std::optional<Computed> idle_chip(const Fact& f, const FactModels& m) {
  if (f.topic != "node-power" || f.unit != "W" || !f.has("idle") || f.has("cpu") || f.has("raps"))
    return std::nullopt;
  const auto* chip = chip_in(f.text, m.catalog);
  if (!chip || chip->idle_w <= 0) return std::nullopt;
  return Computed{chip->idle_w, "the idle chip of the catalogue", true};
}

/// What an accelerator draws in large products: the highest readings of a log.
std::optional<Computed> loaded_chip(const Fact& f, const FactModels& m) {
  if (f.topic != "node-power" || f.unit != "W" || f.has("raps") || f.has("cpu")) return std::nullopt;
  if (!f.has("fp8") && !f.has("bf16") && !f.has("high") && !f.has("max")) return std::nullopt;
  const auto* chip = chip_in(f.text, m.catalog);
  if (!chip) return std::nullopt;
  power::Activity products;
  products[power::Arithmetic::kBf16] = 1;
  const auto& laws = m.power.accelerators;
  const double share = power::steady_share(laws, laws.of(*chip, m.catalog.accelerators()), products);
  return Computed{share * chip->tdp_w, "power law of the chip in large products"};
}

/// A server whose accelerators are busy for a share of the time.
std::optional<Computed> busy_server(const Fact& f, const FactModels& m) {
  if (f.topic != "node-power" || f.unit != "kW" || !f.has("median")) return std::nullopt;
  const auto busy = m.also(f, "gpu utilisation", "%");
  const auto* chip = chip_in(f.text, m.catalog);
  const auto* system = chip ? system_of(*chip, m.catalog) : nullptr;
  if (!busy || !system) return std::nullopt;
  const auto law = power::node_law(*system, *chip);
  return Computed{(law.idle_it_w + *busy / 100 * (law.full_it_w - law.idle_it_w)) / 1e3,
                  "idle and loaded server by the published utilization"};
}

constexpr std::array<FactRule, 5> kPowerRules = {kernel, server, idle_chip, loaded_chip, busy_server};

}  // namespace

std::span<const FactRule> power_rules() { return kPowerRules; }

}  // namespace gigawatt::measured
