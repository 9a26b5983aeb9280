#include "gigawatt/catalog/schema.h"

#include <nlohmann/json.hpp>

#include "gigawatt/catalog/kinds.h"
#include "gigawatt/config/schema.h"

namespace gigawatt::catalog {
namespace {

using Json = nlohmann::ordered_json;

/// What is written in one of two ways: with numbers alone, and with tables of numbers and sources.
Json either(const Json& plain, const Json& table) {
  if (plain == table) return plain;
  const bool both = plain.is_object() && table.is_object();
  if (both && plain.contains("properties") && table.contains("properties")) {
    Json out = plain;
    for (const auto& [key, value] : table["properties"].items())
      out["properties"][key] =
          out["properties"].contains(key) ? either(out["properties"][key], value) : value;
    return out;
  }
  if (both && plain.contains("items") && table.contains("items")) {
    Json out = plain;
    out["items"] = either(plain["items"], table["items"]);
    return out;
  }
  if (both && plain.contains("additionalProperties") && table.contains("additionalProperties") &&
      plain["additionalProperties"].is_object()) {
    Json out = plain;
    out["additionalProperties"] = either(plain["additionalProperties"], table["additionalProperties"]);
    return out;
  }
  return {{"anyOf", {plain, table}}};
}

template <typename Kind>
struct Schema {
  static Json written(config::SchemaWriter&& writer, const std::string& name) {
    Kind defaults;
    fields(writer, defaults);
    return Json::parse(writer.json(name, "data/" + name + ": " + std::string(kKind<Kind>.word)));
  }

  void add_to(Json& all) const {
    if (kKind<Kind>.folder.empty()) return;
    const std::string name(kKind<Kind>.folder);
    Json one = either(written(config::SchemaWriter(), name), written(config::SchemaWriter(true), name));
    one.erase("$schema");
    one.erase("$id");
    all["$defs"][name] = std::move(one);
    all["anyOf"].push_back({{"$ref", "#/$defs/" + name}});
  }
};

}  // namespace

std::string catalog_schema() {
  Json all = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"$id", "catalog.schema.json"},
              {"title", "Gigawatt catalogue"}};
  std::apply([&](const auto&... kind) { (kind.add_to(all), ...); }, OfKinds<Schema>());
  return all.dump(2) + "\n";
}

}  // namespace gigawatt::catalog
