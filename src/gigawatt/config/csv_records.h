#pragma once
/// A CSV text record by record, so that a large file takes no more memory than its text.

#include <functional>
#include <string>
#include <string_view>

#include "gigawatt/config/csv.h"

namespace gigawatt::config {

/// What `parse_csv` reads: `visit` sees a table of the header and one row, which the next takes the place of. A file that
/// turns out wrong further down is an error all the same.
tl::expected<void, base::Diagnostic> each_csv_record(std::string_view text, const std::string& name,
                                                     const std::function<void(const CsvTable& one)>& visit);

}  // namespace gigawatt::config
