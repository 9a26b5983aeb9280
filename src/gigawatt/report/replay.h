#pragma once
/// A read log and a replay as text and JSON.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/replay.h"

namespace gigawatt::report {

nlohmann::ordered_json quality_json(const logs::JobList& list);
/// What was read and what was left out, with the first lines of each kind.
std::string quality_text(const logs::JobList& list);

nlohmann::ordered_json replay_json(const logs::JobList& list, const engine::ReplayQuery& query,
                                   const engine::ReplayAnswer& answer);
std::string replay_text(const logs::JobList& list, const engine::ReplayQuery& query,
                        const engine::ReplayAnswer& answer, bool color);

/// "2 h 5 min", "3.4 s", "12 d 4 h".
std::string span_text(double seconds);

}  // namespace gigawatt::report
