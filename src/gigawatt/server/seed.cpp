#include "gigawatt/server/seed.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "gigawatt/config/schema.h"
#include "gigawatt/server/body.h"

namespace gigawatt::server {
namespace {

constexpr std::string_view kKey = "seed";

struct SeedAlone {
  std::optional<std::int64_t> seed;
};
void fields(config::FieldVisitor& v, SeedAlone& s) { seed_field(v, s.seed); }

}  // namespace

void seed_field(config::FieldVisitor& v, std::optional<std::int64_t>& seed) {
  v(seed, {.key = kKey, .doc = "Seed of all random draws; absent: the question's own.", .min = 0});
}

tl::expected<Seed, base::Diagnostics> take_seed(const ask::Command& command, config::Node& table) {
  const auto at = std::find_if(table.members.begin(), table.members.end(),
                               [](const auto& member) { return member.key == kKey; });
  if (!command.draws || at == table.members.end()) return Seed{};
  config::Node alone;
  alone.members.push_back(std::move(*at));
  table.members.erase(at);
  const auto read = read_struct<SeedAlone>(alone);
  if (!read) return tl::unexpected(read.error());
  return read->seed ? Seed(static_cast<std::uint64_t>(*read->seed)) : Seed{};
}

std::string question_schema(const ask::Command& command) {
  const std::string own = command.schema(command.name, command.summary);
  if (!command.draws) return own;
  auto schema = nlohmann::ordered_json::parse(own);
  const auto seed = nlohmann::ordered_json::parse(config::json_schema<SeedAlone>("seed", ""));
  schema["properties"][std::string(kKey)] = seed["properties"][std::string(kKey)];
  return schema.dump();
}

}  // namespace gigawatt::server
