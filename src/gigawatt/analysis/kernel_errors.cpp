#include "gigawatt/analysis/kernel_errors.h"

#include <cmath>
#include <map>

#include "gigawatt/analysis/set_predictors.h"

namespace gigawatt::analysis {

tl::expected<std::vector<KernelGroupError>, base::Diagnostics> kernel_errors(
    const KernelRows& rows, const std::filesystem::path& calibration) {
  std::map<std::pair<std::string, std::string>, std::vector<double>> groups;
  const auto defaults = catalog::read_fitted(calibration / "network" / "default.toml");
  if (!defaults) return tl::unexpected(defaults.error());
  const FabricTraits traits = fabric_traits(*defaults);
  const catalog::FittedLibrary library(calibration);
  struct Shipped {
    PredictRow predict;
    std::vector<double> values;
  };
  std::map<std::string, Shipped> sets;
  for (const auto& r : rows.rows) {
    const std::string kind = r.is_network() ? "network" : "kernels";
    const std::string key = kind + " " + r.chip->name;
    auto known = sets.find(key);
    if (known == sets.end()) {
      const auto set = shipped_set(library, kind, r);
      if (!set) return tl::unexpected(set.error());
      known =
          sets.emplace(key,
                       Shipped{r.is_network() ? network_predictor(*set, traits) : kernel_predictor(*set), {}})
              .first;
      for (const auto& p : set->parameters) known->second.values.push_back(p.value);
    }
    const double residual = std::log(known->second.predict(r, known->second.values) / r.seconds);
    groups[{"chip", r.chip->name + " " + subject(r)}].push_back(residual);
    groups[{"subject", subject(r)}].push_back(residual);
    if (r.is_network() && r.bytes > 0) {
      const char* size = r.bytes < 65536      ? "below 64 KiB"
                         : r.bytes < 1048576  ? "64 KiB to 1 MiB"
                         : r.bytes < 33554432 ? "1 to 32 MiB"
                                              : "32 MiB and more";
      groups[{"collective and size", subject(r) + ", " + size}].push_back(residual);
    }
  }
  std::vector<KernelGroupError> out;
  for (const auto& [key, residuals] : groups) out.push_back({key.first, key.second, summarize(residuals)});
  return out;
}

}  // namespace gigawatt::analysis
