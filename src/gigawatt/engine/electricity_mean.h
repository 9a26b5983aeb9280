#pragma once
/// What electricity costs where no place is named: the mean over the regions of the catalogue at their newest prices.

#include <string>

#include "gigawatt/catalog/catalog.h"

namespace gigawatt::engine {

struct ElectricityMean {
  double usd_per_j = 0, low = 0, high = 0;  ///< delivered; the cheapest and the dearest region
  int regions = 0;
  std::string source;  ///< of the last region
};

ElectricityMean electricity_mean(const catalog::Catalog& catalog);

}  // namespace gigawatt::engine
