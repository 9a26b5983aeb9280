#pragma once
/// Columns of `sacct` output that comes without a header line (`sacct --noheader`). Private to this module.
///
/// Three dates in a row are Submit, Start and End, four are Submit, Eligible, Start and End; what holds "gres/gpu="
/// or "cpu=" is AllocTRES; a word of Slurm's states is State; a duration is Elapsed where it is the time from start to
/// end, else Timelimit. Two columns of one kind cannot be told apart: then the header has to be given.

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace gigawatt::logs {

/// What stands between the cells: '|', a tab, ';' or a comma; '\0' where there is none of them.
char slurm_separator(std::string_view first_line);

/// A line that `sacct` could have printed without its header.
bool looks_like_slurm_row(const std::vector<std::string>& cells);

/// The column of each cell ("" where it does not matter), or why that cannot be said.
tl::expected<std::vector<std::string>, std::string> guess_slurm_columns(
    const std::vector<std::string>& cells);

}  // namespace gigawatt::logs
