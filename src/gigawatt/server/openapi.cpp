#include <map>

#include <fmt/format.h>

#include "gigawatt/server/services.h"
#include "gigawatt/server/target.h"

namespace gigawatt::server {
namespace {

Json error_response(const char* what) {
  return {{"description", what},
          {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/error"}}}}}}}};
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

/// The schema of a body goes among the components, once, under the name that it gives itself.
std::string keep(Json& components, const std::string& text) {
  Json schema = Json::parse(text);
  const std::string name = schema.value("$id", schema.value("title", "body"));
  schema.erase("$schema");
  schema.erase("$id");
  components[name] = std::move(schema);
  return "#/components/schemas/" + name;
}

Json operation(const Endpoint& e, Json& components) {
  Json op = {{"summary", e.summary}};
  if (Json list = parameters(e); !list.empty()) op["parameters"] = std::move(list);
  if (e.body != nullptr)
    op["requestBody"] = {
        {"required", true},
        {"content", {{"application/json", {{"schema", {{"$ref", keep(components, e.body())}}}}}}}};
  const bool queues = e.method == "POST" && e.path == "/api/runs";
  Json& responses = op["responses"];
  responses[queues ? "202" : "200"] = {
      {"description", e.answer},
      {"content",
       {{e.media, {{"schema", {{"type", e.media == "application/json" ? "object" : "string"}}}}}}}};
  if (e.body != nullptr || e.query != nullptr) responses["400"] = error_response("the input is wrong");
  if (e.path.find('{') != std::string_view::npos) responses["404"] = error_response("there is no such thing");
  if (queues) responses["429"] = error_response("too many runs wait");
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
  for (const auto& e : endpoints) {
    std::string method(e.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    paths[std::string(e.path)][method] = operation(e, components);
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
        {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}},
      {"security", {Json::object(), {{"token", Json::array()}}}}};
  return document.dump(2) + "\n";
}

}  // namespace gigawatt::server
