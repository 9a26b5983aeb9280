#pragma once
/// A piece of a sweep: some runs in the order of their numbers, as one Parquet file.
///
/// Columns: run, seed, one for each varied key, status ("done" or "failed"), reason, subject_kind ("run", "fleet", "site",
/// "job"), subject, metric, unit, value (null: this subject has none). A run has one row a metric of each subject; a failed
/// run has a single row, whose reason says what the scenario or the simulation refused.
///
/// DIR/shards/000000.parquet is renamed into place when it is whole, and then its hash, with that of the question, is
/// written beside it: a shard with a hash is complete, one without is computed again, one with another hash is refused.

#include <filesystem>
#include <stop_token>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/results/parquet.h"
#include "gigawatt/sweep/plan.h"

namespace gigawatt::sweep {

/// Runs `index * shard_runs` and so on. With a stop in between the table is cut short and worth nothing.
results::ParquetTable compute_shard(const engine::Knowledge& knowledge, const Plan& plan, std::size_t index,
                                    std::stop_token stop);

std::filesystem::path shard_file(const std::filesystem::path& folder, std::size_t index);

/// Whether the shard is there and whole; a diagnostic names one that was altered or belongs to another sweep.
tl::expected<bool, base::Diagnostic> is_complete(const std::filesystem::path& folder, const Plan& plan,
                                                 std::size_t index);

/// Writes the file and its hash. Throws results::StoreError when the disk refuses.
void keep_shard(const results::ParquetTable& table, const std::filesystem::path& folder, const Plan& plan,
                std::size_t index);

/// The whole file; throws results::StoreError.
std::string read_bytes(const std::filesystem::path& path);
/// Writes beside and renames; throws results::StoreError.
void write_whole(const std::filesystem::path& path, std::string_view text);

}  // namespace gigawatt::sweep
