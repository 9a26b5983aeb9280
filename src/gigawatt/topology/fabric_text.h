#pragma once
/// Fabrics from a line of text: "fat-tree:36", "clos:32x16x8:2,4", "torus:16x16x16", "dragonfly:9x3x4x2", "star:64".
///
///   fat-tree:K           k-ary fat-tree of K-port switches, K even: K^3/4 endpoints
///   clos:AxB[xC...][:R]  A endpoints a leaf, B leaves a pod, C pods ...; R the oversubscription of each tier above the
///                        first, one number for all or one a tier, 1 where not given. A leaf of A endpoints has A/R
///                        uplinks to as many spines; fractions are rounded to whole uplinks and must not reach zero.
///   torus:AxBxC          any number of dimensions up to 8
///   dragonfly:GxCxBxN    groups, chassis, blades (routers), endpoints a router
///   star:N               N endpoints on one switch
///
/// Every cable has the given capacity in each direction and the given latency.

#include <memory>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/topology/fabric.h"

namespace gigawatt::topology {

struct CableSpec {
  double capacity = 0;  ///< byte/s
  double latency_s = 0;
};

/// True for a text that names one of the kinds above ("fat-tree:..."), valid or not.
bool is_fabric_text(std::string_view text);

tl::expected<std::shared_ptr<const Fabric>, base::Diagnostic> parse_fabric(std::string_view text,
                                                                           CableSpec cable);

}  // namespace gigawatt::topology
