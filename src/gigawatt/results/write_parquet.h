#pragma once
/// Columns in memory -> a Parquet file, and many Parquet files -> one. Equal input gives equal bytes.

#include <filesystem>
#include <span>

#include "gigawatt/results/parquet.h"

namespace gigawatt::results {

/// Writes beside `path` and renames, so that a file of that name is whole or absent. Numbers are DOUBLE with NaN as
/// null, but BIGINT in the columns named in `whole`; texts are VARCHAR. Throws StoreError when the disk refuses.
void write_parquet(const ParquetTable& table, const std::filesystem::path& path,
                   std::span<const std::string_view> whole = {});

/// A name beside `path` that no other process writes to, on this machine or another that sees the folder.
std::filesystem::path part_beside(const std::filesystem::path& path);

/// The rows of `parts`, which have the same columns, one file after the other. Written and renamed in the same way.
void join_parquet(std::span<const std::filesystem::path> parts, const std::filesystem::path& path);

}  // namespace gigawatt::results
