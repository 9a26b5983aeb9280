#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/interrupt.h"
#include "gigawatt/engine/record.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/report/html.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/text.h"

namespace gigawatt::cli {
namespace {

engine::Inputs load(const RunArguments& arguments, const Common& common) {
  auto inputs = engine::load_inputs(arguments.scenario, data_directory(), arguments.set, own_constants(common));
  if (!inputs) throw InputError(inputs.error());
  return std::move(*inputs);
}

engine::RunOptions run_options(const RunArguments& arguments, const Common& common,
                               const engine::Inputs& inputs, const Interrupt& interrupt, Console& console) {
  engine::RunOptions options;
  options.seed = common.seed;
  options.futures = arguments.runs;
  options.stop = interrupt.token();
  options.progress = [&console](const engine::Progress& p) { console.progress(p.what, p.done); };
  if (!arguments.until.empty()) {
    options.until = base::parse_time(arguments.until);
    if (*options.until <= inputs.scenario.start || *options.until > inputs.scenario.end)
      throw InputError(fmt::format("--until {}: the scenario runs from {} to {}", arguments.until,
                                   base::to_iso_date(inputs.scenario.start),
                                   base::to_iso_date(inputs.scenario.end)));
  }
  return options;
}

bool any_inconsistent(const engine::RunOutput& output) {
  for (const auto& claim : output.claims)
    if (claim.verdict == analysis::Verdict::kInconsistent) return true;
  return false;
}

int answer(const RunArguments& arguments, const engine::RunOutput& output, const Interrupt& interrupt) {
  if (output.interrupted) return interrupt.exit_code();
  return arguments.strict && any_inconsistent(output) ? kNo : kDone;
}

}  // namespace

int run_command(const RunArguments& arguments, const Common& common, Console& console) {
  const Interrupt interrupt;
  const auto inputs = load(arguments, common);
  const auto options = run_options(arguments, common, inputs, interrupt, console);

  // Everything that can be refused is asked for before the simulation.
  std::unique_ptr<results::Store> store;
  std::unique_ptr<results::RunWriter> writer;
  std::optional<OutputFile> page;
  if (!arguments.report.empty()) page.emplace(arguments.report);
  if (!arguments.out.empty()) {
    store = results::open_store(arguments.out);
    writer = store->begin_run(engine::header(inputs, options, program_name()));
    engine::record_inputs(inputs, *writer);
  }

  const auto output = engine::run(inputs, options);
  console.end_progress();
  std::string document;
  if (writer || page) document = report::run_document(inputs, output, program_name()).dump();
  if (writer) {
    writer->attach(results::Attachment::kDocument, document);
    engine::record_output(inputs, output, *writer);
    console.note(fmt::format("run {} is in {}{}", writer->id(), arguments.out,
                             output.interrupted ? ", marked interrupted" : ""));
  }
  if (page) {
    page->write(report::html_page(document));
    console.note(fmt::format("the report is {}", arguments.report));
  }
  if (output.interrupted)
    console.note(fmt::format("interrupted: figures end on {}", base::to_iso_date(output.nominal.end)));
  if (common.json)
    console.print(report::summary_json(inputs, output).dump(2) + "\n");
  else
    console.print(report::summary_text(inputs, output, console.colour()));
  return answer(arguments, output, interrupt);
}

int claims_command(const RunArguments& arguments, const Common& common, Console& console) {
  const Interrupt interrupt;
  const auto inputs = load(arguments, common);
  const auto output = engine::run(inputs, run_options(arguments, common, inputs, interrupt, console));
  console.end_progress();
  if (common.json) {
    const nlohmann::ordered_json document = {{"scenario", inputs.scenario.name},
                                             {"seed", output.seed},
                                             {"claims", report::claims_json(inputs, output)}};
    console.print(document.dump(2) + "\n");
  } else if (output.claims.empty()) {
    console.note("this scenario carries no claims");
  } else {
    console.print(report::claims_text(inputs, output, console.colour()));
  }
  return answer(arguments, output, interrupt);
}

}  // namespace gigawatt::cli
