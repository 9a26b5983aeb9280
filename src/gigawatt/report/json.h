#pragma once
/// A run as JSON in its two forms.
///
/// `summary_json` is what `gigawatt run --json` prints (keys: docs/reference/cli.md); `run_document` is the contract
/// of the HTML page (web/src/run.ts). Numbers that are not known are null; energies MWh, powers MW and said to be IT
/// or facility, masses t, money USD.

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/run.h"

namespace gigawatt::report {

nlohmann::ordered_json summary_json(const engine::Inputs& inputs, const engine::RunOutput& output);

nlohmann::ordered_json claims_json(const engine::Inputs& inputs, const engine::RunOutput& output);

nlohmann::ordered_json run_document(const engine::Inputs& inputs, const engine::RunOutput& output,
                                    const std::string& program);

}  // namespace gigawatt::report
