#pragma once
/// A whole sweep in a folder: what is missing is computed on all cores, then the shards become one file.
///
///     DIR/manifest.json          the question: its hash, the program, keys, runs, shards
///     DIR/shards/NNNNNN.parquet  shard.h
///     DIR/results.parquet        all shards, in order
///
/// The folder belongs to one question. Another sweep, other data or another version of the program is refused.

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/sweep/plan.h"

namespace gigawatt::sweep {

struct Report {
  std::size_t runs = 0, failed = 0;
  std::size_t shards = 0, kept = 0;  ///< kept: of an earlier call
  std::string first_failure;         ///< reason of the first run that failed; empty: none did
  bool interrupted = false;          ///< by the stop token: the shards so far are kept, nothing is merged
  double wall_s = 0;
  std::vector<std::filesystem::path> outputs;
};

struct Local {
  std::filesystem::path folder;
  std::stop_token stop{};
  std::function<void(double done)> progress{};  ///< never called by two threads at once; may be empty
};

/// Makes the folder that of the plan, and lists the shards that are not complete there. Any number of processes may do so at
/// once; a shard that was altered, or a folder of another sweep, is refused.
tl::expected<std::vector<std::size_t>, base::Diagnostics> claim_shards(const std::filesystem::path& folder,
                                                                       const Plan& plan);

/// Computes those of `shards` that are missing and merges nothing.
tl::expected<Report, base::Diagnostics> run_shards(const engine::Knowledge& knowledge, const Plan& plan,
                                                   const Local& local,
                                                   const std::vector<std::size_t>& shards);

tl::expected<Report, base::Diagnostics> run_local(const engine::Knowledge& knowledge, const Plan& plan,
                                                  const Local& local);

/// Joins the shards; one that is missing or altered, or a run that is not there, is named.
tl::expected<Report, base::Diagnostics> merge(const std::filesystem::path& folder, const Plan& plan);

/// Of the names and bytes of the files of the data folder.
std::string data_hash(const std::filesystem::path& data);

}  // namespace gigawatt::sweep
