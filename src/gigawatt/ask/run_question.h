#pragma once
/// What every face asks of a run: a scenario, how it is changed, until when, how many futures. The command line, the HTTP
/// API (answered at once or queued as a stored run) and Python read the same fields.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gigawatt/ask/command.h"
#include "gigawatt/engine/run.h"

namespace gigawatt::ask {

struct RunQuestion {
  config::InputText scenario;
  std::vector<std::string> set;  ///< "site.prometheus.pue=1.2"
  std::optional<base::SimTime> until;
  std::int64_t runs = 1;
};

/// `required`: the scenario; a run may continue a snapshot in its place.
void run_fields(config::FieldVisitor& v, RunQuestion& q, bool required);

/// Whether an inconsistent claim is a "no", for what answers at once.
void strict_field(config::FieldVisitor& v, bool& strict);

/// The scenario resolved on what is known. A scenario that was read from a file may name others beside it.
tl::expected<engine::Inputs, base::Diagnostics> run_inputs(const RunQuestion& q,
                                                           const engine::Knowledge& knowledge);

/// An error where the run would end outside of its scenario.
base::Diagnostics check_until(const RunQuestion& q, const scenario::ResolvedScenario& scenario);

/// Options of a run with what the context brings: seed, stop token, progress, and the notice of a long wait.
engine::RunOptions run_options(const RunQuestion& q, const Context& context);

/// Whether a run's answer is "no": a training that failures let get nowhere, or, where `strict`, a claim that is
/// inconsistent.
std::optional<No> run_no(const engine::RunOutput& output, bool strict);

}  // namespace gigawatt::ask
