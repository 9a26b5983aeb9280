#pragma once
/// What is published of sites and grids, beside what the models say of the same thing.
///
/// A fact is a row `id,topic,subject,quantity,value,unit,...` (data/validation/site_facts.csv has the shipped ones). Rules say
/// which of them can be computed and how; a rule reads the words of a row (kind of machine, rating, load) and never its id
/// or its value, so that it answers rows that nobody has seen yet. A row that no rule knows is listed as such: it is an
/// input (a price, a date, a clause of a code), or something that the models do not hold.
///
/// A rule that merely looks a catalogued number up is marked `input`: it proves the units and the reading, not the physics.
/// A rule may read what else is published of the same subject (the length of a run whose energy is asked for, the number
/// of accelerators whose power is); what it reads is named in `how`.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/grid/units.h"
#include "gigawatt/measured/kernel_sweep.h"
#include "gigawatt/measured/serving_rows.h"
#include "gigawatt/power/library.h"
#include "gigawatt/site/cooling.h"
#include "gigawatt/site/weather.h"
#include "gigawatt/waveform/limit.h"

namespace gigawatt::measured {

struct Fact {
  std::string id, topic, subject, quantity, unit, date;
  double value = 0;

  /// Whether subject and quantity together hold all of the words, whatever their case.
  bool has(std::string_view words) const;
  std::string text;  ///< subject and quantity, lower case
  /// What the source assumes, from the column `assumes`: "system = vr200-nvl72; rack = 9.1 MUSD; power = IT".
  std::map<std::string, std::string, std::less<>> assumes{};
};

struct Computed {
  double value = 0;  ///< in the fact's unit
  std::string how;
  bool input = false;  ///< looked up, not computed
};

/// What rules work with.
struct FactModels {
  const engine::Knowledge& knowledge;
  const catalog::Catalog& catalog;
  std::filesystem::path data;
  std::vector<site::CoolingPlant> plants;
  grid::SupplyUnits units;
  power::PowerLibrary power;
  KernelSweeps sweeps;
  std::vector<site::Weather> stations;
  std::vector<Dataset> datasets;
  std::vector<waveform::Limit> limits;
  std::vector<Fact> facts;  ///< all of the table that are numbers
  std::vector<Fact> texts;  ///< the others; `text` is the value, lower case
  mutable std::map<std::string, std::vector<double>>
      answered;  ///< several facts stand behind one long question

  const site::CoolingPlant* plant(std::string_view name) const;

  /// What else is published of the same subject, in a unit (empty: any), by words of its quantity; of the same date where
  /// there is one.
  std::optional<double> also(const Fact& fact, std::string_view words, std::string_view unit = {}) const;
};

/// The accelerator whose name, or whose name's first word, stands in the text; the longest wins ("gb200" before "b200").
const catalog::Accelerator* chip_in(std::string_view lower_case, const catalog::Catalog& catalog);
/// A system of that accelerator.
const catalog::System* system_of(const catalog::Accelerator& chip, const catalog::Catalog& catalog);
/// The model of the catalogue that the text names; the longest name wins.
const catalog::Model* model_in(std::string_view lower_case, const catalog::Catalog& catalog);
/// "100,000 H100", "100k H100", "8xH100": how many of the word, which stands right behind.
std::optional<double> count_of(std::string_view lower_case, std::string_view word);

using FactRule = std::optional<Computed> (*)(const Fact&, const FactModels&);

std::span<const FactRule> cooling_rules();
std::span<const FactRule> supply_rules();
std::span<const FactRule> conversion_rules();
std::span<const FactRule> power_rules();
std::span<const FactRule> grid_rules();
std::span<const FactRule> serving_rules();
std::span<const FactRule> training_rules();
std::span<const FactRule> capacity_rules();
std::span<const FactRule> cost_rules();

/// Why no rule computes a fact: what kind of statement it is.
std::string why_not(const Fact& fact);

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
                                                          const engine::Knowledge& knowledge,
                                                          const std::filesystem::path& data);

/// The number that stands right before a word ("500" before "MW" in "charge for 500 MW"), and the first number of a text.
std::optional<double> number_before(std::string_view text, std::string_view word);
std::optional<double> first_number(std::string_view text);

}  // namespace gigawatt::measured
