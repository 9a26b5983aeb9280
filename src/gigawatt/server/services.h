#pragma once
/// What the endpoints work with, and the table of them. Private to this module.

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/ask/command.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/server/answers.h"
#include "gigawatt/server/encoding.h"
#include "gigawatt/server/run_queue.h"

namespace gigawatt::server {

struct Services {
  const engine::Knowledge& knowledge;
  std::filesystem::path data;       ///< the data folder
  std::filesystem::path scenarios;  ///< shipped examples; may be missing
  std::string version;
  RunQueue& runs;

  Made catalog, scenario_list, schema, validation, openapi, data_hash;
};

struct Endpoint;

struct Call {
  const Request& request;
  std::vector<std::string> parameters;  ///< what stands for {...} in the path, in order
  Turn turn{};                          ///< how long the answer may take
  const Endpoint* endpoint = nullptr;   ///< that is called
};

struct Endpoint {
  std::string_view method;
  std::string_view path;  ///< "/api/runs/{id}"
  std::string_view summary;
  std::optional<Deferred::Weight> weight;  ///< empty: answered at once
  Response (*respond)(Services&, const Call&);
  std::string_view answer;           ///< what 200 holds, for the OpenAPI document
  std::string (*body)() = nullptr;   ///< JSON Schema of the body
  std::string (*query)() = nullptr;  ///< JSON Schema whose properties are the query's parameters
  std::string_view media = "application/json";
  std::pair<int, std::string_view> refusal{};  ///< a status of its own besides those that all share, and why
  const ask::Command* command = nullptr;       ///< that it asks; then the body is the command's question
};

// Each file of endpoints adds its own.
std::span<const Endpoint> catalogue_endpoints();
std::span<const Endpoint> scenario_endpoints();
std::span<const Endpoint> run_endpoints();
std::span<const Endpoint> step_endpoints();
std::span<const Endpoint> question_endpoints();  ///< POST /api/NAME for each command of module ask

/// All of them but the event stream, in the order of the document.
std::vector<Endpoint> all_endpoints();

/// OpenAPI 3.1 of `endpoints`.
std::string openapi_document(std::span<const Endpoint> endpoints, std::string_view version);

/// Of work that was asked to stop and has nothing to show.
Response stopped_answer(const Turn& turn);

/// JSON made before.
Response text_answer(std::string json);

}  // namespace gigawatt::server
