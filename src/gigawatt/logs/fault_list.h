#pragma once
/// Faults of nodes: when, which node, what, and when it was back.
///
/// Two forms are read:
///  - a table (separated by ',', ';', '|' or tabs) with the columns `node,start,end,cause`, or their usual other names,
///    or those of LANL's release (others are ignored). `start` and `end` are dates, or numbers of seconds on the log's
///    own clock (of another unit where the name says one: `start_h`); instead of `end` a length whose name says its unit
///    (`downtime_min`); an empty `end` is a repair that was not over; `cause` may be missing. Dates with slashes or dots
///    are read with the month or the day first as the file shows, and refused where it does not. A host list
///    (`n[1-4]`) is a fault of each of its nodes. Nodes of one name in two clusters are two;
///  - the JSON of the InfiniteHBD trace: a list of {node_id, event_time, event_type, fault_type{Level, Class, Desc}}
///    with event_type fault_start or fault_end and event_time in days. An end belongs to the oldest open start of the
///    same node and type; the class is the cause.
/// Lines that cannot be read or cannot be true are left out and counted, as in job logs.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"

namespace gigawatt::logs {

struct Fault {
  double start_s = 0;
  double end_s = std::numeric_limits<double>::quiet_NaN();  ///< NaN: not over, or not known
  std::uint32_t node = 0;                                   ///< index into FaultList::nodes
  std::uint32_t cause = 0;                                  ///< index into FaultList::causes
};

struct FaultList {
  std::string format;         ///< "csv" or "infinitehbd"
  std::vector<Fault> faults;  ///< by start, then by line
  std::vector<std::string> nodes;
  std::vector<std::string> causes;
  double from_s = 0;  ///< first and last instant that the log names
  double to_s = 0;
  bool knows_ends = false;  ///< some fault has an end: then an empty one is a repair that was not over
  std::uint64_t records = 0;
  std::vector<std::string> problems;  ///< the first few, each with its line
  std::uint64_t problem_count = 0;
  std::vector<std::pair<std::string, std::uint64_t>>
      reasons;                     ///< what the problems are, and how many of each
  std::vector<std::string> notes;  ///< what was assumed about the whole file
};

tl::expected<FaultList, base::Diagnostics> read_faults(const std::filesystem::path& file);
tl::expected<FaultList, base::Diagnostics> parse_faults(std::string_view text, const std::string& name);

}  // namespace gigawatt::logs
