/// Any bytes through the reader of fault logs; what comes out can be true.

#include <cmath>
#include <string>

#include "fuzz.h"
#include "gigawatt/logs/fault_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gigawatt;
  using fuzz::require;
  const auto list = logs::parse_faults(fuzz::as_text(data, size), "fuzz.log");
  if (!list) {
    require(!base::render(list.error()).empty(), "an error can be shown");
    return 0;
  }
  for (std::size_t i = 0; i < list->faults.size(); ++i) {
    const auto& f = list->faults[i];
    require(std::isfinite(f.start_s), "a fault has a time");
    require(std::isnan(f.end_s) || f.end_s >= f.start_s, "a fault ends after it starts");
    require(f.node < list->nodes.size() && f.cause < list->causes.size(), "a fault has a node and a cause");
    require(i == 0 || f.start_s >= list->faults[i - 1].start_s, "faults are in order");
    require(f.start_s >= list->from_s && (std::isnan(f.end_s) || f.end_s <= list->to_s),
            "a fault lies within what the log names");
  }
  require(list->faults.size() <= list->records, "no fault without a record");
  require(list->format != "csv" || list->faults.size() + list->problem_count == list->records,
          "each line of a table is a fault or a problem");
  require(list->problems.size() <= list->problem_count, "examples are of what was counted");
  // Written as our own table it is the same list; seconds have six digits.
  std::string again = "node,start,end,cause\n";
  for (const auto& f : list->faults) {
    char row[160];
    if (std::isnan(f.end_s))
      std::snprintf(row, sizeof row, "n%u,%.6f,,c%u\n", f.node, f.start_s, f.cause);
    else
      std::snprintf(row, sizeof row, "n%u,%.6f,%.6f,c%u\n", f.node, f.start_s, f.end_s, f.cause);
    again += row;
  }
  const auto second = logs::parse_faults(again, "again.csv");
  require(second.has_value() && second->faults.size() == list->faults.size(), "what was written can be read");
  for (std::size_t i = 0; i < list->faults.size(); ++i) {
    const auto& a = list->faults[i];
    const auto& b = second->faults[i];
    require(std::abs(a.start_s - b.start_s) <= 2e-6 * (1 + 1e-9 * std::abs(a.start_s)) &&
                std::isnan(a.end_s) == std::isnan(b.end_s),
            "what was written is read as it was");
  }
  return 0;
}
