#include <map>

#include <fmt/format.h>

#include "embedded/answer_schemas.h"
#include "gigawatt/server/seed.h"
#include "gigawatt/server/services.h"
#include "gigawatt/server/target.h"

namespace gigawatt::server {
namespace {

Json error_response(std::string_view what) {
  return {{"description", what},
          {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/error"}}}}}}}};
}

constexpr std::pair<int, std::string_view> kEverywhere[] = {
    {401, "beyond the loopback device: no token, or a wrong one"},
    {403, "a page of another site asked"},
    {421, "the server does not answer to the name in Host"},
    {500, "the server's own mistake"},
    {503, "too much is being computed already, or the server stops"}};
constexpr std::pair<int, std::string_view> kOfBodies[] = {
    {400, "the input is wrong; every mistake is named"},
    {413, "the body is too large"},
    {415, "the body is not declared as application/json"}};

/// Refusals stand once among the components, under their status.
Json refusals() {
  Json out = Json::object();
  for (const auto& [status, what] : kEverywhere) out[std::to_string(status)] = error_response(what);
  for (const auto& [status, what] : kOfBodies) out[std::to_string(status)] = error_response(what);
  out["404"] = error_response("there is no such thing");
  out["507"] =
      error_response("the store cannot be read or written: disk full or gone, or too many runs in it");
  return out;
}

/// "get_runs_id_series"
std::string operation_id(const Endpoint& e, std::string_view method) {
  std::string id(method);
  for (const char c : e.path.substr(std::string_view("/api").size()))
    if (c == '/' || c == '.')
      id += '_';
    else if (c != '{' && c != '}')
      id += c;
  return id;
}

Json parameters(const Endpoint& e) {
  Json list = Json::array();
  for (const auto segment : segments(e.path))
    if (segment.starts_with('{'))
      list.push_back({{"name", segment.substr(1, segment.size() - 2)},
                      {"in", "path"},
                      {"required", true},
                      {"schema", {{"type", segment == "{id}" ? "integer" : "string"}}}});
  if (e.query == nullptr) return list;
  const Json table = Json::parse(e.query());
  for (const auto& [name, schema] : table["properties"].items()) {
    bool required = false;
    if (table.contains("required"))
      for (const auto& key : table["required"]) required = required || key == name;
    list.push_back({{"name", name}, {"in", "query"}, {"required", required}, {"schema", schema}});
  }
  return list;
}

bool has_body(const Endpoint& e) { return e.body != nullptr || e.command != nullptr; }

std::string body_schema(const Endpoint& e) {
  return e.command != nullptr ? question_schema(*e.command) : e.body();
}

/// The schema of a body goes among the components, once, under the name that it gives itself.
std::string keep(Json& components, const std::string& text) {
  Json schema = Json::parse(text);
  const std::string name = schema.value("$id", schema.value("title", "body"));
  schema.erase("$schema");
  schema.erase("$id");
  components[name] = std::move(schema);
  return "#/components/schemas/" + name;
}

/// What schema/answers.json says of an answer: made from real answers by tools/answer_schemas.py, so that it lists what
/// the writers of the JSON write, and held against others by tests/server/test_openapi.py.
Json answer_schema(const Endpoint& e, const Json& answers, Json& components, const std::string& id) {
  const auto found = answers.find(fmt::format("{} {}", e.method, e.path));
  if (e.media != "application/json" || found == answers.end()) return {{"type", "string"}};
  components["answer_" + id] = *found;
  return {{"$ref", "#/components/schemas/answer_" + id}};
}

Json operation(const Endpoint& e, std::string_view method, const Json& answers, Json& components) {
  Json op = {
      {"operationId", operation_id(e, method)}, {"summary", e.summary}, {"tags", {segments(e.path)[1]}}};
  if (Json list = parameters(e); !list.empty()) op["parameters"] = std::move(list);
  if (has_body(e))
    op["requestBody"] = {
        {"required", true},
        {"content", {{"application/json", {{"schema", {{"$ref", keep(components, body_schema(e))}}}}}}}};
  const bool queues = e.method == "POST" && e.path == "/api/runs";
  Json& responses = op["responses"];
  responses[queues ? "202" : "200"] = {
      {"description", e.answer},
      {"content", {{e.media, {{"schema", answer_schema(e, answers, components, operation_id(e, method))}}}}}};
  const auto shared = [&](int status) {
    const std::string key = std::to_string(status);
    responses[key] = {{"$ref", "#/components/responses/" + key}};
  };
  for (const auto& [status, what] : kEverywhere) shared(status);
  if (has_body(e))
    for (const auto& [status, what] : kOfBodies) shared(status);
  if (e.query != nullptr) shared(400);
  if (e.path.find('{') != std::string_view::npos) shared(404);
  if (e.path.starts_with("/api/runs")) shared(507);
  if (e.refusal.first != 0) responses[std::to_string(e.refusal.first)] = error_response(e.refusal.second);
  return op;
}

Json error_schema() {
  const Json text = {{"type", "string"}};
  const Json number = {{"type", "integer"}};
  return {{"type", "object"},
          {"properties",
           {{"error",
             {{"type", "object"},
              {"properties", {{"code", text}, {"message", text}, {"hint", text}}},
              {"required", {"code", "message"}}}},
            {"diagnostics",
             {{"type", "array"},
              {"items",
               {{"type", "object"},
                {"properties",
                 {{"severity", text},
                  {"code", text},
                  {"file", text},
                  {"line", number},
                  {"column", number},
                  {"length", number},
                  {"key", text},
                  {"message", text},
                  {"hint", text}}}}}}}}},
          {"required", {"error"}}};
}

}  // namespace

std::string openapi_document(std::span<const Endpoint> endpoints, std::string_view version) {
  Json components = Json::object(), paths = Json::object();
  components["error"] = error_schema();
  const Json answers = Json::parse(embedded::answer_schemas());
  for (const auto& e : endpoints) {
    if (e.command != nullptr && e.command->names_files) continue;  // only there to say that it is refused
    std::string method(e.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    paths[std::string(e.path)][method] = operation(e, method, answers, components);
  }
  const Json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Gigawatt"},
        {"version", version},
        {"description",
         "What `gigawatt serve` answers. Beyond the loopback device every request carries a token."}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", std::move(components)},
        {"responses", refusals()},
        {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"security", {Json::object(), {{"token", Json::array()}}}}};
  return document.dump(2) + "\n";
}

}  // namespace gigawatt::server
