#pragma once
/// The question of `gigawatt net`: flows or a collective on a fabric, simulated flow by flow.
///
/// The fabric is a line of text (topology/fabric_text.h), a network of the catalogue or a file in its format, or a SimGrid
/// platform; or NCCL is asked what it would choose, without a fabric. Exactly one of a collective, several programs at once, a list of flows and a random permutation runs on it.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/engine/net_nccl.h"
#include "gigawatt/network/flow_failures.h"
#include "gigawatt/network/flow_programs.h"

namespace gigawatt::engine {

struct NetQuery {
  NcclQuery nccl;
  std::string system;    ///< whose accelerators are the endpoints; without a fabric, its own fabric
  std::string library;   ///< auto, nccl or none
  std::string topology;  ///< a line of text, a name, or what messages call the file
  std::string topology_text;
  std::string platform;  ///< what messages call the SimGrid file
  std::string platform_text;
  std::string flows;
  std::string flows_text;
  std::string programs;
  std::string programs_text;
  std::string faults;
  std::string faults_text;
  std::string collective;  ///< empty: none
  std::string algorithm = "auto";
  std::int64_t ranks = 0;
  std::int64_t domain = 0;  ///< 0: of the fabric
  double imbalance = 1;
  std::int64_t permutation = 0;
  std::string bytes;
  std::string link_bandwidth;  ///< empty: of the fabric, else 400 Gbit/s
  std::string link_latency;
  std::string model;          ///< empty: maxmin, or what the platform asks for
  std::string routing;        ///< empty: single for SimGrid's models and platforms, else spray
  double efficiency = 0;      ///< of maxmin; 0: the catalogue's
  std::string cross_traffic;  ///< "yes", "no"; empty: the model's
  double convergence_s = 0;
  double step_s = 0;  ///< software time of a step of a collective
  bool folding = true;
  std::int64_t busiest = 10;
  std::uint64_t seed = 1;
};

struct NetAnswer {
  std::optional<NcclAnswer> nccl;  ///< given: nothing else is
  std::shared_ptr<const topology::Fabric> fabric;
  std::string model, routing;
  network::FlowResult flows;
  std::vector<network::FlowRequest> requests;  ///< of a list or a permutation
  std::vector<network::ProgramResult::PhaseTime> phases;
  std::vector<network::ProgramsResult::Program> programs;
  std::string algorithm;
  std::string library, protocol;  ///< of a collective that a library runs
  std::int64_t channels = 0;
  std::vector<network::ProgramResult::Tried> tried;  ///< of a collective whose algorithm was left to us
  double collective_bytes = 0, bus_factor = 1;
  double bus_bandwidth = 0;
  std::uint64_t rerouted = 0, waited = 0;
  std::vector<std::string> notes;
};

tl::expected<NetAnswer, base::Diagnostics> answer_net(const catalog::Catalog& catalog,
                                                      const std::filesystem::path& data,
                                                      const NetQuery& query);

}  // namespace gigawatt::engine
