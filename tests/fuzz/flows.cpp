/// Any bytes as a list of flows on a fabric: what is read can be run, and ends.

#include "fuzz.h"
#include "gigawatt/network/flow_failures.h"
#include "gigawatt/network/flow_list.h"
#include "gigawatt/topology/fabric_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gigawatt;
  using fuzz::require;
  static const auto fabric = *topology::parse_fabric("fat-tree:4", {1e9, 1e-6});
  const auto text = fuzz::as_text(data, size);
  const auto faults = network::parse_faults(text, "fuzz.csv", *fabric);
  require(faults || !base::render(faults.error()).empty(), "an error can be shown");
  const auto flows = network::parse_flows(text, "fuzz.csv", *fabric);
  if (!flows) {
    require(!base::render(flows.error()).empty(), "an error can be shown");
    return 0;
  }
  if (flows->size() > 2000) return 0;
  const auto r = network::run_flows(*fabric, *flows, {});
  require(r.has_value() && r->outcome.stalled == 0, "what was read can be run");
  require(r->outcome.makespan_s >= r->lower_bound_s * (1 - 1e-9), "nothing is faster than its bound");
  return 0;
}
