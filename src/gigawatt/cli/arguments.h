#pragma once
/// What each command was given, parsed but not yet judged. Private to this module.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gigawatt/server/limits.h"

namespace gigawatt::cli {

struct Common {
  bool json = false;
  bool quiet = false;
  std::optional<std::uint64_t> seed;
  int threads = 0;          ///< 0: all
  std::string calibration;  ///< the user's own constants: a file or folder of "gigawatt calibrate --out"
};

struct ImportArguments {
  std::string format;
  std::string model = "", system = "SYSTEM";
  std::string out;  ///< megatron: file for a model of its own
  std::int64_t gpus = 0;
  std::vector<std::string> rest;  ///< a file, or another program's arguments
};

struct CalibrateArguments {
  std::string kernels, runs, out, residuals;
  bool from_scratch = false;       ///< start from default.toml, not from the shipped constants
  bool leave_sources_out = false;  ///< also predict each source of runs from the others
};

struct ServeArguments {
  unsigned port = 8080;
  std::string db, listen, token_file;
  std::int64_t max_runs = static_cast<std::int64_t>(server::StoreQuota{}.runs);
  double max_store_gb = server::StoreQuota{}.bytes / 1e9;
  std::int64_t run_seconds = server::RunLimits{}.time.count();
  double run_memory_gb = server::RunLimits{}.bytes / 1e9;
  std::vector<std::string> hosts;
};

struct CatalogArguments {
  std::string action = "list";
  std::string name;
};

}  // namespace gigawatt::cli
