#include "gigawatt/kernels/parameters.h"

#include <fmt/format.h>

namespace gigawatt::kernels {
namespace {

constexpr std::array<std::string_view, kGemmClassCount> kClassNames = {"bf16", "fp8", "mxfp8", "nvfp4"};

struct GemmMember {
  std::string_view name;
  double GemmParameters::* member;
};
constexpr std::array<GemmMember, 8> kGemmMembers = {{
    {"max_efficiency", &GemmParameters::max_efficiency},
    {"k_ramp", &GemmParameters::k_ramp},
    {"tile_ramp", &GemmParameters::tile_ramp},
    {"wave_strength", &GemmParameters::wave_strength},
    {"throttle", &GemmParameters::throttle},
    {"stream_efficiency", &GemmParameters::stream_efficiency},
    {"quantise_bytes", &GemmParameters::quantise_bytes},
    {"overhead_s", &GemmParameters::overhead_s},
}};

struct AttentionMember {
  std::string_view name;
  double AttentionParameters::* member;
};
constexpr std::array<AttentionMember, 6> kAttentionMembers = {{
    {"max_efficiency", &AttentionParameters::max_efficiency},
    {"length_ramp", &AttentionParameters::length_ramp},
    {"backward_ramp_ratio", &AttentionParameters::backward_ramp_ratio},
    {"head_dim_ramp", &AttentionParameters::head_dim_ramp},
    {"backward_ratio", &AttentionParameters::backward_ratio},
    {"overhead_s", &AttentionParameters::overhead_s},
}};

struct ChipMember {
  std::string_view name;
  double KernelParameters::* member;
};
constexpr std::array<ChipMember, 5> kChipMembers = {{
    {"gemm.overlap_exponent", &KernelParameters::overlap_exponent},
    {"gemm.throttle_s", &KernelParameters::throttle_s},
    {"memory.efficiency", &KernelParameters::memory_efficiency},
    {"memory.ramp_bytes", &KernelParameters::memory_ramp_bytes},
    {"memory.overhead_s", &KernelParameters::memory_overhead_s},
}};

constexpr std::size_t kGemmEnd = kGemmClassCount * kGemmMembers.size();
constexpr std::size_t kAttentionEnd = kGemmEnd + kAttentionMembers.size();
constexpr std::size_t kCount = kAttentionEnd + kChipMembers.size();

}  // namespace

std::span<const std::string> kernel_parameter_names() {
  static const std::array<std::string, kCount> names = [] {
    std::array<std::string, kCount> all;
    std::size_t at = 0;
    for (const auto c : kClassNames)
      for (const auto& m : kGemmMembers) all[at++] = fmt::format("gemm.{}.{}", c, m.name);
    for (const auto& m : kAttentionMembers) all[at++] = fmt::format("attention.{}", m.name);
    for (const auto& m : kChipMembers) all[at++] = std::string(m.name);
    return all;
  }();
  return names;
}

double& kernel_parameter(KernelParameters& p, std::size_t i) {
  if (i < kGemmEnd) return p.gemm[i / kGemmMembers.size()].*kGemmMembers[i % kGemmMembers.size()].member;
  if (i < kAttentionEnd) return p.attention.*kAttentionMembers[i - kGemmEnd].member;
  return p.*kChipMembers.at(i - kAttentionEnd).member;
}

double kernel_parameter(const KernelParameters& p, std::size_t i) {
  if (i < kGemmEnd) return p.gemm[i / kGemmMembers.size()].*kGemmMembers[i % kGemmMembers.size()].member;
  if (i < kAttentionEnd) return p.attention.*kAttentionMembers[i - kGemmEnd].member;
  return p.*kChipMembers.at(i - kAttentionEnd).member;
}

tl::expected<KernelParameters, base::Diagnostics> kernel_parameters(const catalog::FittedSet& set) {
  KernelParameters p;
  base::Diagnostics problems;
  const auto names = kernel_parameter_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto* constant = set.find(names[i]))
      kernel_parameter(p, i) = constant->value;
    else
      problems.push_back(
          base::error("missing-parameter", fmt::format("calibration '{}' lacks '{}'", set.name, names[i])));
  }
  if (!problems.empty()) return tl::unexpected(problems);
  return p;
}

tl::expected<KernelParameters, base::Diagnostics> load_kernel_parameters(
    const catalog::FittedLibrary& calibration, const catalog::Accelerator& accelerator) {
  const std::array<std::string, 3> candidates = {accelerator.name, accelerator.generation, "pooled"};
  return calibration.find("kernels", candidates).and_then([](const catalog::FittedSet& set) {
    return kernel_parameters(set);
  });
}

}  // namespace gigawatt::kernels
