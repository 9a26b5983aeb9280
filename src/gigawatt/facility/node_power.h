#pragma once
/// IT power of a node by what it does, at the node's inlets (power supplies included) plus its share of the
/// scale-out switches and optics, which draw the same at any load.
///
///     P(activity) = idle + activity (max - idle)
///
/// with activity 0 for idle accelerators and 1 for all of them at their power limit. A training alternates between
/// computing and waiting for data from others, so its activity is the time-weighted mean of the two.

#include "gigawatt/catalog/system.h"

namespace gigawatt::facility {

struct NodePower {
  double idle_it_w = 0;
  double max_it_w = 0;

  double at(double activity) const { return idle_it_w + activity * (max_it_w - idle_it_w); }
};

/// Node and network share of a system.
NodePower node_power(const catalog::System& system);

/// Activities (0 to 1) by state of a node.
struct ActivityLevels {
  double compute = 0;        ///< dense kernels in a training step
  double communication = 0;  ///< waiting for or moving data inside a step
  double checkpoint = 0;     ///< stalled on the copy off the device
  double hang = 0;           ///< collectives that spin on a dead peer
  double restart = 0;        ///< initialise and load
};

double training_activity(const ActivityLevels& levels, double compute_share);

}  // namespace gigawatt::facility
