#pragma once
/// The load of a site as JSON, as a page of text and as a table of samples.
///
/// `mean_mw`, `peak_mw`, `min_mw`, `swing_mw` and `ramp_mw_per_s` are of the facility at the level asked for (campus: the
/// meter); what is IT power says so in its name.

#include <string>

#include <nlohmann/json.hpp>

#include "gigawatt/engine/power_study.h"

namespace gigawatt::report {

nlohmann::ordered_json power_json(const engine::PowerAnswer& answer);

/// A screen of figures.
std::string power_text(const engine::PowerAnswer& answer, bool colour);

/// One line a sample: time_s, facility_mw, it_mw, mitigated_mw. Without mitigations the last is the facility's.
std::string power_csv(const engine::PowerAnswer& answer);

}  // namespace gigawatt::report
