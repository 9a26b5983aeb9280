#include "gigawatt/engine/net_nccl.h"

#include <cmath>

#include <fmt/format.h>

#include "gigawatt/network/flow_program.h"

namespace gigawatt::engine {
namespace {

constexpr int kLeastSize = 10, kMostSize = 34;  // powers of two
constexpr std::int64_t kMostRanks = 10'000'000;
constexpr double kLargestBuffer = 1e18;

base::Diagnostics one(base::Diagnostic problem) { return {std::move(problem)}; }

}  // namespace

tl::expected<network::NcclGroup, base::Diagnostic> nccl_nodes(const catalog::Catalog& catalog,
                                                              const network::NcclConstants& constants,
                                                              const NcclQuery& q, std::int64_t ranks) {
  const auto found = catalog.find<catalog::System>(q.system);
  if (!found) return tl::unexpected(base::error("unknown-name", found.error().message()));
  const catalog::System& s = **found;
  const auto accelerator = catalog.find<catalog::Accelerator>(s.accelerator);
  if (!accelerator) return tl::unexpected(base::error("unknown-name", accelerator.error().message()));
  const auto whole = [](const catalog::Sourced& x) {
    return std::max<std::int64_t>(1, std::llround(x.value));
  };
  const std::int64_t per_host = whole(s.accelerators_per_node);
  network::NcclSystem n;
  n.name = s.name;
  n.generation = (*accelerator)->generation;
  n.gpus = q.gpus_per_node > 0 ? q.gpus_per_node : std::max(per_host, whole(s.scaleup_domain));
  n.trays = std::max<std::int64_t>(1, n.gpus / per_host);
  n.nvlink = s.scaleup_bandwidth.value;
  const std::int64_t cards = whole(s.nics_per_node);
  n.card = s.nic_bandwidth.value * static_cast<double>(per_host) / static_cast<double>(cards);
  n.cards = q.nics_per_node > 0 ? q.nics_per_node : std::max<std::int64_t>(1, cards * n.gpus / per_host);
  n.host = q.host;
  n.collnet = q.collnet;
  if (n.gpus > std::max(per_host, whole(s.scaleup_domain)))
    return tl::unexpected(base::error("no-nccl", fmt::format("--gpus-per-node: {} has {}", s.name,
                                                             std::max(per_host, whole(s.scaleup_domain)))));
  if (s.scaleup_direct_links.value > 0 || s.scaleup_bandwidth.value <= 0)
    return tl::unexpected(base::error(
        "no-nccl", fmt::format("{} has no NVSwitch, and NCCL's channels on it are not known", s.name)));
  return network::nccl_group(constants, n, ranks > 0 ? ranks : n.gpus);
}

tl::expected<NcclAnswer, base::Diagnostics> ask_nccl(const catalog::Catalog& catalog,
                                                     const std::filesystem::path& data, const NcclQuery& q,
                                                     network::Collective collective, std::int64_t ranks,
                                                     std::optional<double> bytes) {
  if (ranks < 0 || ranks > kMostRanks)
    return tl::unexpected(one(base::error("bad-ranks", fmt::format("--ranks: {}", ranks),
                                          fmt::format("from 2 to {}", kMostRanks))));
  if (bytes && !(*bytes >= 0 && *bytes <= kLargestBuffer))
    return tl::unexpected(one(base::error("bad-bytes", fmt::format("--bytes: {}", *bytes))));
  const auto constants = network::load_nccl_constants(data);
  if (!constants) return tl::unexpected(constants.error());
  const auto g = nccl_nodes(catalog, *constants, q, ranks);
  if (!g) return tl::unexpected(one(g.error()));
  const network::NcclTuner tuner(*constants, *g);
  NcclAnswer a;
  a.version = constants->version;
  a.system = q.system;
  a.host = g->host->name;
  a.collective = network::kCollectiveNames[static_cast<std::size_t>(collective)];
  for (const auto& algorithm : constants->algorithms) a.algorithms.push_back(algorithm.name);
  a.nodes = g->nodes;
  a.gpus_per_node = g->node.gpus;
  a.nics_per_node = g->node.cards;
  a.channels = tuner.channels();
  a.rings = tuner.rings();
  a.trees = tuner.trees();
  a.multicast = tuner.multicast();
  std::vector<std::uint64_t> sizes;
  if (bytes)
    sizes.push_back(static_cast<std::uint64_t>(*bytes));
  else
    for (int power = kLeastSize; power <= kMostSize; ++power) sizes.push_back(std::uint64_t{1} << power);
  for (const std::uint64_t size : sizes) {
    const auto choice = tuner.choose(collective, size);
    if (!choice) return tl::unexpected(one(base::error("no-nccl", choice.error())));
    const double seconds = 1e-6 * choice->chosen.time_us;
    a.sizes.push_back(
        {size, *choice, static_cast<double>(size) / seconds * network::bus_factor(collective, g->ranks())});
  }
  return a;
}

}  // namespace gigawatt::engine
