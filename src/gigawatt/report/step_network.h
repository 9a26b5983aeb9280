#pragma once
/// What a step's flows met (engine/step_network.h) as JSON and as tables for people.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/step_network.h"

namespace gigawatt::report {

nlohmann::ordered_json step_network_json(const engine::NetworkReport& report);
std::string step_network_text(const engine::NetworkReport& report, bool color);

}  // namespace gigawatt::report
