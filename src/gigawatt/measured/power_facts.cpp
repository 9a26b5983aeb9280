#include <array>
#include <cmath>
#include <string>

#include "gigawatt/measured/site_facts.h"
#include "gigawatt/power/node.h"

namespace gigawatt::measured {
namespace {

// Shares of its peaks that a good kernel reaches, of any chip; the shape of products that tables sweep around.
constexpr double kComputeReached = 0.75, kMemoryReached = 0.8, kAttentionReached = 0.6;
constexpr double kWidth = 6144;

/// The chip whose name's first word stands in the text; the longest wins ("gb200" before "b200").
const catalog::Accelerator* chip_of(const Fact& f, const FactModels& m) {
  const catalog::Accelerator* best = nullptr;
  std::size_t most = 0;
  for (const auto& chip : m.catalog.accelerators()) {
    const std::string word = chip.name.substr(0, chip.name.find('-'));
    if (word.size() > most && f.text.find(word) != std::string::npos) {
      best = &chip;
      most = word.size();
    }
  }
  return best;
}

/// "17-256" or ">2048" after a letter, as the middle (median) or the upper end (P90) of the range.
std::optional<double> middle_of(const Fact& f, std::string_view before) {
  const auto at = f.text.find(before);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view(f.text).substr(at + before.size());
  const auto low = first_number(rest);
  if (!low) return std::nullopt;
  const bool open = rest.find('>') < 2;
  const auto dash = rest.find('-');
  const auto high =
      dash != std::string_view::npos && dash < 12 ? first_number(rest.substr(dash)) : std::nullopt;
  const double top = high ? *high : open ? 4 * *low : *low;
  return f.has("p90") ? top : std::sqrt(std::max(1e-9, *low) * top);
}

struct Doing {
  power::Activity activity;
  double seconds = 0;
  std::string_view table;
};

/// A product of m rows on square weights, at the roofline.
std::optional<Doing> product(const Fact& f, const catalog::Accelerator& chip) {
  if (!f.has("gemm") || !(f.has("median") || f.has("p90"))) return std::nullopt;
  const auto rows = f.text.find(" m>") != std::string::npos ? middle_of(f, " m") : middle_of(f, " m ");
  if (!rows) return std::nullopt;
  const auto precision = f.has("nvfp4") ? catalog::Precision::kNvfp4
                         : f.has("fp8") ? catalog::Precision::kFp8
                                        : catalog::Precision::kBf16;
  const double bytes_each = f.has("nvfp4") ? 0.5625 : f.has("fp8") ? 1 : 2;
  const double peak = chip.peak(precision), bf16 = chip.peak(catalog::Precision::kBf16);
  if (peak <= 0 || bf16 <= 0) return std::nullopt;
  const double flops = 2 * *rows * kWidth * kWidth;
  const double bytes = kWidth * kWidth * bytes_each + *rows * kWidth * (bytes_each + 2);
  Doing out;
  out.seconds = std::max(flops / (kComputeReached * peak), bytes / (kMemoryReached * chip.memory_bandwidth));
  out.activity[power::arithmetic_of(precision)] = flops / out.seconds / bf16;
  out.activity.memory = bytes / out.seconds / chip.memory_bandwidth;
  out.table = "gemm";
  return out;
}

std::optional<Doing> attention(const Fact& f) {
  if (!f.has("attention") || f.has("encoder") || f.has("mla")) return std::nullopt;
  Doing out;
  const auto milliseconds = middle_of(f, f.has("fp8") ? "fp8" : "bf16");
  out.seconds = milliseconds ? *milliseconds * 1e-3 : 0;
  if (f.has("prefill")) {
    out.activity[power::Arithmetic::kAttention16] = kAttentionReached;
    out.activity.memory = 0.1;
    out.table = "context_attention";
  } else if (f.has("decode")) {
    out.activity.memory = kMemoryReached;
    out.table = "generation_attention";
  } else {
    return std::nullopt;
  }
  return out;
}

std::optional<Computed> kernel(const Fact& f, const FactModels& m) {
  if (f.topic != "kernel-power" || f.unit != "W") return std::nullopt;
  const auto* chip = chip_of(f, m);
  if (!chip) return std::nullopt;
  auto doing = product(f, *chip);
  if (!doing) doing = attention(f);
  if (!doing) return std::nullopt;
  const auto& laws = m.power.accelerators;
  const auto& law = laws.of(*chip, m.catalog.accelerators());
  const double share = doing->table.empty() || doing->seconds <= 0
                           ? power::steady_share(laws, law, doing->activity)
                           : power::shown_share(laws, law, doing->activity, doing->table, doing->seconds);
  return Computed{share * chip->tdp_w, "power law of the chip at the roofline of such a kernel"};
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
  const auto* chip = chip_of(f, m);
  if (!chip || chip->idle_w <= 0) return std::nullopt;
  return Computed{chip->idle_w, "the idle chip of the catalogue", true};
}

constexpr std::array<FactRule, 3> kRules = {kernel, server, idle_chip};

}  // namespace

std::span<const FactRule> power_rules() { return kRules; }

}  // namespace gigawatt::measured
