#include "gigawatt/engine/electricity_mean.h"

#include <algorithm>

namespace gigawatt::engine {

ElectricityMean electricity_mean(const catalog::Catalog& catalog) {
  ElectricityMean out;
  for (const auto& table : catalog.price_tables())
    for (const auto& entry : table.electricity) {
      if (catalog::electricity_at(table, entry.region, "2199-01-01") != &entry)
        continue;  // a newer one holds
      const auto& price = entry.delivered_usd_per_j;
      out.usd_per_j += price.value;
      out.low = out.regions == 0 ? price.low : std::min<double>(out.low, price.low);
      out.high = std::max<double>(out.high, price.high);
      out.source = price.source;
      ++out.regions;
    }
  out.usd_per_j /= std::max(1, out.regions);
  return out;
}

}  // namespace gigawatt::engine
