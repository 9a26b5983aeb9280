/// Any bytes as a SimGrid platform: diagnostics, or a fabric whose hosts can be asked for their ways.

#include "fuzz.h"
#include "gigawatt/topology/simgrid_platform.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gigawatt;
  using fuzz::require;
  const auto platform = topology::parse_simgrid_platform(fuzz::as_text(data, size), "fuzz.xml");
  if (!platform) {
    require(!base::render(platform.error()).empty(), "an error can be shown");
    return 0;
  }
  const auto& p = **platform;
  for (std::int64_t a = 0; a < std::min<std::int64_t>(p.endpoints(), 8); ++a)
    for (std::int64_t b = 0; b < std::min<std::int64_t>(p.endpoints(), 8); ++b) {
      std::vector<topology::FabricHop> hops;
      if (!p.route(a, b, {}, hops)) continue;
      for (const auto& h : hops)
        require(h.link >= 0 && h.link < p.links() && p.link(h.link).capacity > 0, "a way has links");
    }
  return 0;
}
