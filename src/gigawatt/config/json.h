#pragma once
/// JSON text -> Node: a document that a program wrote, where a person would write TOML. Objects are tables, null means
/// absent. Values have no places; a syntax error has one.

#include <memory>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/node.h"

namespace gigawatt::config {

/// Whether a text begins as a JSON object, which no TOML document does.
bool begins_as_json(std::string_view text);

/// The object that the text holds. The caller has seen to its encoding, size and depth (toml.h); of two members of one name the
/// last counts, as everywhere in JSON.
tl::expected<Node, base::Diagnostics> parse_json(const std::shared_ptr<const base::SourceText>& source);

}  // namespace gigawatt::config
