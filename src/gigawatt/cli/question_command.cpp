#include "gigawatt/cli/question_command.h"

#include <deque>

#include <fmt/format.h>

#include "gigawatt/base/stop.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/interrupt.h"

namespace gigawatt::cli {
namespace {

void say_no(const ask::No& no, Console& console) {
  console.error(fmt::format("no: {}\n{}", no.reason, no.hint.empty() ? "" : "hint: " + no.hint + "\n"));
}

void print(const ask::Answer& answer, const Common& common, Console& console) {
  if (common.json) {
    if (!answer.no || !answer.no->refused) return console.print_json(answer.json);
    auto document = answer.json;
    document["feasible"] = false;
    document["reason"] = answer.no->reason;
    document["hint"] = answer.no->hint;
    console.print_json(document);
  } else if (answer.text) {
    console.print(answer.text(console.colour()));
  }
}

/// What has nothing to show when it is stopped ends where it is.
ask::Answered ask_within(const ask::Command& command, const config::Node& table,
                         const ask::Context& context) {
  const base::StopScope scope(context.stop);
  try {
    return command.ask(table, context);
  } catch (const base::Stopped&) {
    ask::Answer stopped;
    stopped.interrupted = true;
    return stopped;
  }
}

}  // namespace

int question_command(const ask::Command& command, const QuestionOptions& options, const Common& common,
                     Console& console) {
  const config::Node table = options.node();
  std::deque<std::pair<std::string, OutputFile>> files;
  for (const auto& [key, path] : options.outputs())
    files.emplace_back(std::piecewise_construct, std::forward_as_tuple(key), std::forward_as_tuple(path));
  const auto known = knowledge(common);
  const Interrupt interrupt;
  const ask::Context context{
      .knowledge = known,
      .data = data_directory(),
      .seed = common.seed,
      .stop = interrupt.token(),
      .progress = [&console](std::string_view what, double done) { console.progress(what, done); },
      .constants = common.calibration,
      .note = [&console](std::string_view line) { console.note(line); }};
  const auto answer = ask_within(command, table, context);
  console.end_progress();
  if (!answer && answer.error().front().code == ask::kUsage) {
    console.error(fmt::format("gigawatt {}: {}\nTry 'gigawatt {} --help'.\n", command.name,
                              answer.error().front().message, command.name));
    return kUsage;
  }
  if (!answer) throw InputError(answer.error());
  for (auto& [key, file] : files)
    if (const auto text = answer->files.find(key); text != answer->files.end())
      file.write([&](std::ostream& out) { text->second.write(out); });
  if (!(answer->interrupted && answer->json.is_null())) print(*answer, common, console);
  for (const auto& note : answer->notes) console.note(note);
  if (answer->interrupted) return interrupt.exit_code();
  if (!answer->no) return kDone;
  say_no(*answer->no, console);
  return kNo;
}

}  // namespace gigawatt::cli
