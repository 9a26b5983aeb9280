#pragma once
/// Which columns of a fault log hold what, and dates as tables write them. Private to this module.
///
/// A column goes by one of the usual names of its kind; a unit behind the name ("start_h", "downtime (min)") says what
/// its numbers count, else they are seconds. A column of lengths has to say its unit: nobody can tell hours from minutes.
/// LANL's table has a node number within a system and six columns of causes, of which one is filled.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/sim_time.h"

namespace gigawatt::logs {

struct FaultColumn {
  std::size_t at = std::string::npos;
  double unit_s = 0;  ///< of its numbers; 0: the name says none
  bool given() const { return at != std::string::npos; }
};

struct FaultColumns {
  FaultColumn node, group, start, end, length, cause;
  std::vector<std::size_t> causes;  ///< of which the filled one counts; empty: `cause`
  std::vector<std::string> cause_names;
  std::string
      kind;  ///< where there are no ends: a column that may say what a line is, such as "event"; else empty
};

/// What is wrong with the table, if its columns cannot be told.
tl::expected<FaultColumns, std::string> fault_columns(const std::vector<std::string>& header);

/// "6/21/2005 10:54", "21.06.2005 10:54:30", "6/21/05 9:13 PM"; nothing where a part is no such number.
std::optional<base::SimTime> slashed_date(std::string_view text, bool day_first);
/// Digits, a slash or a dot, and digits again.
bool looks_slashed(std::string_view text);

}  // namespace gigawatt::logs
