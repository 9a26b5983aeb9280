#include "gigawatt/analysis/library_errors.h"

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "gigawatt/network/collective_run.h"
#include "gigawatt/topology/system_fabric.h"
#include "gigawatt/topology/tree_fabric.h"

namespace gigawatt::analysis {
namespace {

constexpr std::int64_t kLibraryPorts = 64;  // of switches around the few nodes of a row

using Library = std::shared_ptr<const network::NcclLibrary>;

class LibraryRows {
 public:
  LibraryRows(const network::NcclConstants& constants, const network::NcclKernels& kernels)
      : constants_(constants), kernels_(kernels) {}

  /// Seconds; none where nothing is known of the library there.
  std::optional<double> predict(const KernelRow& r) {
    const Library library = of(r);
    if (library == nullptr) return std::nullopt;
    network::ProgramRequest p;
    p.collective = r.collective;
    p.ranks = r.ranks;
    p.bytes = r.bytes;
    p.domain = r.ranks_per_domain;
    p.reduction =
        library->reduces() && !r.no_in_network ? network::Reduction::kDomain : network::Reduction::kNone;
    network::FlowOptions options;
    options.routing = network::Routing::kSpray;
    options.busiest = 0;
    const auto ran = network::run_collective(*fabric(r), p, options, 0, library.get());
    if (!ran) return std::nullopt;
    return ran->total.outcome.makespan_s;
  }

 private:
  Library of(const KernelRow& r) {
    if (r.chip->scaleup_bandwidth.value <= 0) return nullptr;
    const auto key = std::tuple(r.chip->name, r.ranks, r.ranks_per_domain, r.scaleout_bandwidth);
    const auto known = libraries_.find(key);
    return known != libraries_.end() ? known->second : libraries_[key] = make(r);
  }
  Library make(const KernelRow& r) const {
    const auto* rates = kernels_.generation(r.chip->generation);
    if (rates == nullptr) return nullptr;
    network::NcclSystem s;
    s.name = r.chip->name;
    s.generation = r.chip->generation;
    s.gpus = s.cards = r.ranks_per_domain;
    s.nvlink = r.chip->scaleup_bandwidth.value;
    s.card = r.scaleout_bandwidth > 0 ? r.scaleout_bandwidth : s.nvlink;  // one node asks no card
    const auto group = network::nccl_group(constants_, s, r.ranks);
    if (!group) return nullptr;
    return std::make_shared<const network::NcclLibrary>(constants_, kernels_, *rates, *group);
  }
  static std::shared_ptr<const topology::Fabric> fabric(const KernelRow& r) {
    if (r.ranks == r.ranks_per_domain) {
      topology::Tier domain;
      domain.children = r.ranks;
      domain.capacity = r.chip->scaleup_bandwidth.value;
      return std::make_shared<topology::TreeFabric>(std::vector<topology::Tier>{domain});
    }
    topology::Cluster c;
    c.accelerators = r.ranks;
    c.domain_size = r.ranks_per_domain;
    c.scaleup_bandwidth = r.chip->scaleup_bandwidth.value;
    c.scaleout_bandwidth = r.scaleout_bandwidth;
    return topology::system_fabric(c, kLibraryPorts);
  }

  const network::NcclConstants& constants_;
  const network::NcclKernels& kernels_;
  std::map<std::tuple<std::string, std::int64_t, std::int64_t, double>, Library> libraries_;
};

std::string size_class(double bytes) {
  return bytes < 65536      ? "below 64 KiB"
         : bytes < 1048576  ? "64 KiB to 1 MiB"
         : bytes < 33554432 ? "1 to 32 MiB"
                            : "32 MiB and more";
}

}  // namespace

tl::expected<std::vector<KernelGroupError>, base::Diagnostics> library_errors(
    const KernelRows& rows, const std::filesystem::path& data) {
  const auto constants = network::load_nccl_constants(data);
  if (!constants) return tl::unexpected(constants.error());
  const auto kernels = network::load_nccl_kernels(data);
  if (!kernels) return tl::unexpected(kernels.error());
  LibraryRows library(*constants, *kernels);
  std::map<std::pair<std::string, std::string>, std::vector<double>> groups;
  for (const auto& r : rows.rows) {
    // DeepEP's exchanges are not a library's collectives.
    if (r.kind != KernelRow::Kind::kCollective || r.what.find("nccl_") != 0) continue;
    const auto predicted = library.predict(r);
    if (!predicted) continue;
    const double residual = std::log(*predicted / r.seconds);
    for (const auto& [by, value] : {std::pair<std::string, std::string>{"net", "all"},
                                    {"net, ranks", fmt::format("{} x{}", r.chip->name, r.ranks)},
                                    {"net, source", r.source},
                                    {"net, collective", r.what},
                                    {"net, size", size_class(r.bytes)}})
      groups[{by, value}].push_back(residual);
  }
  std::vector<KernelGroupError> out;
  for (const auto& [key, residuals] : groups) out.push_back({key.first, key.second, summarize(residuals)});
  return out;
}

}  // namespace gigawatt::analysis
