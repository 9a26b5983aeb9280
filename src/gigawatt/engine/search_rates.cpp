#include "gigawatt/engine/search_rates.h"

#include <string>

#include "gigawatt/site/node_power.h"

namespace gigawatt::engine {
namespace {

double usd_per_hour(const catalog::Catalog& catalog, const catalog::System& system) {
  const catalog::RentalPrice* newest = nullptr;
  for (const auto& table : catalog.price_tables())
    for (const auto& rental : table.rental)
      if (rental.accelerator == system.accelerator && (newest == nullptr || rental.date > newest->date))
        newest = &rental;
  if (newest != nullptr) return newest->usd_per_s.value * 3600;
  const double usd = system.node_price_usd.value / system.accelerators_per_node.value +
                     system.network_usd_per_accelerator.value;
  const double life_s = catalog.cost().server_life.value;
  return life_s > 0 ? usd / life_s * 3600 : 0;
}

}  // namespace

search::Rates search_rates(const catalog::Catalog& catalog, const catalog::System& system) {
  const auto power = site::node_power(system);
  const double per_node = system.accelerators_per_node.value;
  return {usd_per_hour(catalog, system), power.max_it_w() / per_node, power.idle_it_w() / per_node};
}

}  // namespace gigawatt::engine
