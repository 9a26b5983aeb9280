#pragma once
/// What NCCL reckons with when it chooses how to run a collective, as data: data/nccl/2.30.toml.
///
/// Protocols in the order LL, LL128, Simple; node counts in the order 1, 2, 3 and more. Units are NCCL's own:
/// microseconds and GB/s of 1e9 byte/s. Source: NCCL 2.30.7, src/graph/tuning.cc, search.cc, topo.h.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::network {

/// Latencies of an algorithm by protocol: once, and for each hop by what the hop goes over.
struct NcclLatencies {
  std::string name;
  std::vector<double> base, nvlink, pci, network;
};

/// What a generation of GPUs can carry, by number of nodes, and which speeds its channels may have.
struct NcclGeneration {
  std::vector<std::string> names;  ///< of the catalogue
  std::int64_t capability = 0;     ///< CUDA's, times ten
  double link = 0;                 ///< one NVLink in one direction
  double data_sheet_link = 0;      ///< the same as its vendor counts it
  double pcie = 0;                 ///< sixteen lanes
  std::string host;                ///< of its vendor's servers
  std::int64_t gpus_per_switch = 1;
  std::vector<double> ll;          ///< all channels together, LL
  std::vector<double> ring_ll128;  ///< a channel
  std::vector<double> tree_ll128, tree, nvls_tree;
  double nvls_efficiency = 0;
  std::vector<std::int64_t> nvls_channels;  ///< in one node, in several
  std::vector<double> inside_speeds, across_speeds;
};

struct NcclHost {
  std::string name;
  std::vector<double> ll_across;  ///< of LL between nodes, by number of nodes
  double post = 0;                ///< us to hand a message to the card
  double bridge = 0;              ///< between sockets
  bool x86 = false;
};

/// Systems whose host is on the accelerator's package.
struct NcclPackage {
  std::vector<std::string> systems;
  std::string host;
  double link = 0;
};

struct NcclFactors {
  double ring_ll = 0, ring_ll128 = 0, tree = 0, tree_ll = 0, tree_ll128_inside = 0, tree_ll128_across = 0;
  double one_sided_tree = 0, pat = 0, collnet_card = 0, collnet_direct = 0, collnet_arity_us = 0;
  double pat_hop = 0, pat_rank_us = 0, ring_plateau = 0;
  std::vector<double> tree_by_size_ll, tree_by_size_ll128, tree_by_size_simple;
};

struct NcclConstants {
  std::string version, source;
  std::vector<NcclLatencies> algorithms;  ///< in NCCL's order, which decides between equal times
  std::vector<NcclGeneration> generations;
  std::vector<NcclHost> hosts;
  NcclPackage package;
  NcclFactors factor;

  const NcclGeneration* generation(std::string_view name) const;
  const NcclHost* host(std::string_view name) const;
};

void fields(config::FieldVisitor& v, NcclConstants& x);

/// Of the file data/nccl/2.30.toml; lists of the wrong length are errors.
tl::expected<NcclConstants, base::Diagnostics> load_nccl_constants(const std::filesystem::path& data);

}  // namespace gigawatt::network
