#pragma once
/// Two runs' differences as text and JSON.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/results/compare.h"

namespace gigawatt::report {

nlohmann::ordered_json compare_json(const results::Comparison& comparison);
/// At most `rows` of each kind.
std::string compare_text(const results::Comparison& comparison, std::size_t rows, bool color);

}  // namespace gigawatt::report
