#include "gigawatt/ask/commands/run.h"

#include <memory>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/ask/run_question.h"
#include "gigawatt/ask/run_store.h"
#include "gigawatt/ask/run_texts.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/base/version.h"
#include "gigawatt/engine/snapshot.h"
#include "gigawatt/report/html.h"
#include "gigawatt/report/job_timeline.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/site_year.h"
#include "gigawatt/report/text.h"
#include "gigawatt/scenario/hourly.h"

namespace gigawatt::ask {
namespace {

struct FullRunQuestion : RunQuestion {
  bool strict = false;
  config::InputText from;
  std::optional<base::SimTime> snapshot;
  config::OutputPlace out, parquet{config::OutputPlace::Kind::kFolder, ""};
  config::OutputFile report, timeline, snapshot_out;
  RunTexts texts;
};

void fields(config::FieldVisitor& v, FullRunQuestion& q) {
  run_fields(v, q, false);
  strict_field(v, q.strict);
  v(q.from,
    {.key = "from",
     .doc = "Continue from a snapshot instead of a scenario; what 'set' changes holds from its date on."});
  v(q.snapshot, {.key = "snapshot",
                 .doc = "Keep where the run stands on this date; over HTTP it is part of the answer."});
  v(q.snapshot_out, {.key = "snapshot_out", .doc = "File for the snapshot."});
  v(q.out, {.key = "out", .doc = "Store the run in this DuckDB file; runs are appended."});
  v(q.texts.name, {.key = "name", .doc = "With out: what the stored run is called."});
  v(q.texts.note, {.key = "note", .doc = "With out: a note that is kept beside it."});
  v(q.report, {.key = "report", .doc = "Write a self-contained HTML report."});
  v(q.parquet, {.key = "parquet", .doc = "Write the run's tables as Parquet files into this folder."});
  v(q.timeline, {.key = "timeline", .doc = "Write the jobs as a Chrome (Perfetto) trace."});
}

base::Diagnostics contradictions(const FullRunQuestion& q) {
  base::Diagnostics out = wrong_texts(q.texts);
  if (q.texts.any() && !q.out.given())
    out.push_back(base::error(kUsage, "'name' and 'note' are kept with a stored run", "out"));
  if (!q.scenario.given() && !q.from.given())
    out.push_back(base::error(kUsage, "scenario is required", "the file of one, or 'from' a snapshot"));
  if (q.scenario.given() && q.from.given())
    out.push_back(base::error(kUsage, "a scenario and 'from' exclude each other"));
  if (q.snapshot_out.given() && !q.snapshot)
    out.push_back(base::error(kUsage, "'snapshot_out' needs the date of the snapshot", "snapshot"));
  return out;
}

/// What a run reads beside the scenario and the data folder: files that its sites name.
std::vector<std::string> files_beside(const FullRunQuestion& q) {
  std::vector<std::string> files;
  if (!q.scenario.file) return files;
  const auto hourly = scenario::read_hourly(q.scenario.name);
  if (!hourly) return files;  // said when it is read in earnest
  const auto folder = std::filesystem::path(q.scenario.name).parent_path();
  for (const auto& [site, asked] : *hourly)
    for (const auto& name : {asked.weather.file, asked.prices.file, asked.prices.carbon, asked.prices.supply})
      if (!name.empty()) files.push_back(scenario::hourly_path(name, folder).string());
  return files;
}

/// What is simulated: a scenario, or the continuation of a snapshot.
struct Subject {
  std::optional<engine::Snapshot> snapshot;
  std::optional<engine::ForkedInputs> fork;
  std::optional<engine::Inputs> own;

  const engine::Inputs& inputs() const { return fork ? fork->inputs : *own; }
};

tl::expected<Subject, base::Diagnostics> subject_of(const FullRunQuestion& q, const Context& context) {
  Subject out;
  if (!q.from.given()) {
    auto inputs = run_inputs(q, context.knowledge);
    if (!inputs) return tl::unexpected(std::move(inputs.error()));
    out.own = std::move(*inputs);
    return out;
  }
  auto snapshot = engine::read_snapshot(q.from.text, q.from.name, base::program_name());
  if (!snapshot) return tl::unexpected(std::move(snapshot.error()));
  if (context.seed && *context.seed != snapshot->seed)
    return tl::unexpected(
        base::Diagnostics{base::error("not-together", fmt::format("seed {}: the snapshot's past has seed {}",
                                                                  *context.seed, snapshot->seed))});
  auto fork = engine::load_fork(*snapshot, context.knowledge, q.set);
  if (!fork) return tl::unexpected(std::move(fork.error()));
  if (auto wrong = check_until(q, fork->inputs.scenario); !wrong.empty())
    return tl::unexpected(std::move(wrong));
  out.snapshot = std::move(*snapshot);
  out.fork = std::move(*fork);
  return out;
}

/// The scenario as it was asked: its author's text, or, where keys of it were changed, the form that holds them.
const std::string& source_of(const FullRunQuestion& q, const engine::Inputs& inputs) {
  return q.scenario.given() && q.set.empty() ? q.scenario.text : inputs.scenario.canonical;
}

Answered answer_run(const FullRunQuestion& q, const Context& context) {
  if (auto wrong = contradictions(q); !wrong.empty()) return tl::unexpected(std::move(wrong));
  auto found = subject_of(q, context);
  if (!found) return tl::unexpected(std::move(found.error()));
  const auto subject = std::make_shared<const Subject>(std::move(*found));
  const auto& inputs = subject->inputs();
  auto options = run_options(q, context);
  if (subject->snapshot) options.seed = subject->snapshot->seed;

  // Everything that can be refused is asked for before the simulation.
  Answer out;
  std::string kept;
  if (q.snapshot) {
    const auto taken = engine::take_snapshot(inputs, options, *q.snapshot, base::program_name());
    if (!taken) return tl::unexpected(taken.error());
    kept = engine::snapshot_text(*taken);
    if (q.snapshot_out.given()) out.files["snapshot_out"] = kept;
  }
  std::optional<ParquetFolder> parquet;
  std::optional<StoredRun> stored;
  if (q.parquet.given()) parquet.emplace(q.parquet.path);
  if (q.out.given()) stored.emplace(q.out.path, inputs, options, source_of(q, inputs), q.texts);

  const base::StopScope to_the_end(context.stop, true);  // a run that is stopped has figures up to that day
  auto result = subject->fork
                    ? engine::run_fork(*subject->fork, *subject->snapshot, options)
                    : tl::expected<engine::RunOutput, base::Diagnostics>(engine::run(inputs, options));
  if (!result) return tl::unexpected(std::move(result.error()));
  const auto output = std::make_shared<const engine::RunOutput>(std::move(*result));
  std::string document;
  if (stored || q.report.given())
    document = report::run_document(inputs, *output, base::program_name()).dump();
  if (stored) {
    stored->finish(inputs, *output, document);
    out.notes.push_back(fmt::format("run {} is in {}{}", stored->id(), q.out.path,
                                    output->interrupted ? ", marked interrupted" : ""));
  }
  if (parquet) {
    parquet->write(inputs, options, *output);
    out.notes.push_back(fmt::format("the tables are in {}", q.parquet.path));
  }
  if (q.timeline.given())
    out.files["timeline"] =
        FileContent([output](std::ostream& to) { report::write_job_timeline(*output, to); });
  if (q.report.given()) out.files["report"] = report::html_page(document);
  for (const auto& [what, file] : {std::pair("snapshot", &q.snapshot_out), std::pair("timeline", &q.timeline),
                                   std::pair("report", &q.report)})
    if (file->given()) out.notes.push_back(fmt::format("the {} is {}", what, file->path));
  if (q.report.given())
    if (auto cut = report::left_out(inputs, *output); !cut.empty()) out.notes.push_back(std::move(cut));
  if (q.timeline.given())
    if (const auto cut = report::timeline_left_out(*output); !cut.empty())
      out.notes.push_back("the timeline is cut: " + cut);
  if (output->interrupted)
    out.notes.push_back(
        fmt::format("interrupted: figures end on {}", base::to_iso_date(output->nominal.end)));
  out.interrupted = output->interrupted;
  out.no = run_no(*output, q.strict);
  out.json = report::summary_json(inputs, *output);
  if (q.snapshot && !q.snapshot_out.given()) out.json["snapshot"] = kept;
  out.text = [subject, output](bool color) {
    return report::summary_text(subject->inputs(), *output, color) +
           report::site_hours_text(output->hours, color);
  };
  return out;
}

}  // namespace

Command run() {
  return make_command<answer_run>({.name = "run",
                                   .summary = "Simulate a scenario, store the run, print the summary",
                                   .answer = "what `gigawatt run --json` prints",
                                   .draws = true,
                                   .main_job = true});
}

}  // namespace gigawatt::ask
