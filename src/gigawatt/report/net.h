#pragma once
/// An answer of engine/net.h as a document, for a terminal, as a picture and as a list of finish times.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "gigawatt/engine/net.h"

namespace gigawatt::report {

nlohmann::ordered_json net_json(const engine::NetAnswer& answer);
std::string net_text(const engine::NetAnswer& answer, bool color);

/// The finish of each flow (src,dst,bytes,start_s,finish_s), or of each phase of a collective.
std::string net_csv(const engine::NetAnswer& answer);

/// The fabric's tiers from the endpoints upwards as an SVG, links colored by how busy they were; hot links by name.
std::string net_svg(const engine::NetAnswer& answer);

}  // namespace gigawatt::report
