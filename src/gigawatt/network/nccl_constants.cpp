#include "gigawatt/network/nccl_constants.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/config/fields.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::network {
namespace {

constexpr std::size_t kProtocols = 3, kNodeCounts = 3, kTreeSizes = 24, kNcclAlgorithms = 7;

class Lengths {
 public:
  Lengths(std::string file, base::Diagnostics& problems) : file_(std::move(file)), problems_(problems) {}
  template <typename T>
  void of(std::string_view what, const std::vector<T>& list, std::size_t length) {
    if (list.size() != length)
      problems_.push_back(base::error(
          "bad-length", fmt::format("{}: {} has {} entries, not {}", file_, what, list.size(), length)));
  }

 private:
  std::string file_;
  base::Diagnostics& problems_;
};

void check_lengths(const NcclConstants& c, Lengths lengths) {
  lengths.of("algorithm", c.algorithms, kNcclAlgorithms);
  for (const auto& a : c.algorithms)
    for (const auto* list : {&a.base, &a.nvlink, &a.pci, &a.network}) lengths.of(a.name, *list, kProtocols);
  for (const auto& g : c.generations) {
    const std::string name = g.names.empty() ? "generation" : g.names.front();
    for (const auto* list : {&g.ll, &g.ring_ll128, &g.tree_ll128, &g.tree, &g.nvls_tree})
      lengths.of(name, *list, kNodeCounts);
    lengths.of(name + ".nvls_channels", g.nvls_channels, 2);
  }
  for (const auto& h : c.hosts) lengths.of(h.name, h.ll_across, kNodeCounts);
  for (const auto* list :
       {&c.factor.tree_by_size_ll, &c.factor.tree_by_size_ll128, &c.factor.tree_by_size_simple})
    lengths.of("factor.tree_by_size", *list, kTreeSizes);
}

}  // namespace

void fields(config::FieldVisitor& v, NcclLatencies& x) {
  v(x.name, {.key = "name", .doc = "NCCL's algorithm.", .required = true});
  v(x.base, {.key = "base", .doc = "Once, by protocol, us.", .required = true});
  v(x.nvlink, {.key = "nvlink", .doc = "A hop over NVLink, us.", .required = true});
  v(x.pci, {.key = "pci", .doc = "A hop over PCIe, us.", .required = true});
  v(x.network, {.key = "network", .doc = "A hop between nodes, us.", .required = true});
}

void fields(config::FieldVisitor& v, NcclGeneration& x) {
  v(x.names, {.key = "names", .doc = "Generations of the catalogue.", .required = true});
  v(x.capability, {.key = "capability", .doc = "CUDA's compute capability times ten.", .required = true});
  v(x.link, {.key = "link", .doc = "One NVLink, GB/s.", .required = true, .positive = true});
  v(x.data_sheet_link,
    {.key = "data_sheet_link", .doc = "The same by its data sheet.", .required = true, .positive = true});
  v(x.pcie, {.key = "pcie", .doc = "Sixteen lanes, GB/s.", .required = true, .positive = true});
  v(x.host, {.key = "host", .doc = "Of its vendor's servers.", .required = true});
  v(x.gpus_per_switch,
    {.key = "gpus_per_switch", .doc = "GPUs below a PCIe switch with their cards.", .min = 1});
  v(x.ll, {.key = "ll", .doc = "LL, all channels, by nodes.", .required = true});
  v(x.ring_ll128, {.key = "ring_ll128", .doc = "A channel of a ring, LL128.", .required = true});
  v(x.tree_ll128, {.key = "tree_ll128", .doc = "A channel of a tree, LL128.", .required = true});
  v(x.tree, {.key = "tree", .doc = "A channel of a tree.", .required = true});
  v(x.nvls_tree, {.key = "nvls_tree", .doc = "A channel of NVLS below a tree.", .required = true});
  v(x.nvls_efficiency, {.key = "nvls_efficiency", .doc = "Of NVLS.", .min = 0, .max = 1});
  v(x.nvls_channels, {.key = "nvls_channels", .doc = "Of NVLS in one node, in several.", .required = true});
  v(x.inside_speeds, {.key = "inside_speeds", .doc = "Of a channel in one node.", .required = true});
  v(x.across_speeds, {.key = "across_speeds", .doc = "Of a channel through several.", .required = true});
}

void fields(config::FieldVisitor& v, NcclHost& x) {
  v(x.name, {.key = "name", .doc = "Of the processor.", .required = true});
  v(x.ll_across, {.key = "ll_across", .doc = "LL between nodes, by nodes.", .required = true});
  v(x.post, {.key = "post", .doc = "To hand a message to the card, us.", .min = 0});
  v(x.bridge, {.key = "bridge", .doc = "Between sockets, GB/s.", .min = 0});
  v(x.x86, {.key = "x86", .doc = "Instruction set."});
}

void fields(config::FieldVisitor& v, NcclPackage& x) {
  v(x.systems, {.key = "systems", .doc = "With the host on the package.", .required = true});
  v(x.host, {.key = "host", .doc = "Which one.", .required = true});
  v(x.link, {.key = "link", .doc = "From accelerator to host, GB/s.", .required = true, .positive = true});
}

void fields(config::FieldVisitor& v, NcclFactors& x) {
  const auto factor = [&](double& member, std::string_view key) {
    v(member, {.key = key, .doc = "Factor of the model.", .required = true, .positive = true});
  };
  factor(x.ring_ll, "ring_ll");
  factor(x.ring_ll128, "ring_ll128");
  factor(x.tree, "tree");
  factor(x.tree_ll, "tree_ll");
  factor(x.tree_ll128_inside, "tree_ll128_inside");
  factor(x.tree_ll128_across, "tree_ll128_across");
  factor(x.one_sided_tree, "one_sided_tree");
  factor(x.pat, "pat");
  factor(x.collnet_card, "collnet_card");
  factor(x.collnet_direct, "collnet_direct");
  factor(x.collnet_arity_us, "collnet_arity_us");
  factor(x.pat_hop, "pat_hop");
  factor(x.pat_rank_us, "pat_rank_us");
  factor(x.ring_plateau, "ring_plateau");
  v(x.tree_by_size_ll, {.key = "tree_by_size_ll", .doc = "From 64 B on, each twice the size."});
  v(x.tree_by_size_ll128, {.key = "tree_by_size_ll128", .doc = "The same for LL128."});
  v(x.tree_by_size_simple, {.key = "tree_by_size_simple", .doc = "The same for Simple."});
}

void fields(config::FieldVisitor& v, NcclConstants& x) {
  v(x.version, {.key = "version", .doc = "Of NCCL.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of sources.toml.", .required = true});
  v(x.algorithms, {.key = "algorithm", .doc = "Latencies.", .required = true});
  v(x.generations, {.key = "generation", .doc = "Of GPUs.", .required = true});
  v(x.hosts, {.key = "host", .doc = "Processors.", .required = true});
  v(x.package, {.key = "package", .doc = "Hosts on the package.", .required = true});
  v(x.factor, {.key = "factor", .doc = "Of the model.", .required = true});
}

const NcclGeneration* NcclConstants::generation(std::string_view name) const {
  for (const auto& g : generations)
    if (std::find(g.names.begin(), g.names.end(), name) != g.names.end()) return &g;
  return nullptr;
}

const NcclHost* NcclConstants::host(std::string_view name) const {
  const auto found =
      std::find_if(hosts.begin(), hosts.end(), [&](const NcclHost& h) { return h.name == name; });
  return found == hosts.end() ? nullptr : &*found;
}

tl::expected<NcclConstants, base::Diagnostics> load_nccl_constants(const std::filesystem::path& data) {
  const auto file = data / "nccl" / "2.30.toml";
  const auto node = config::read_toml(file);
  if (!node) return tl::unexpected(node.error());
  NcclConstants constants;
  base::Diagnostics problems;
  config::Reader(*node, problems).read(constants);
  if (!base::has_errors(problems)) check_lengths(constants, Lengths(file.string(), problems));
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return constants;
}

}  // namespace gigawatt::network
