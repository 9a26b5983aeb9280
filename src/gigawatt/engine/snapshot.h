#pragma once
/// Where a run stood at a date, to continue it later, as it was or by other rules.
///
/// A snapshot names its past rather than storing it: scenario in canonical form, seed, date, program, and the
/// fingerprint of the state that these lead to. Continuing simulates the past again, which takes a second for years
/// of a large fleet, and holds it to the fingerprint: a program, catalogue or calibration that would lead elsewhere
/// is refused. The decision and its reasons: docs/decisions/0006-snapshots-name-their-past.md.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/run.h"

namespace gigawatt::engine {

struct Snapshot {
  std::string program;
  std::string name;       ///< of the scenario
  std::string canonical;  ///< scenario
  std::uint64_t seed = 0;
  base::SimTime at;
  std::string fingerprint;
};

/// The run's state after all events up to and including `at`. Dates outside the period are a diagnostic.
tl::expected<Snapshot, base::Diagnostics> take_snapshot(const Inputs& inputs, const RunOptions& options,
                                                        base::SimTime at, const std::string& program);

std::string snapshot_text(const Snapshot& snapshot);
/// Refuses what another program wrote. `name`: what messages call the text.
tl::expected<Snapshot, base::Diagnostics> read_snapshot(std::string_view text, const std::string& name,
                                                        const std::string& program);

struct ForkedInputs {
  Inputs inputs;                    ///< with the changes
  scenario::ResolvedScenario past;  ///< without
};
/// `overrides` hold from the snapshot's date on; the knowledge is to be what it was when the snapshot was taken.
tl::expected<ForkedInputs, base::Diagnostics> load_fork(const Snapshot& snapshot, const Knowledge& knowledge,
                                                        const std::vector<std::string>& overrides);

/// The run from the snapshot on; futures share nothing but the rules: each has its own past.
tl::expected<RunOutput, base::Diagnostics> run_fork(const ForkedInputs& inputs, const Snapshot& snapshot,
                                                    RunOptions options);

}  // namespace gigawatt::engine
