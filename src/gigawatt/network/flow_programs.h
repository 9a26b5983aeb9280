#pragma once
/// Several programs of flows on one fabric at the same time: the data-parallel rings of many pipeline stages, an exchange
/// of experts, checkpoints on their way to storage, an inference pool beside a training.
///
/// Each program begins at its own instant and runs its phases (flow_program.h) one after the other: a phase starts when the
/// last flow of the one before has ended. A phase that repeats r times is run once with r times its bytes, and waits r
/// times its latency: hops that are full for all of the phase take the same time either way. Rates are shared by all
/// flows that move, whoever's they are.
///
/// Beside each program stands the time that it takes alone on the same ways. Units: bytes, seconds.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gigawatt/network/collective_run.h"

namespace gigawatt::network {

struct RunningProgram {
  std::string name;
  FlowProgram phases;  ///< between endpoints of the fabric
  double start_s = 0;
  double hop_s = 0;  ///< software time of a step
};

struct ProgramsResult {
  struct Program {
    std::string name;
    double start_s = 0;
    double finish_s = 0;
    double alone_s = 0;  ///< its time were it alone
    std::uint64_t flows = 0;
    double bytes = 0;
  };
  std::vector<Program> programs;
  FlowResult total;  ///< `finish_s` is empty; fairness is of no meaning and 1
};

/// Fails where two endpoints are not connected and where a program can never finish.
tl::expected<ProgramsResult, base::Diagnostics> run_programs(const topology::Fabric& fabric,
                                                             std::span<const RunningProgram> programs,
                                                             const FlowOptions& options);

/// CSV with a header that names `collective`, `bytes` and perhaps `name`, `algorithm`, `ranks` (all endpoints from `first`
/// on), `first` (0), `stride` (1), `domain` (0: `usual`'s), `start_s` (0), `times` (1), and for `write` and `read` the storage's
/// endpoints, `to` and `to_ranks`. `collective`: those of `kCollectiveNames`, or
///
///   write   each rank sends `bytes` to one of the storage's endpoints in turn (a checkpoint)
///   read    the other way around (data, or a checkpoint that is loaded)
///
/// `auto` is what ends first where the ranks are the first endpoints and alone (collective_run.h). Rank i is endpoint
/// first + i stride. `usual`: the fabric's domains, in which ranks are neighbors where the first begins one, and what its
/// switches reduce. Every bad line is named; one bad line means that nothing runs.
tl::expected<std::vector<RunningProgram>, base::Diagnostics> parse_programs(std::string_view text,
                                                                            const std::string& name,
                                                                            const topology::Fabric& fabric,
                                                                            double hop_s,
                                                                            const ProgramRequest& usual = {});

}  // namespace gigawatt::network
