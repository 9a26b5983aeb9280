#include "gigawatt/engine/search_rates.h"

#include <string>

#include "gigawatt/engine/electricity_mean.h"
#include "gigawatt/site/node_power.h"

namespace gigawatt::engine {
namespace {

/// Hardware over its life with maintenance, the building that its power needs, and electricity.
double owning_usd_per_hour(const catalog::Catalog& catalog, const catalog::System& system) {
  const auto& cost = catalog.cost();
  const double usd = system.node_price_usd.value / system.accelerators_per_node.value +
                     system.network_usd_per_accelerator.value;
  if (system.node_price_usd.value <= 0 || cost.server_life.value <= 0) return 0;
  const double it_w = site::node_power(system).max_it_w() / system.accelerators_per_node.value;
  const double meter_w = it_w * catalog::typical_pue(catalog.facility(), system.cooling);
  const double a_second =
      usd * (1 / cost.server_life.value + cost.maintenance_rate.value) +
      meter_w * cost.facility_usd_per_w.value *
          (1 / cost.building_life.value + cost.facility_operation_rate.value) +
      meter_w * catalog.facility().design_to_typical_ratio.value * electricity_mean(catalog).usd_per_j;
  return a_second * 3600;
}

}  // namespace

AcceleratorHour accelerator_hour(const catalog::Catalog& catalog, const catalog::System& system) {
  const catalog::RentalPrice* newest = nullptr;
  for (const auto& table : catalog.price_tables())
    for (const auto& rental : table.rental)
      if (rental.accelerator == system.accelerator && (newest == nullptr || rental.date > newest->date))
        newest = &rental;
  if (newest != nullptr) return {newest->usd_per_s.value * 3600, true};
  return {owning_usd_per_hour(catalog, system), false};
}

search::Rates search_rates(const catalog::Catalog& catalog, const catalog::System& system) {
  const auto power = site::node_power(system);
  const double per_node = system.accelerators_per_node.value;
  return {accelerator_hour(catalog, system).usd, power.max_it_w() / per_node, power.idle_it_w() / per_node};
}

}  // namespace gigawatt::engine
