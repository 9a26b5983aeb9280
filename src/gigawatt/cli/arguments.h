#pragma once
/// What each command was given, parsed but not yet judged. Private to this module.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gigawatt/engine/step_query.h"

namespace gigawatt::cli {

struct Common {
  bool json = false;
  bool quiet = false;
  std::optional<std::uint64_t> seed;
  int threads = 0;          ///< 0: all
  std::string calibration;  ///< the user's own constants: a file or folder of "gigawatt calibrate --out"
};

struct RunArguments {
  std::string scenario;
  std::string out;
  std::string report;
  std::string until;
  int runs = 1;
  std::vector<std::string> set;
  bool strict = false;
  std::string parquet, timeline, snapshot, snapshot_out, from;
};

struct StepArguments : engine::StepQuery {
  std::string trace;
  std::vector<std::int32_t> trace_ranks;  ///< empty: all
  std::string emit;                       ///< a framework's name, or empty
};

struct SearchArguments {
  std::string model, system, software;
  std::string gpus;  ///< "1024" or "1024..16384"
  std::int64_t seq = 0, global_batch = 0;
  std::string objective = "time";
  std::size_t top = 5;
  double max_memory_gb = 0, headroom = 0;  ///< headroom in percent
  std::vector<std::string> precision;
  std::vector<std::int32_t> tp, cp, pp, dp, vpp, ep, etp, micro_batch, zero, shard_group;
  std::vector<std::string> recompute, schedule;
  std::string offload = "any";
  std::string cuda_graphs = "off";
  std::int32_t max_pipeline = 64;
  bool experts_in_scaleup = false, even_splits = false, partial_recompute = false,
       no_sequence_parallel = false, exhaustive = false, weak = false, explain = false;
  std::string compare;  ///< a plan in words
  std::string emit;
};

struct ImportArguments {
  std::string format;
  std::string model = "", system = "SYSTEM";
  std::int64_t gpus = 0;
  std::vector<std::string> rest;  ///< a file, or another program's arguments
};

struct ValidateArguments {
  std::string runs, kernels, serving, out;
};

struct CalibrateArguments {
  std::string kernels, runs, out, residuals;
  bool from_scratch = false;       ///< start from default.toml, not from the shipped constants
  bool leave_sources_out = false;  ///< also predict each source of runs from the others
};

struct ServeArguments {
  unsigned port = 8080;
  std::string db, listen, token_file;
  std::vector<std::string> hosts;
};

struct CatalogArguments {
  std::string action = "list";
  std::string name;
};

}  // namespace gigawatt::cli
