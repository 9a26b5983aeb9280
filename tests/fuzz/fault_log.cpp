/// Any bytes through the reader of fault logs; what comes out can be true.

#include <cmath>

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
  }
  return 0;
}
