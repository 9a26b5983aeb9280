#pragma once
/// What a file looks like that is not what one asked for.

#include <string>
#include <string_view>

namespace gigawatt::logs {

/// A sentence's end such as "a Parquet file" for the beginning of a file; "" where nothing is recognized.
std::string file_kind(std::string_view beginning);

/// "gzip", "xz", "bzip2", "zstd", "zip"; "" where it is not packed.
std::string packed_with(std::string_view beginning);

}  // namespace gigawatt::logs
