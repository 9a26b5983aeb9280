#include <deque>

#include <fmt/format.h>

#include "gigawatt/config/empty_visitor.h"
#include "gigawatt/server/body.h"
#include "gigawatt/server/seed.h"
#include "gigawatt/server/services.h"

namespace gigawatt::server {
namespace {

/// The keys at which a body may hold a document as an object.
class DocumentKeys final : public config::EmptyVisitor {
 public:
  std::vector<std::string> keys;
  void name_or_text(config::NameOrText&, const config::Field& f) override { keep(f); }
  void input_text(config::InputText&, const config::Field& f) override { keep(f); }

 private:
  void keep(const config::Field& f) {
    keys.emplace_back(f.key);
    if (!f.alias.empty()) keys.emplace_back(f.alias);
  }
};

/// Why an answer is what was found until then.
Json ended_json(const Turn& turn) {
  return {{"after_s", turn.ended_after_s()},
          {"reason", turn.ended_for_memory()
                         ? "the memory of the server was full: this is what was found until then"
                         : "the turn was over: this is what was found until then"},
          {"hint",
           "ask for less, ask again when the server is idle, or use the command line, which has no bound"}};
}

Response ask_question(Services& s, const Call& call) {
  const ask::Command& command = *call.endpoint->command;
  DocumentKeys documents;
  command.visit(documents);
  auto table = parse_body(call.request.body, documents.keys);
  if (!table) return diagnostics_answer(table.error());
  const auto seed = take_seed(command, *table);
  if (!seed) return diagnostics_answer(seed.error());
  const ask::Context context{.knowledge = s.knowledge, .data = s.data, .seed = *seed, .stop = call.turn.stop};
  auto answer = command.ask(*table, context);
  if (!answer) return diagnostics_answer(answer.error());
  const bool stopped = call.turn.stop.stop_requested() && answer->interrupted;
  if (stopped && (call.turn.ended_after_s() == 0 || answer->json.is_null())) return stopped_answer(call.turn);
  if (stopped) {
    answer->json["interrupted"] = true;
    answer->json["ended"] = ended_json(call.turn);
  }
  if (answer->no && answer->no->refused)
    return error_answer(400, answer->no->code, answer->no->reason, answer->no->hint);
  return json_answer(answer->json);
}

}  // namespace

Response stopped_answer(const Turn& turn) {
  if (turn.ended_after_s() == 0) return error_answer(503, "cancelled", "nobody waits for this answer");
  const bool memory = turn.ended_for_memory();
  Response response = error_answer(
      503, memory ? "too_large" : "too_long",
      memory ? "the memory of the server was full before there was an answer"
             : fmt::format("there was no answer after {} s, as long as a turn lasts", turn.ended_after_s()),
      "ask for less, ask again when the server is idle, or use the command line, which has no bound");
  response.headers.emplace_back("Retry-After", "10");
  return response;
}

std::span<const Endpoint> question_endpoints() {
  static const std::deque<std::string> paths = [] {
    std::deque<std::string> list;
    for (const auto& command : ask::commands()) list.push_back(fmt::format("/api/{}", command.name));
    return list;
  }();
  static const std::vector<Endpoint> endpoints = [] {
    std::vector<Endpoint> list;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const ask::Command& command = ask::commands()[i];
      Endpoint e{"POST",
                 paths[i],
                 command.summary,
                 command.weight == ask::Weight::kLight ? Deferred::Weight::kLight : Deferred::Weight::kHeavy,
                 ask_question,
                 command.answer};
      e.command = &command;
      list.push_back(e);
    }
    return list;
  }();
  return endpoints;
}

}  // namespace gigawatt::server
