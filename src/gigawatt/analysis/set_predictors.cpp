#include "gigawatt/analysis/set_predictors.h"

#include <charconv>

#include <fmt/format.h>

namespace gigawatt::analysis {
namespace {

/// Positions of the model's parameters among a set's constants.
std::vector<std::size_t> positions(const catalog::FittedSet& set, std::span<const std::string> names) {
  std::vector<std::size_t> out;
  for (const auto& name : names)
    for (std::size_t i = 0; i < set.parameters.size(); ++i)
      if (set.parameters[i].name == name) out.push_back(i);
  return out;
}

std::size_t position(const catalog::FittedSet& set, std::string_view name) {
  std::size_t i = 0;
  while (i < set.parameters.size() && set.parameters[i].name != name) ++i;
  return i;
}

}  // namespace

bool is_product(const KernelRow& r) {
  return r.kind == KernelRow::Kind::kGemm || r.kind == KernelRow::Kind::kGroupedGemm;
}

/// What a row is about, as reports group it: "gemm bf16", "attention", "all_reduce".
std::string subject(const KernelRow& r) {
  if (is_product(r))
    return fmt::format("gemm {}",
                       kGemmClassNames[static_cast<std::size_t>(kernels::gemm_class(r.precision))]);
  if (r.kind == KernelRow::Kind::kAttention)
    return r.direction == kernels::Direction::kForward ? "attention forward" : "attention backward";
  if (r.kind == KernelRow::Kind::kMemory) return "memory_bound";
  return r.what.starts_with("moe_") ? "all_to_all scale-out"
                                    : r.what.substr(5) + (r.ranks_per_domain < r.ranks ? " scale-out" : "");
}

PredictRow kernel_predictor(const catalog::FittedSet& set) {
  return [at = positions(set, kernels::kernel_parameter_names()), passes = position(set, kPasses)](
             const KernelRow& r, const std::vector<double>& x) {
    kernels::KernelParameters p;
    for (std::size_t k = 0; k < at.size(); ++k) kernels::kernel_parameter(p, k) = x[at[k]];
    return predict_kernel(r, p, passes < x.size() ? x[passes] : 0);
  };
}

FabricTraits fabric_traits(const catalog::FittedSet& defaults) {
  FabricTraits out;
  constexpr std::string_view kReducing = "in_network:", kLinks = "direct_links:";
  for (const std::string& tag : defaults.tags) {
    if (tag.starts_with(kReducing)) out.reducing.insert(tag.substr(kReducing.size()));
    const std::size_t colon = tag.rfind(':');
    if (!tag.starts_with(kLinks) || colon <= kLinks.size()) continue;
    double links = 0;
    std::from_chars(tag.data() + colon + 1, tag.data() + tag.size(), links);
    out.direct_links[tag.substr(kLinks.size(), colon - kLinks.size())] = links;
  }
  return out;
}

PredictRow network_predictor(const catalog::FittedSet& set, const FabricTraits& traits) {
  return [at = positions(set, network::network_parameter_names()), &traits](const KernelRow& r,
                                                                            const std::vector<double>& x) {
    network::NetworkParameters p;
    for (std::size_t k = 0; k < at.size(); ++k) network::network_parameter(p, k) = x[at[k]];
    if (!traits.reducing.contains(r.chip->generation)) p.in_network_efficiency = 0;
    p.direct_links = traits.links(r.chip->generation);
    return predict_collective(r, p);
  };
}

tl::expected<catalog::FittedSet, base::Diagnostics> shipped_set(const catalog::FittedLibrary& library,
                                                                std::string_view kind, const KernelRow& row) {
  const std::array<std::string, 3> names = {row.chip->name, row.chip->generation, "pooled"};
  return library.find(kind, names);
}

}  // namespace gigawatt::analysis
