#pragma once
/// What a table of measured runs should not hold: signs that rows are computed and not measured, or mistyped.
///
///   linear      three or more rows that differ in the number of micro-batches alone lie on a line to one part in a
///               million: a clock jitters by a thousandth, a simulator does not
///   repeated    rows of different configurations of a source that share all digits of their time (five or more)
///   contradict  rows of one configuration whose times differ by more than half
///   ordering    the same work on more accelerators of the same kind takes longer in wall time by more than a half
///
/// Each is a question to the source, not a proof: rows are reported, never dropped.

#include <string>
#include <vector>

#include "gigawatt/analysis/runs.h"

namespace gigawatt::analysis {

struct RowDoubt {
  std::string kind;              ///< "linear", "repeated", "contradict", "ordering"
  std::vector<std::string> ids;  ///< the rows, in file order
  std::string why;
};

std::vector<RowDoubt> row_doubts(const RunTable& table);

}  // namespace gigawatt::analysis
