#pragma once
/// A command as every face sees it: its name, a sentence, the field table of its question, and what answers it.
///
///     struct EchoQuery { std::string word; };
///     void fields(config::FieldVisitor& v, EchoQuery& q);   // key "word": --word, {"word": ...}, word=...
///     Answered say(const EchoQuery& q, const Context& context);
///     Command echo() { return make_command<say>({.name = "echo", .summary = "Says a word"}); }
///
/// stand in commands/echo.h and commands/echo.cpp; the list of all commands is made from that folder. Faces turn what
/// they were given (arguments, a request's body, keywords) into a config::Node, and the field table reads it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "gigawatt/ask/file_content.h"
#include "gigawatt/ask/overwrite.h"
#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/schema.h"
#include "gigawatt/engine/inputs.h"

namespace gigawatt::reliability {
class FailureLaw;
}

namespace gigawatt::ask {

/// What a face hands over besides the question.
struct Context {
  const engine::Knowledge& knowledge;
  std::filesystem::path data;         ///< the data folder
  std::optional<std::uint64_t> seed;  ///< of all random draws; empty: the command's own default
  std::stop_token stop{};             ///< nobody waits for the answer any more
  std::function<void(std::string_view what, double done)> progress{};  ///< may be empty
  std::string
      constants{};  ///< path of the user's own fitted constants, which the knowledge holds; empty: none
  std::function<void(std::string_view line)> note{};  ///< said at once, while the work goes on; may be empty
  const reliability::FailureLaw* law = nullptr;       ///< of a run; null: the scenario's rates
};

/// The work was done and the answer is "no": exit code 3.
struct No {
  std::string reason;
  std::string hint;                   ///< may be empty
  bool refused = false;               ///< nothing was computed, there is only the reason: an illegal plan
  std::string_view code = "refused";  ///< of the refusal, for programs
};

struct Answer {
  nlohmann::ordered_json json;                  ///< the document
  std::function<std::string(bool color)> text;  ///< the same for a terminal
  std::optional<No> no;
  bool interrupted = false;                  ///< the stop token came first: what was found until then
  std::vector<std::string> notes;            ///< lines beside the result
  std::map<std::string, FileContent> files;  ///< contents by the key of their config::OutputFile
};

using Answered = tl::expected<Answer, base::Diagnostics>;

/// Code of a diagnostic that says which arguments belong together: a command line answers it as a wrong use.
inline constexpr const char* kUsage = "usage";

/// How long an answer takes: light ones in milliseconds, heavy ones wait in a queue of their own.
enum class Weight : std::uint8_t { kLight, kHeavy };

struct Description {
  std::string_view name;
  std::string_view summary;  ///< one sentence without its full stop
  Weight weight = Weight::kHeavy;
  std::string_view answer = "";  ///< what the JSON holds
  bool names_files = false;      ///< reads and writes files by their paths: HTTP refuses it
  bool draws = false;            ///< the answer depends on a seed
  bool constants = true;         ///< the answer depends on the fitted constants of kernels and collectives
  bool main_job = false;         ///< lists begin with it
};

struct Command : Description {
  /// Shows the fields of a question, with their defaults.
  void (*visit)(config::FieldVisitor& v) = nullptr;
  /// Reads the question from a table and answers it; every mistake is named at once.
  Answered (*ask)(const config::Node& table, const Context& context) = nullptr;
  /// JSON Schema of the question.
  std::string (*schema)(std::string_view name, std::string_view summary) = nullptr;
};

template <typename Function>
struct QuestionOf;
template <typename Query>
struct QuestionOf<Answered (*)(const Query&, const Context&)> {
  using Type = Query;
};

/// What a question would write over one of the files that are read for it. Files that those name in turn are told by
/// `std::vector<std::string> files_beside(const Query&)`, where there is such a function.
template <typename Query>
base::Diagnostics overwriting(Query& query, const Context& context) {
  NamedFiles files;
  fields(files, query);
  if (files.written.empty()) return {};
  files.read.push_back(context.constants);
  if constexpr (requires { files_beside(query); })
    for (auto& file : files_beside(query)) files.read.push_back(std::move(file));
  return overwritten(files.read, files.written, context.data);
}

/// `answerer`: a function Answered(const Query&, const Context&).
template <auto answerer>
Command make_command(const Description& description) {
  using Query = typename QuestionOf<decltype(answerer)>::Type;
  Command command;
  static_cast<Description&>(command) = description;
  command.visit = [](config::FieldVisitor& v) {
    Query query;
    fields(v, query);
  };
  command.ask = [](const config::Node& table, const Context& context) -> Answered {
    base::Diagnostics problems;
    Query query;
    config::Reader(table, problems).read(query);
    if (!base::has_errors(problems)) problems = overwriting(query, context);
    if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
    return answerer(query, context);
  };
  command.schema = &config::json_schema<Query>;
  return command;
}

/// All commands, by name.
std::span<const Command> commands();

}  // namespace gigawatt::ask
