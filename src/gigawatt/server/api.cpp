#include "gigawatt/server/api.h"

#include <charconv>
#include <new>

#include <fmt/format.h>

#include "gigawatt/base/stop.h"
#include "gigawatt/results/store.h"
#include "gigawatt/server/answers.h"
#include "gigawatt/server/assets.h"
#include "gigawatt/server/services.h"
#include "gigawatt/server/target.h"

namespace gigawatt::server {
namespace {

/// The values that stand for {...}, or nothing when the path is another.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = segments(pattern), given = segments(path);
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{'))
      parameters.emplace_back(given[i]);
    else if (wanted[i] != given[i])
      return std::nullopt;
  }
  return parameters;
}

/// Failures of the world become answers; the server goes on.
Response guarded(Services& services, const Endpoint& endpoint, const Call& call) {
  try {
    if (call.turn.stop.stop_requested())
      return error_answer(503, "cancelled", "nobody waits for this answer");
    Response response = endpoint.respond(services, call);
    compress(call.request, response);
    return response;
  } catch (const results::StoreError& error) {
    return error_answer(507, "store", error.what());
  } catch (const base::Stopped&) {
    return stopped_answer(call.turn);
  } catch (const std::bad_alloc&) {
    return error_answer(503, "memory", "out of memory");
  } catch (const std::exception& error) {
    return error_answer(500, "internal", error.what());
  }
}

Response openapi(Services& services, const Call& call) {
  return services.openapi.get([&] { return openapi_document(all_endpoints(), services.version); })
      .answer(call.request);
}

/// Only described here: the stream itself is no single answer.
Response events(Services&, const Call&) { return error_answer(500, "internal", "streamed"); }

constexpr Endpoint kOwn[] = {
    {"GET", "/api/openapi.json", "This document.", Deferred::Weight::kLight, openapi, "OpenAPI 3.1"},
    {"GET", "/api/runs/{id}/events",
     "Progress as server-sent events: `progress` (status, fraction, what, date, events, events_per_s), `end` "
     "(the run).",
     std::nullopt, events, "event stream", nullptr, nullptr, "text/event-stream"},
};

constexpr std::size_t kLightBody_bytes = 64 * 1024;

/// In lower case and without the white space around it.
std::string plain(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  std::string out(text.substr(first, text.find_last_not_of(" \t") - first + 1));
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_json(std::string_view type) { return plain(type.substr(0, type.find(';'))) == "application/json"; }

}  // namespace

std::vector<Endpoint> all_endpoints() {
  std::vector<Endpoint> all(std::begin(kOwn), std::end(kOwn));
  for (const auto list :
       {catalogue_endpoints(), scenario_endpoints(), run_endpoints(), step_endpoints(), question_endpoints()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

Response text_answer(std::string json) {
  Response response;
  response.body = std::move(json);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

struct Api::State {
  Services services;
  GuardRules guard;
  std::vector<Endpoint> endpoints = all_endpoints();

  Answer stream(const Call& call) const {
    std::int64_t id = 0;
    const std::string& text = call.parameters[0];
    const char* end = text.data() + text.size();
    const auto record = std::from_chars(text.data(), end, id).ptr == end ? services.runs.find(id) : nullptr;
    if (!record) return error_answer(404, "unknown_run", "there is no such run");
    return record->listen(record);
  }

  Answer respond(const Endpoint& endpoint, Request request, std::vector<std::string> parameters) {
    const bool has_body = endpoint.method == "POST" || endpoint.method == "PATCH";
    if (has_body && !is_json(request.header("content-type")))
      return error_answer(415, "content_type", "the body must be application/json");
    if (const auto coding = plain(request.header("content-encoding"));
        has_body && !coding.empty() && coding != "identity")
      return error_answer(415, "content_encoding", "the body must not be compressed",
                          "send it without Content-Encoding");
    if (endpoint.respond == events) return stream({request, std::move(parameters)});
    if (!endpoint.weight) return guarded(services, endpoint, {request, std::move(parameters), {}, &endpoint});
    // What is long to read is long to answer, whatever is asked.
    const auto weight = request.body.size() > kLightBody_bytes ? Deferred::Weight::kHeavy : *endpoint.weight;
    return Deferred{weight, [this, &endpoint, request = std::move(request),
                             parameters = std::move(parameters)](const Turn& turn) {
                      return guarded(services, endpoint, {request, parameters, turn, &endpoint});
                    }};
  }
};

Api::Api(const engine::Knowledge& knowledge, RunQueue& runs, ApiOptions options)
    : state_(new State{{knowledge,
                        std::move(options.data),
                        std::move(options.scenarios),
                        std::move(options.version),
                        runs,
                        {},
                        {},
                        {},
                        {},
                        {},
                        {}},
                       std::move(options.guard)}) {}

Api::~Api() = default;

Answer Api::answer(Request request) {
  if (auto refusal = refuse(request, state_->guard)) return std::move(*refusal);
  if (!request.path.starts_with("/api/")) return asset_answer(request);
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::string allowed;
  for (const auto& endpoint : state_->endpoints) {
    auto parameters = match(endpoint.path, request.path);
    if (!parameters) continue;
    if (endpoint.method == method)
      return state_->respond(endpoint, std::move(request), std::move(*parameters));
    allowed += (allowed.empty() ? "" : ", ") + std::string(endpoint.method);
  }
  if (allowed.empty())
    return error_answer(404, "unknown_path", "there is nothing here", "see /api/openapi.json");
  Response response =
      error_answer(405, "method", fmt::format("{} is not possible here", request.method), allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace gigawatt::server
