#pragma once
/// The seed of a question whose answer is drawn: on the command line and in Python an argument of every command, in a
/// request's body a key beside the question's own. Private to this module.

#include <cstdint>
#include <optional>

#include <tl/expected.hpp>

#include "gigawatt/ask/command.h"

namespace gigawatt::server {

using Seed = std::optional<std::uint64_t>;

void seed_field(config::FieldVisitor& v, std::optional<std::int64_t>& seed);

/// Takes the seed out of a question's table; none where the command draws nothing (there the key is unknown).
tl::expected<Seed, base::Diagnostics> take_seed(const ask::Command& command, config::Node& table);

/// JSON Schema of a question's body.
std::string question_schema(const ask::Command& command);

}  // namespace gigawatt::server
