#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/interrupt.h"
#include "gigawatt/cli/overwrite.h"
#include "gigawatt/engine/record.h"
#include "gigawatt/engine/run.h"
#include "gigawatt/engine/snapshot.h"
#include "gigawatt/report/html.h"
#include "gigawatt/report/job_timeline.h"
#include "gigawatt/report/json.h"
#include "gigawatt/report/site_year.h"
#include "gigawatt/report/text.h"
#include "gigawatt/scenario/hourly.h"

namespace gigawatt::cli {
namespace {

constexpr double kWorthSaying_s = 20;

std::string long_time(double seconds) {
  return seconds < 120 ? fmt::format("{:.0f} seconds", seconds) : fmt::format("{:.0f} minutes", seconds / 60);
}

/// Says once how long the nominal simulation will take, where that is long: nobody is to wait in silence.
class Patience {
 public:
  std::optional<double> foreseen(const engine::Progress& p) {
    constexpr double kFirstLook_s = 2;
    if (!p.date || said_) return std::nullopt;  // not simulating yet
    const auto now = std::chrono::steady_clock::now();
    if (!begin_) begin_ = now;
    const double run_s = std::chrono::duration<double>(now - *begin_).count();
    if (run_s < kFirstLook_s || p.done <= 0) return std::nullopt;
    said_ = true;
    return run_s / p.done > kWorthSaying_s ? std::optional(run_s / p.done) : std::nullopt;
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> begin_;
  bool said_ = false;
};

engine::RunOptions run_options(const RunArguments& arguments, const Common& common,
                               const engine::Inputs& inputs, const Interrupt& interrupt, Console& console) {
  engine::RunOptions options;
  options.seed = common.seed;
  options.futures = arguments.runs;
  options.stop = interrupt.token();
  options.expected = [&console, futures = arguments.runs](double seconds) {
    if (seconds > kWorthSaying_s)
      console.note(fmt::format("{} futures take about {}", futures, long_time(seconds)));
  };
  options.progress = [&console, patience = Patience{}](const engine::Progress& p) mutable {
    if (const auto left = patience.foreseen(p))
      console.note(
          fmt::format("{} events so far; the simulation takes about {}", p.events, long_time(*left)));
    console.progress(p.what, p.done);
  };
  if (!arguments.until.empty()) {
    options.until = base::parse_time(arguments.until);
    if (*options.until <= inputs.scenario.start || *options.until > inputs.scenario.end)
      throw InputError(fmt::format("--until {}: the scenario runs from {} to {}", arguments.until,
                                   base::to_iso_date(inputs.scenario.start),
                                   base::to_iso_date(inputs.scenario.end)));
  }
  return options;
}

/// Every file beside the data folder that a run reads.
std::vector<std::string> files_read(const RunArguments& arguments, const Common& common) {
  std::vector<std::string> files{arguments.scenario, arguments.from, common.calibration};
  if (arguments.scenario.empty()) return files;
  const auto hourly = scenario::read_hourly(arguments.scenario);
  if (!hourly) return files;  // said when it is read in earnest
  const auto folder = std::filesystem::path(arguments.scenario).parent_path();
  for (const auto& [site, asked] : *hourly)
    for (const auto& name : {asked.weather.file, asked.prices.file, asked.prices.carbon, asked.prices.supply})
      if (!name.empty()) files.push_back(scenario::hourly_path(name, folder).string());
  return files;
}

/// The tables of one run as Parquet files. A store of its own is made for them and removed again.
class ParquetFolder {
 public:
  explicit ParquetFolder(const std::string& folder)
      : folder_(folder), store_file_(folder_ / ".gigawatt-run.db") {
    std::error_code problem;
    std::filesystem::create_directories(folder_, problem);
    if (problem) throw InputError(fmt::format("--parquet {}: {}", folder, problem.message()));
    remove();
    store_ = results::open_store(store_file_);
  }
  ~ParquetFolder() {
    writer_.reset();
    store_.reset();
    remove();
  }
  ParquetFolder(const ParquetFolder&) = delete;
  ParquetFolder& operator=(const ParquetFolder&) = delete;

  void write(const engine::Inputs& inputs, const engine::RunOptions& options,
             const engine::RunOutput& output) {
    writer_ = store_->begin_run(engine::header(inputs, options, program_name()));
    engine::record_inputs(inputs, *writer_);
    engine::record_output(inputs, output, *writer_);
    store_->export_parquet(folder_);
  }

 private:
  void remove() const {
    std::error_code ignored;
    std::filesystem::remove(store_file_, ignored);
    std::filesystem::remove(store_file_.string() + ".wal", ignored);
  }
  std::filesystem::path folder_, store_file_;
  std::unique_ptr<results::Store> store_;
  std::unique_ptr<results::RunWriter> writer_;
};

template <typename T>
T good(tl::expected<T, base::Diagnostics> value) {
  if (!value) throw InputError(value.error());
  return std::move(*value);
}

bool any_inconsistent(const engine::RunOutput& output) {
  for (const auto& claim : output.claims)
    if (claim.verdict == analysis::Verdict::kInconsistent) return true;
  return false;
}

/// A training that failures let get nowhere; its status says why.
bool any_hopeless(const engine::RunOutput& output) {
  for (const auto& job : output.nominal.jobs)
    if (!job.batch && job.status == fleet::JobStatus::kStopped) return true;
  return false;
}

int answer(const RunArguments& arguments, const engine::RunOutput& output, const Interrupt& interrupt) {
  if (output.interrupted) return interrupt.exit_code();
  return any_hopeless(output) || (arguments.strict && any_inconsistent(output)) ? kNo : kDone;
}

}  // namespace

int run_command(const RunArguments& arguments, const Common& common, Console& console) {
  if (arguments.scenario.empty() == arguments.from.empty()) {
    console.error(fmt::format(
        "gigawatt run: {}\nTry 'gigawatt run --help'.\n",
        arguments.from.empty() ? "scenario is required" : "a scenario and --from exclude each other"));
    return kUsage;
  }
  using Kind = NamedPath::Kind;
  refuse_overwriting(files_read(arguments, common), {{"--out", arguments.out, Kind::kStore},
                                                     {"--report", arguments.report},
                                                     {"--timeline", arguments.timeline},
                                                     {"--snapshot-out", arguments.snapshot_out},
                                                     {"--parquet", arguments.parquet, Kind::kFolder}});
  const Interrupt interrupt;
  std::optional<engine::Snapshot> snapshot;
  std::optional<engine::ForkedInputs> fork;
  if (!arguments.from.empty()) {
    snapshot = good(engine::read_snapshot(arguments.from, program_name()));
    if (common.seed && *common.seed != snapshot->seed)
      throw InputError(
          fmt::format("--seed {}: the snapshot's past has seed {}", *common.seed, snapshot->seed));
    fork = good(engine::load_fork(*snapshot, data_directory(), arguments.set, own_constants(common)));
  }
  const engine::Inputs inputs =
      fork ? fork->inputs : scenario_inputs(arguments.scenario, arguments.set, common);
  auto options = run_options(arguments, common, inputs, interrupt, console);
  if (snapshot) options.seed = snapshot->seed;

  // Everything that can be refused is asked for before the simulation.
  std::unique_ptr<results::Store> store;
  std::unique_ptr<results::RunWriter> writer;
  std::optional<OutputFile> page, timeline, kept;
  std::optional<ParquetFolder> parquet;
  if (!arguments.report.empty()) page.emplace(arguments.report);
  if (!arguments.timeline.empty()) timeline.emplace(arguments.timeline);
  if (!arguments.parquet.empty()) parquet.emplace(arguments.parquet);
  if (!arguments.snapshot_out.empty()) {
    kept.emplace(arguments.snapshot_out);
    kept->write(engine::snapshot_text(
        good(engine::take_snapshot(inputs, options, *base::parse_time(arguments.snapshot), program_name()))));
    console.note(fmt::format("the snapshot is {}", arguments.snapshot_out));
  }
  if (!arguments.out.empty()) {
    store = results::open_store(arguments.out);
    writer = store->begin_run(engine::header(inputs, options, program_name()));
    engine::record_inputs(inputs, *writer);
  }

  const auto output = fork ? good(engine::run_fork(*fork, *snapshot, options)) : engine::run(inputs, options);
  console.end_progress();
  std::string document;
  if (writer || page) document = report::run_document(inputs, output, program_name()).dump();
  if (writer) {
    writer->attach(results::Attachment::kDocument, document);
    engine::record_output(inputs, output, *writer);
    console.note(fmt::format("run {} is in {}{}", writer->id(), arguments.out,
                             output.interrupted ? ", marked interrupted" : ""));
  }
  if (parquet) {
    parquet->write(inputs, options, output);
    console.note(fmt::format("the tables are in {}", arguments.parquet));
  }
  if (timeline) {
    timeline->write(report::job_timeline(output));
    console.note(fmt::format("the timeline is {}", arguments.timeline));
  }
  if (page) {
    page->write(report::html_page(document));
    console.note(fmt::format("the report is {}", arguments.report));
  }
  if (output.interrupted)
    console.note(fmt::format("interrupted: figures end on {}", base::to_iso_date(output.nominal.end)));
  if (common.json) {
    console.print(report::summary_json(inputs, output).dump(2) + "\n");
  } else {
    console.print(report::summary_text(inputs, output, console.colour()) +
                  report::site_hours_text(output.hours, console.colour()));
  }
  return answer(arguments, output, interrupt);
}

int claims_command(const RunArguments& arguments, const Common& common, Console& console) {
  const Interrupt interrupt;
  const auto inputs = scenario_inputs(arguments.scenario, arguments.set, common);
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
