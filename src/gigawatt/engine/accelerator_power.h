#pragma once
/// What one accelerator of a system draws while it trains, as the fleet's power model has it.

#include "gigawatt/catalog/catalog.h"

namespace gigawatt::engine {

/// IT power per accelerator: its share of the node at the servers' inlets and of the scale-out network.
struct AcceleratorPower {
  double compute_it_w = 0;
  double wait_it_w = 0;  ///< for others' data
};

AcceleratorPower accelerator_power(const catalog::Catalog& catalog, const catalog::System& system);

}  // namespace gigawatt::engine
