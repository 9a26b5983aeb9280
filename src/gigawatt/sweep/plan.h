#pragma once
/// SWEEP.toml -> a numbered list of runs.
///
/// Runs are all combinations of the lists of [vary], the points of [sample] and the seeds; the seed changes fastest, the
/// first key of [vary] slowest. A run's number, its inputs and its shard depend on the file alone.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/engine/carried.h"
#include "gigawatt/engine/inputs.h"

namespace gigawatt::sweep {

/// More runs than this are refused: a slip of a list, not a study.
inline constexpr std::size_t kMostRuns = 1'000'000;

/// An input that differs between runs.
struct Key {
  std::string path;      ///< in the scenario: "site.lab.pue"
  bool numeric = false;  ///< its column holds numbers, in `unit`
  std::string unit;      ///< "": none
  std::optional<engine::CarriedRange>
      range{};  ///< that the scenario or the catalogue gives it, where asked for
};

/// What a run has at a key.
struct Value {
  std::string text;   ///< as in TOML, what the scenario reads
  std::string shown;  ///< of a column of texts
  double number = 0;  ///< of a column of numbers
  double share = 0;   ///< of the key's carried range: where the keys that move with it are in theirs
};

/// Points of the design of indices: of each sample two and one an axis, and those of a tornado.
constexpr std::size_t saltelli_points(std::size_t samples, std::size_t axes) {
  return samples * (axes + 2) + 2 * axes + 1;
}

struct Plan {
  std::string scenario_name, scenario_text;
  engine::HourlyTexts files;  ///< what the scenario's sites name, in any of the points
  std::vector<Key> keys;
  std::vector<std::vector<Value>> points;  ///< a value for each key
  std::vector<std::uint64_t> seeds;
  bool draw_lead_times = false;
  std::size_t samples = 0;        ///< of the design of indices (analysis/sample.h); 0: another design
  std::uint64_t sample_seed = 0;  ///< of that design
  std::string question;           ///< hash of all that results depend on, 16 hexadecimal digits

  std::size_t runs() const { return points.size() * seeds.size(); }
  /// Runs of a shard: 64 shards, so that files cost little beside runs, but more where a shard would be long to lose.
  std::size_t shard_runs() const { return std::min<std::size_t>((runs() + 63) / 64, 256); }
  std::size_t shards() const { return (runs() + shard_runs() - 1) / shard_runs(); }
  const std::vector<Value>& point(std::size_t run) const { return points[run / seeds.size()]; }
  std::uint64_t seed(std::size_t run) const { return seeds[run % seeds.size()]; }
  /// "key=value" of each key of a point, and of those that move with it.
  std::vector<std::string> overrides(const std::vector<Value>& point) const;
};

struct Asked {
  std::string name, text;             ///< of the sweep file; the scenario's path is relative to the former
  std::optional<std::uint64_t> seed;  ///< where the file has no seeds; empty: the scenario's
  std::string data_hash;              ///< of the catalogue
  std::optional<std::string>
      scenario_text{};          ///< in place of the scenario's file, where that is on another machine
  engine::HourlyTexts files{};  ///< the same for the files that its sites name
};

/// Every mistake of the file is named at once. The scenario is read, and each varied key is tried on it: one that no
/// scenario has is refused here, while a value that a scenario refuses fails its runs alone.
tl::expected<Plan, base::Diagnostics> plan(const engine::Knowledge& knowledge, const Asked& asked);

}  // namespace gigawatt::sweep
