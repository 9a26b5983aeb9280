#pragma once
/// A run as JSON in its two forms.
///
/// `summary_json` is what `gigawatt run --json` prints (keys: docs/reference/cli.md); `run_document` is the contract
/// of the HTML page (web/src/run.ts). Numbers that are not known are null; energies MWh, powers MW and said to be IT
/// or facility, masses t, money USD.
///
/// The document is bounded, so that a page opens at once (page_bounds.h): of more than a thousand jobs it has the largest,
/// and for the others an entry for each kind and site, whose `stands_for` is their number.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/run.h"

namespace gigawatt::report {

nlohmann::ordered_json summary_json(const engine::Inputs& inputs, const engine::RunOutput& output);

nlohmann::ordered_json claims_json(const engine::Inputs& inputs, const engine::RunOutput& output);

nlohmann::ordered_json run_document(const engine::Inputs& inputs, const engine::RunOutput& output,
                                    const std::string& program);

/// What the document leaves out, in a sentence that is the first of its warnings; empty where it has everything.
std::string left_out(const engine::Inputs& inputs, const engine::RunOutput& output);

}  // namespace gigawatt::report
