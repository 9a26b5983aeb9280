#pragma once
/// Keys of a scenario whose values carry a range, in the scenario itself or in the catalogue that fills them:
///
///     budgets, other capital       `low` and `high` beside the amount
///     counts of accelerators       `low` and `high` of [[fleet]] and [[delivery]], shares of the count
///     sites                        PUE, water, overhead, building, electricity, carbon: the catalogue's site, cooling, region
///     prices                       accelerators, lives, upkeep, discount rate: the catalogue's
///     failures, checkpoints        rates, times and crews of the failure profile
///     build steps                  the catalogue's lead times; of a lead with `sigma` the 80% range, lead e^(+-1.28 sigma)
///
/// A number that the scenario gives by itself has no range. A key at `value` gives the run that the scenario gives without it,
/// but for electricity whose price changes within the scenario's period: that is the mean over it. An accelerator whose price
/// changes within the period has no single one, and so no range.
///
/// What one source's method decides moves together (`cause`): counts of one source, sites that take the same entry of the
/// catalogue. The ranges of a PUE and of the design hour's overhead, which cannot be below it, are cut so that they meet.

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/scenario/scenario.h"

namespace gigawatt::engine {

/// A key that runs over [low, high], in its range's unit.
struct CarriedKey {
  std::string path;  ///< as `--set` takes it: "site.lab.pue"
  double low = 0, value = 0, high = 0;
};

struct CarriedRange {
  CarriedKey key;
  std::vector<CarriedKey> with;  ///< keys that move with it, each at the same share of its own range
  std::string unit;              ///< "": a plain number
  bool whole = false;            ///< counts
  std::string source;            ///< key of data/sources.toml, or what the scenario names
  std::string cause;             ///< ranges of one cause move together
  bool lead = false;             ///< of a lead time
};

/// In the order of the list above.
std::vector<CarriedRange> carried_ranges(const scenario::ResolvedScenario& scenario,
                                         const catalog::Catalog& catalog);

/// Of `ranges` those that a pattern names ("site.*.pue", "*"), those of one cause as one range. A pattern without any is a
/// diagnostic.
tl::expected<std::vector<CarriedRange>, base::Diagnostic> carried_by_pattern(
    const std::vector<CarriedRange>& ranges, const std::string& pattern);

/// The range of one key, also written with indexes (site[0].pue), or why it has none.
tl::expected<CarriedRange, base::Diagnostic> carried_by_key(const std::vector<CarriedRange>& ranges,
                                                            const scenario::ResolvedScenario& scenario,
                                                            const std::string& key);

/// `key` at a share of its range, as TOML has it: "1.2", "\"55 USD/MWh\"".
std::string carried_text(const CarriedRange& range, const CarriedKey& key, double share);
/// The same as a number in the range's unit.
double carried_number(const CarriedRange& range, const CarriedKey& key, double share);
/// Where `value` lies.
double carried_share(const CarriedKey& key);

}  // namespace gigawatt::engine
