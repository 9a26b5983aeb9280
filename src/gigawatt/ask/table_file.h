#pragma once
/// A table of hours or samples as the bytes of a file: CSV, or Parquet where the path ends so.

#include <string>

namespace gigawatt::ask {

/// `csv`: with a header; columns of numbers become DOUBLE, all others VARCHAR. Throws results::StoreError when the disk
/// refuses the file that DuckDB writes on the way.
std::string table_file(std::string csv, const std::string& path);

}  // namespace gigawatt::ask
