#pragma once
/// What a set of fitted constants predicts for a measured kernel or collective. Private to this module.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gigawatt/analysis/kernel_rows.h"
#include "gigawatt/catalog/fitted_library.h"

namespace gigawatt::analysis {

/// A constant that measured rows need and the step model does not: see `predict_kernel`.
inline constexpr std::string_view kPasses = "rows.inference_passes";
inline constexpr std::array<std::string_view, kernels::kGemmClassCount> kGemmClassNames = {"bf16", "fp8",
                                                                                           "mxfp8", "nvfp4"};

bool is_product(const KernelRow& row);

/// What a row is about, as reports group it: "gemm bf16", "attention forward", "all_reduce scale-out".
std::string subject(const KernelRow& row);

/// Predicted time of a row under the values of all constants of a set, by position.
using PredictRow = std::function<double(const KernelRow&, const std::vector<double>&)>;

PredictRow kernel_predictor(const catalog::FittedSet& set);

/// What the tags of network/default.toml say of generations.
struct FabricTraits {
  std::set<std::string> reducing;              ///< "in_network:<generation>": scale-up switches reduce
  std::map<std::string, double> direct_links;  ///< "direct_links:<generation>:<n>": a mesh without switches

  double links(const std::string& generation) const {
    const auto at = direct_links.find(generation);
    return at == direct_links.end() ? 0 : at->second;
  }
};

FabricTraits fabric_traits(const catalog::FittedSet& defaults);

/// `traits` must outlive the answer.
PredictRow network_predictor(const catalog::FittedSet& set, const FabricTraits& traits);

/// The shipped constants that speak for a row: of its chip, its generation, or all. `kind`: "kernels" or "network".
tl::expected<catalog::FittedSet, base::Diagnostics> shipped_set(const catalog::FittedLibrary& library,
                                                                std::string_view kind, const KernelRow& row);

}  // namespace gigawatt::analysis
