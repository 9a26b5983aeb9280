#pragma once
/// What is published of sites and grids, beside what the models say of the same thing.
///
/// A fact is a row `id,topic,subject,quantity,value,unit,...` (data/validation/site_facts.csv has the shipped ones). Rules say
/// which of them can be computed and how; a rule reads the words of a row (kind of machine, rating, load) and never its id
/// or its value, so that it answers rows that nobody has seen yet. A row that no rule knows is listed as such: it is an
/// input (a price, a date, a clause of a code), or something that the models do not hold.
///
/// A rule that merely looks a catalogued number up is marked `input`: it proves the units and the reading, not the physics.

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/grid/units.h"
#include "gigawatt/power/library.h"
#include "gigawatt/site/cooling.h"
#include "gigawatt/site/weather.h"

namespace gigawatt::measured {

struct Fact {
  std::string id, topic, subject, quantity, unit;
  double value = 0;

  /// Whether subject and quantity together hold all of the words, whatever their case.
  bool has(std::string_view words) const;
  std::string text;  ///< subject and quantity, lower case
};

struct Computed {
  double value = 0;  ///< in the fact's unit
  std::string how;
  bool input = false;  ///< looked up, not computed
};

/// What rules work with.
struct FactModels {
  const catalog::Catalog& catalog;
  std::vector<site::CoolingPlant> plants;
  grid::SupplyUnits units;
  power::PowerLibrary power;
  std::vector<site::Weather> stations;

  const site::CoolingPlant* plant(std::string_view name) const;
};

using FactRule = std::optional<Computed> (*)(const Fact&, const FactModels&);

std::span<const FactRule> cooling_rules();
std::span<const FactRule> supply_rules();
std::span<const FactRule> conversion_rules();
std::span<const FactRule> power_rules();

struct FactRow {
  Fact fact;
  std::optional<Computed> computed;

  double ratio() const { return computed && fact.value != 0 ? computed->value / fact.value : 0; }
};

struct FactReport {
  std::vector<FactRow> rows;
  std::size_t texts = 0;  ///< rows whose value is no number

  nlohmann::ordered_json json() const;
  std::string text() const;
  std::string csv() const;
};

/// Rows of a CSV text against the models of a data folder.
tl::expected<FactReport, base::Diagnostics> compare_facts(std::string_view csv, const std::string& name,
                                                          const catalog::Catalog& catalog,
                                                          const std::filesystem::path& data);

/// The number that stands right before a word ("500" before "MW" in "charge for 500 MW"), and the first number of a text.
std::optional<double> number_before(std::string_view text, std::string_view word);
std::optional<double> first_number(std::string_view text);

}  // namespace gigawatt::measured
