#include "gigawatt/network/nccl_library.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "gigawatt/units/scale.h"

namespace gigawatt::network {
namespace {

constexpr double kLibraryUs = 1e-6;
constexpr double kLl128Line = 128.0 / 120.0;  // bytes of a line over those of data
constexpr double kLlLine = 2;
enum LibraryProtocol : std::size_t { kByLl = 0, kByLl128 = 1, kBySimple = 2 };

double rounds_of_collective(Collective c) { return c == Collective::kAllReduce ? 2 : 1; }

std::uint64_t whole_bytes(double bytes) {
  return static_cast<std::uint64_t>(std::max(1.0, std::round(bytes)));
}

}  // namespace

double LibraryCall::seconds(double hops_s, double wire_s) const {
  const double wire = std::max(wire_factor * wire_s, least_wire_s);
  const double hops = first_s + hops_s;
  const double all = start_s + (hides ? std::hypot(hops, wire) : hops + wire);
  return eager_s > 0 ? std::min(all, eager_s) : all;
}

NcclLibrary::NcclLibrary(const NcclConstants& constants, const NcclKernels& kernels,
                         const NcclKernelRates& rates, const NcclGroup& group)
    : constants_(constants), kernels_(kernels), rates_(rates), group_(group), tuner_(constants, group) {}

/// NCCL's name of a program, as its place in the constants; their number where NCCL has none.
std::size_t NcclLibrary::kind_of(Algorithm algorithm) const {
  const std::string_view name =
      algorithm == Algorithm::kRing                                          ? "ring"
      : algorithm == Algorithm::kDoubleTree || algorithm == Algorithm::kTree ? "tree"
      : algorithm == Algorithm::kInNetwork ? (group_.nodes > 1 ? "nvls-tree" : "nvls")
      : algorithm == Algorithm::kPat       ? "pat"
                                           : "";
  const auto& all = constants_.algorithms;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& a) { return a.name == name; });
  return static_cast<std::size_t>(found - all.begin());
}

/// How much slower kernels are than with very large buffers.
double NcclLibrary::slowed(double part_ramp, double bytes) const {
  const double part = bytes / static_cast<double>(group_.node.gpus);
  return part > 0 ? 1 + std::pow(part_ramp / part, kernels_.ramp_exponent) : 1;
}

void NcclLibrary::simple(LibraryCall& c, Collective collective, Algorithm algorithm, double bytes) const {
  const auto n = static_cast<double>(group_.ranks());
  const bool exchange = collective == Collective::kAllToAll;
  const std::size_t kind = kind_of(algorithm);
  const auto& hops =
      constants_.algorithms[kind < constants_.algorithms.size() ? kind : kind_of(Algorithm::kRing)];
  c.protocol = kNcclProtocolNames[kBySimple];
  c.across_hop_s = kLibraryUs * hops.network[kBySimple];
  c.inside_hop_s = kLibraryUs * (exchange ? 0 : rates_.simple_hop);
  c.first_s = kLibraryUs * (exchange ? rates_.exchange_start : rates_.simple_start);
  c.hides = true;
  const double own = exchange ? kernels_.own_share / (n - 1)
                              : kernels_.copy_share / (rounds_of_collective(collective) * (n - 1));
  c.domain_share =
      (exchange ? rates_.exchange_share : rates_.link_share) / slowed(rates_.ramp_bytes, bytes) / (1 + own);
  if (algorithm == Algorithm::kInNetwork) {
    c.hides = false;
    c.inside_hop_s = 0;
    c.first_s = kLibraryUs * rates_.nvls_start;
    c.reduction_share = rates_.nvls_share / slowed(rates_.nvls_ramp_bytes, bytes);
    c.card_copy = group_.nodes > 1 ? rates_.card_copy : 0;
  }
  if (exchange && group_.nodes == 1)
    c.eager_s = c.start_s + kLibraryUs * rates_.ll_hop * std::log2(n) +
                bytes / n / (kernels_.eager_bandwidth * units::kGiga);
}

LibraryCall NcclLibrary::call(Collective collective, Algorithm algorithm, double bytes) const {
  LibraryCall c;
  c.start_s = kLibraryUs * rates_.start;
  c.card_share = kernels_.card_share;
  const auto choice = tuner_.choose(collective, whole_bytes(bytes));
  const std::size_t kind = kind_of(algorithm);
  const NcclOption* best = nullptr;
  if (choice)
    for (const auto& o : choice->options)
      if (o.algorithm == kind && (best == nullptr || o.time_us < best->time_us)) best = &o;
  c.channels = choice && choice->chosen.algorithm == kind ? choice->channels : tuner_.channels();
  const std::size_t protocol = best == nullptr ? kBySimple : best->protocol;
  if (protocol == kBySimple || (protocol == kByLl128 && rates_.ll128_as_simple)) {
    simple(c, collective, algorithm, bytes);
    return c;
  }
  const auto n = static_cast<double>(group_.ranks());
  const auto& hops = constants_.algorithms[kind];
  const double own_s = bytes / (best->bandwidth * units::kGiga);  // as NCCL reckons
  c.protocol = kNcclProtocolNames[protocol];
  c.across_hop_s = kLibraryUs * hops.network[protocol];
  c.domain_share = rates_.link_share;
  if (protocol == kByLl) {
    const double moved = (rounds_of_collective(collective) * (n - 1) + kernels_.copy_share) / n * bytes;
    c.inside_hop_s = kLibraryUs * rates_.ll_hop;
    c.wire_factor = kLlLine;
    c.least_wire_s = moved / (static_cast<double>(std::max<std::int64_t>(1, c.channels)) * rates_.ll_channel *
                              units::kGiga);
    if (group_.nodes > 1) c.least_wire_s = std::max(c.least_wire_s, own_s);
  } else {
    c.inside_hop_s = kLibraryUs * hops.nvlink[protocol];
    c.wire_factor = kLl128Line;
    // Measured inside of a domain; across, cards are what NCCL reckons with.
    c.least_wire_s = (group_.nodes > 1 ? 1 : kernels_.ll128_slowdown) * own_s;
  }
  return c;
}

std::optional<Algorithm> NcclLibrary::choose(Collective collective, double bytes) const {
  if (collective == Collective::kAllToAll || collective == Collective::kSendRecv) return Algorithm::kDirect;
  const auto choice = tuner_.choose(collective, whole_bytes(bytes));
  if (!choice) return std::nullopt;
  const std::string& name = constants_.algorithms[choice->chosen.algorithm].name;
  if (name == "ring") return Algorithm::kRing;
  if (name == "tree") return Algorithm::kDoubleTree;
  if (name == "pat") return Algorithm::kPat;
  return Algorithm::kInNetwork;
}

}  // namespace gigawatt::network
