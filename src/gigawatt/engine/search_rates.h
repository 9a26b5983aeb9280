#pragma once
/// What an accelerator-hour costs and draws, for searches by cost or energy.
///
/// Cost: the catalogue's newest rental price of the accelerator; where none is listed, what it costs its owner: the system's
/// price over the catalogue's server life with maintenance, the building that its power at the meter needs, and electricity at
/// the mean of the regions, all without the cost of capital. Power: the node's draw while it computes and when idle, per
/// accelerator, at the servers' inlets.

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/search/search.h"

namespace gigawatt::engine {

struct AcceleratorHour {
  double usd = 0;  ///< 0: no price is known
  bool rented = false;

  /// "rental", "owning" or "unknown".
  const char* basis() const { return usd <= 0 ? "unknown" : rented ? "rental" : "owning"; }
};

AcceleratorHour accelerator_hour(const catalog::Catalog& catalog, const catalog::System& system);

search::Rates search_rates(const catalog::Catalog& catalog, const catalog::System& system);

}  // namespace gigawatt::engine
