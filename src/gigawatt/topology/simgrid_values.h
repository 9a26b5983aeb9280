#pragma once
/// The words and numbers of SimGrid's platform files.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

enum class SharingPolicy { kShared, kSplitDuplex, kFatPipe };

/// byte/s: "125MBps", "1Gbps", "10GiBps", or a plain number.
std::optional<double> simgrid_bandwidth(std::string_view text);
/// Seconds: "50us", "1.5ms", or a plain number.
std::optional<double> simgrid_time(std::string_view text);
std::optional<SharingPolicy> simgrid_policy(std::string_view text);
/// "0-3,8" -> 0 1 2 3 8.
tl::expected<std::vector<std::int64_t>, std::string> simgrid_radical(std::string_view text);

/// FAT_TREE "levels;children;parents;cables", TORUS "x,y,z", DRAGONFLY "groups,cables;chassis,cables;blades,cables;nodes".
tl::expected<std::shared_ptr<const Fabric>, base::Diagnostic> simgrid_cluster(
    std::string_view topology, std::string_view parameters, std::int64_t hosts, double capacity,
    double latency_s, SharingPolicy policy);

}  // namespace gigawatt::topology
