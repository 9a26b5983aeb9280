/// Any bytes as the topology of a node from NCCL: diagnostics, or a fabric whose endpoints can be asked for their ways.

#include "gigawatt/topology/nccl_node.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gigawatt;
  using fuzz::require;
  const auto text = fuzz::as_text(data, size);
  const auto node = topology::parse_nccl_node(text, "fuzz.xml");
  if (!node) {
    require(!base::render(node.error()).empty(), "an error can be shown");
    return 0;
  }
  const auto& f = **node;
  require(f.endpoints() > 0, "a node has endpoints");
  for (std::int64_t a = 0; a < std::min<std::int64_t>(f.endpoints(), 6); ++a)
    for (std::int64_t b = 0; b < std::min<std::int64_t>(f.endpoints(), 6); ++b) {
      std::vector<topology::FabricHop> hops;
      if (!f.route(a, b, {}, hops)) continue;
      require((a == b) == hops.empty(), "a way has links");
      for (const auto& h : hops)
        require(h.link >= 0 && h.link < f.links() && f.link(h.link).capacity > 0, "links have capacity");
    }
  return 0;
}
