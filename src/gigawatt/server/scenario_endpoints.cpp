#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "gigawatt/config/schema.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/server/body.h"
#include "gigawatt/server/services.h"

namespace gigawatt::server {
namespace {

namespace fs = std::filesystem;

/// A name or a title of the file's first level; "" where it has none.
std::string top_level(const config::Node& root, std::string_view key) {
  const auto* node = root.find(key);
  return node ? node->text : "";
}

std::string list_scenarios(const fs::path& folder) {
  std::error_code missing;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Json list = Json::array();
  for (const auto& file : files) {
    auto text = config::read_text_file(file, std::size_t{4} << 20);
    const auto root = config::read_toml(file);
    if (!text || !root) continue;  // not one of ours
    list.push_back({{"name", top_level(*root, "name")},
                    {"title", top_level(*root, "title")},
                    {"description", top_level(*root, "description")},
                    {"file", file.filename().string()},
                    {"toml", std::move(*text)}});
  }
  return Json{{"scenarios", std::move(list)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Response scenarios(Services& s, const Call& call) {
  return s.scenario_list.get([&] { return list_scenarios(s.scenarios); }).answer(call.request);
}

Response schema(Services& s, const Call& call) {
  return s.schema.get([] { return scenario::scenario_schema(); }).answer(call.request);
}

struct ScenarioText {
  std::string toml;
  std::string name = "scenario.toml";
};

void fields(config::FieldVisitor& v, ScenarioText& s) {
  v(s.toml, {.key = "toml", .doc = "The scenario file.", .required = true});
  v(s.name, {.key = "name", .doc = "What messages call the file."});
}

std::string scenario_text_schema() {
  return config::json_schema<ScenarioText>("scenario_text", "A scenario file");
}

Response check(Services& s, const Call& call) {
  const auto asked = read_struct<ScenarioText>(parse_body(call.request.body));
  if (!asked) return diagnostics_answer(asked.error());
  const auto loaded = scenario::load_text(asked->toml, asked->name, s.knowledge.catalog, {},
                                          engine::software_names(s.knowledge.software));
  if (!loaded) return json_answer({{"ok", false}, {"diagnostics", diagnostics_json(loaded.error())}});
  return json_answer({{"ok", true},
                      {"diagnostics", Json::array()},
                      {"name", loaded->name},
                      {"title", loaded->title},
                      {"hash", fmt::format("{:016x}", loaded->hash)},
                      {"start", base::to_iso_date(loaded->start)},
                      {"end", base::to_iso_date(loaded->end)}});
}

constexpr Endpoint kScenarioEndpoints[] = {
    {"GET", "/api/scenarios", "The shipped examples.", Deferred::Weight::kLight, scenarios,
     "scenarios: name, title, description, file, toml"},
    {"GET", "/api/scenario/schema", "JSON Schema of a scenario file.", Deferred::Weight::kLight, schema,
     "a JSON Schema"},
    {"POST", "/api/scenario/check", "Everything that is wrong with a scenario.", Deferred::Weight::kLight,
     check, "ok, diagnostics, name, title, hash, start, end", scenario_text_schema},
};

}  // namespace

std::span<const Endpoint> scenario_endpoints() { return kScenarioEndpoints; }

}  // namespace gigawatt::server
