#pragma once
/// A fit of failures as text and JSON.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/fit_failures.h"

namespace gigawatt::report {

nlohmann::ordered_json failure_fit_json(const logs::FaultList& list, const engine::FitFailuresAnswer& answer);
std::string failure_fit_text(const logs::FaultList& list, const engine::FitFailuresAnswer& answer,
                             bool color);

}  // namespace gigawatt::report
