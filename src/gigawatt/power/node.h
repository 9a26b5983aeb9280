#pragma once
/// Power of a server at its inlets, from that of its accelerators.
///
/// Host, fans, memory, network cards and power supplies follow the accelerators: with A the power of all accelerators
/// of the node,
///
///     P = idle + (full - idle) (A - A_idle) / (A_limit - A_idle)
///
/// between two published figures: the idle node, and the node under the heaviest load that was measured. That is the
/// low end of the band of `node_max_power`, whose value is the rating by which feeds are built; a server never draws
/// its rating (a DGX H100 is rated at 10.2 kW and draws 8.4 kW in a burn of all its parts).
///
/// Switches and optics outside of the servers draw the same at any load.

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/system.h"

namespace gigawatt::power {

struct NodeLaw {
  double accelerators = 1;
  double accelerator_idle_w = 0, accelerator_limit_w = 0;
  double idle_it_w = 0;   ///< server alone, all idle
  double full_it_w = 0;   ///< server alone, the heaviest load measured
  double rated_it_w = 0;  ///< server alone, what feeds are built for
  double network_it_w = 0;

  /// Server and its share of the network, every accelerator at `accelerator_w`.
  double it_w(double accelerator_w) const;
  double idle_node_it_w() const { return idle_it_w + network_it_w; }
  double rated_node_it_w() const { return rated_it_w + network_it_w; }
};

NodeLaw node_law(const catalog::System& system, const catalog::Accelerator& accelerator);

}  // namespace gigawatt::power
