#pragma once

#include "gigawatt/network/flow_run.h"

namespace gigawatt::network::test {

/// Max-min sharing, every flow over all of its ways.
inline FlowOptions spread_ways(bool folding = true) {
  FlowOptions o;
  o.sharing = flows::sharing_model(flows::SharingKind::kMaxMin);
  o.routing = Routing::kSpray;
  o.folding = folding;
  return o;
}

}  // namespace gigawatt::network::test
