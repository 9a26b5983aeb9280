#pragma once
/// From what is spent to what jobs are charged: sums over the whole run, in USD.
///
///     capex           spent within the run; what partners pay is part of it
///     depreciation    written off within the run, of all that is in service, bought before the run or within
///     book value      of what is in service, at the end
///     opex            energy, water, carbon, staff, maintenance
///     jobs            charged to jobs: the annuity of what they hold (so with the cost of capital), staff,
///                     maintenance, and the energy that they use; idle and broken accelerators are charged to nobody
///
/// What is spent on phases that are not in service is neither written off nor on the books yet.

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/fleet/result.h"

namespace gigawatt::report {

struct MoneyBridge {
  double capex_usd = 0, partners_usd = 0, depreciation_usd = 0, book_value_usd = 0, opex_usd = 0,
         jobs_usd = 0;
};

MoneyBridge money_bridge(const fleet::FleetResult& result);

/// Money over the run by category and by quarter, depreciation by class, and the run's bridge from what jobs were billed to
/// what was spent: its lines sum to capital and operation.
nlohmann::ordered_json money_json(const fleet::FleetResult& result);

}  // namespace gigawatt::report
