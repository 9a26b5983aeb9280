#include "gigawatt/sweep/schema.h"

#include <nlohmann/json.hpp>

#include "gigawatt/config/schema.h"
#include "gigawatt/sweep/file.h"

namespace gigawatt::sweep {

std::string sweep_schema() {
  auto all = nlohmann::ordered_json::parse(config::json_schema<File>("sweep.schema.json", "Gigawatt sweep"));
  all["properties"]["vary"] = {
      {"description", "Keys of the scenario, each with the list of its values, or \"carried\"."},
      {"type", "object"},
      {"additionalProperties", {{"anyOf", {{{"type", "array"}}, {{"const", "carried"}}}}}}};
  all["properties"]["sample"]["properties"]["ranges"] = {
      {"description", "Keys of the scenario, each with low and high, or \"carried\"."},
      {"type", "object"},
      {"additionalProperties",
       {{"anyOf", {{{"type", "array"}, {"minItems", 2}, {"maxItems", 2}}, {{"const", "carried"}}}}}}};
  return all.dump(2) + "\n";
}

}  // namespace gigawatt::sweep
