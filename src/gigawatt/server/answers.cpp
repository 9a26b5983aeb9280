#include "gigawatt/server/answers.h"

#include <algorithm>
#include <span>
#include <string>

namespace gigawatt::server {

Response json_answer(const Json& document, int status) {
  Response response;
  response.status = status;
  response.body = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

Response error_answer(int status, std::string_view code, std::string_view message, std::string_view hint) {
  Json error = {{"code", code}, {"message", message}};
  if (!hint.empty()) error["hint"] = hint;
  return json_answer({{"error", std::move(error)}}, status);
}

Json diagnostics_json(const base::Diagnostics& diagnostics) {
  // Who has made more mistakes than this is not helped by a list of them.
  constexpr std::size_t kMost = 300;
  Json list = Json::array();
  for (const auto& d : std::span(diagnostics).first(std::min(diagnostics.size(), kMost)))
    list.push_back({{"severity", d.severity == base::Severity::kError ? "error" : "warning"},
                    {"code", d.code},
                    {"file", d.span.source ? d.span.source->name : ""},
                    {"line", d.span.line},
                    {"column", d.span.column},
                    {"length", d.span.length},
                    {"key", base::underlined(d.span)},
                    {"message", d.message},
                    {"hint", d.hint}});
  if (diagnostics.size() > kMost)
    list.push_back({{"severity", "error"},
                    {"code", "more"},
                    {"file", ""},
                    {"line", 0},
                    {"column", 0},
                    {"length", 1},
                    {"key", ""},
                    {"message", "and " + std::to_string(diagnostics.size() - kMost) + " more"},
                    {"hint", ""}});
  return list;
}

Response diagnostics_answer(const base::Diagnostics& diagnostics) {
  Json error = {{"code", "wrong_input"}, {"message", diagnostics.empty() ? "" : diagnostics.front().message}};
  return json_answer({{"diagnostics", diagnostics_json(diagnostics)}, {"error", std::move(error)}}, 400);
}

}  // namespace gigawatt::server
