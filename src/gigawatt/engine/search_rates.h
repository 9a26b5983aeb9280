#pragma once
/// What an accelerator-hour costs and draws, for searches by cost or energy.
///
/// Cost: the catalogue's newest rental price of the accelerator; where none is listed, the system's price over the
/// catalogue's server life, without the cost of capital. Power: the node's draw while it computes and when idle, per
/// accelerator, at the servers' inlets.

#include "gigawatt/catalog/catalog.h"
#include "gigawatt/search/search.h"

namespace gigawatt::engine {

search::Rates search_rates(const catalog::Catalog& catalog, const catalog::System& system);

}  // namespace gigawatt::engine
