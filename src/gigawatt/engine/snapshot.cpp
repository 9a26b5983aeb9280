#include "gigawatt/engine/snapshot.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/engine/software_entries.h"
#include "gigawatt/engine/step_times.h"
#include "gigawatt/fleet/fork.h"
#include "gigawatt/scenario/load.h"

namespace gigawatt::engine {
namespace {

constexpr int kFormat = 1;

tl::unexpected<base::Diagnostics> no_snapshot(std::string message, std::string hint = {}) {
  return tl::unexpected(base::Diagnostics{base::error("bad-snapshot", std::move(message), std::move(hint))});
}

fleet::StepTable steps_of(const Inputs& inputs, const RunOptions& options) {
  return time_steps(
      inputs,
      [&](const std::string& job) {
        const std::string what = "timing the steps of " + job;
        if (options.progress) options.progress({what, 0, 0, {}, 0});
      },
      [&] { return options.stop.stop_requested(); });
}

fleet::Options fleet_options(const RunOptions& options, std::uint64_t seed) {
  fleet::Options o;
  o.seed = seed;
  o.until = options.until;
  o.stop = options.stop;
  o.most_bytes = options.most_bytes;
  return o;
}

}  // namespace

tl::expected<Snapshot, base::Diagnostics> take_snapshot(const Inputs& inputs, const RunOptions& options,
                                                        base::SimTime at, const std::string& program) {
  const auto& s = inputs.scenario;
  if (at < s.start || at >= s.end)
    return no_snapshot(fmt::format("a snapshot on {}: the scenario runs from {} to {}", base::to_iso_date(at),
                                   base::to_iso_date(s.start), base::to_iso_date(s.end)));
  Snapshot snapshot{program, s.name, s.canonical, options.seed.value_or(s.seed), at, ""};
  // The past does not know where the run was to end.
  RunOptions whole = options;
  whole.until.reset();
  const auto steps = steps_of(inputs, options);
  snapshot.fingerprint =
      fleet::state_fingerprint(s, inputs.knowledge.catalog, steps, fleet_options(whole, snapshot.seed), at);
  return snapshot;
}

std::string snapshot_text(const Snapshot& s) {
  const nlohmann::ordered_json document = {{"gigawatt_snapshot", kFormat},
                                           {"program", s.program},
                                           {"scenario_name", s.name},
                                           {"seed", s.seed},
                                           {"date", base::to_iso_datetime(s.at)},
                                           {"at_us", s.at.us},
                                           {"fingerprint", s.fingerprint},
                                           {"scenario", s.canonical}};
  return document.dump(1) + "\n";
}

tl::expected<Snapshot, base::Diagnostics> read_snapshot(std::string_view text, const std::string& name,
                                                        const std::string& program) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const auto is = [&](const char* key, auto check) {
    return document.is_object() && document.contains(key) && check(document[key]);
  };
  const auto text_like = [](const nlohmann::json& v) { return v.is_string(); };
  if (!is("gigawatt_snapshot", [](const nlohmann::json& v) { return v.is_number_integer(); }))
    return no_snapshot(fmt::format("{}: this is no snapshot", name),
                       "gigawatt run --snapshot DATE --snapshot-out FILE");
  if (document["gigawatt_snapshot"] != kFormat || !is("program", text_like) || document["program"] != program)
    return no_snapshot(
        fmt::format("{}: the snapshot is by {} (format {}); this is {} (format {})", name,
                    is("program", text_like) ? document["program"].get<std::string>() : "an unknown program",
                    document["gigawatt_snapshot"].dump(), program, kFormat),
        "take it again with this program, from its scenario");
  if (!is("scenario", text_like) || !is("scenario_name", text_like) || !is("fingerprint", text_like) ||
      !is("seed", [](const nlohmann::json& v) { return v.is_number_unsigned(); }) ||
      !is("at_us", [](const nlohmann::json& v) { return v.is_number_integer(); }))
    return no_snapshot(fmt::format("{}: the snapshot is damaged", name));
  return Snapshot{program,
                  document["scenario_name"],
                  document["scenario"],
                  document["seed"].get<std::uint64_t>(),
                  {document["at_us"].get<std::int64_t>()},
                  document["fingerprint"]};
}

tl::expected<ForkedInputs, base::Diagnostics> load_fork(const Snapshot& snapshot, const Knowledge& knowledge,
                                                        const std::vector<std::string>& overrides) {
  auto past = scenario::load_text(snapshot.canonical, "<snapshot>", knowledge.catalog);
  if (!past) return tl::unexpected(std::move(past.error()));
  auto changed = scenario::load_text(snapshot.canonical, "<snapshot>", knowledge.catalog, overrides,
                                     software_names(knowledge.software));
  if (!changed) return tl::unexpected(std::move(changed.error()));
  if (snapshot.at < past->start || snapshot.at >= past->end)
    return no_snapshot("the snapshot is damaged: its date");
  return ForkedInputs{{knowledge, std::move(*changed)}, std::move(*past)};
}

tl::expected<RunOutput, base::Diagnostics> run_fork(const ForkedInputs& forked, const Snapshot& snapshot,
                                                    RunOptions options) {
  if (options.until && *options.until <= snapshot.at)
    return no_snapshot(fmt::format("a run until {} that continues a snapshot of {}",
                                   base::to_iso_date(*options.until), base::to_iso_date(snapshot.at)));
  const Inputs past{forked.inputs.knowledge, forked.past};
  const auto past_steps = steps_of(past, options);
  const auto found = fleet::state_fingerprint(forked.past, past.knowledge.catalog, past_steps,
                                              fleet_options({}, snapshot.seed), snapshot.at);
  if (found != snapshot.fingerprint)
    return no_snapshot(
        fmt::format("the snapshot's past cannot be repeated: {} on {}, {} then", found,
                    base::to_iso_date(snapshot.at), snapshot.fingerprint),
        "the catalogue, the calibration or the program has changed since; take it again from its scenario");
  options.seed = snapshot.seed;
  const fleet::Past where{forked.past, past_steps, snapshot.at};
  options.simulate = [&](const scenario::ResolvedScenario& scenario, const fleet::StepTable& steps,
                         const fleet::Options& fleet_run) -> fleet::FleetResult {
    auto result = fleet::simulate_fork(scenario, past.knowledge.catalog, steps, fleet_run, where);
    if (result) return std::move(*result);
    throw ForkRefused(result.error());
  };
  try {
    return run(forked.inputs, options);
  } catch (const ForkRefused& refused) {
    return no_snapshot(
        refused.what(),
        "what may change: operations, failures, prices, priorities; not sites, deliveries, or the "
        "plan of a job "
        "that is running");
  }
}

}  // namespace gigawatt::engine
