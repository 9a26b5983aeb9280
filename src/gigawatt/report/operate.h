#pragma once
/// A reliability plan as text and JSON.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/operate.h"

namespace gigawatt::report {

nlohmann::ordered_json operate_json(const engine::OperateQuery& query, const engine::OperateAnswer& answer);
std::string operate_text(const engine::OperateQuery& query, const engine::OperateAnswer& answer, bool color);

}  // namespace gigawatt::report
