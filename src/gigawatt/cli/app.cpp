#include "gigawatt/cli/app.h"

#include <csignal>
#include <deque>
#include <functional>
#include <new>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "gigawatt/base/check.h"
#include "gigawatt/base/nearest.h"
#include "gigawatt/base/parallel.h"
#include "gigawatt/base/version.h"
#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/compare_command.h"
#include "gigawatt/cli/import_log.h"
#include "gigawatt/cli/question_command.h"
#include "gigawatt/cli/reference.h"
#include "gigawatt/engine/step_query.h"

namespace gigawatt::cli {
namespace {

using engine::kMostAccelerators;

/// The commands with their options; parsing fills the arguments, `chosen` runs the command.
struct Program {
  CLI::App app{
      "Gigawatt: a digital twin of AI superclusters. One scenario file becomes a simulated build-out, a "
      "stored "
      "run, a table and a report.",
      "gigawatt"};
  Common common;
  CalibrateArguments calibrate;
  CatalogArguments catalog;
  ImportArguments import;
  ServeArguments serve;
  ImportLogArguments import_log;
  std::deque<QuestionOptions> questions;  ///< one a command of module ask
  CompareArguments compare;
  std::string schema;
  std::string reference;
  bool version = false;
  std::function<int(Console&)> chosen;

  Program() {
    app.set_help_flag("-h,--help", "Show this help and exit");
    app.add_flag("--version", version, "Show the version and exit");
    app.require_subcommand(0, 1);
    app.footer(
        "Exit codes: 0 done, 1 the input was wrong, 2 usage, 3 the work was done and the answer is no.");
    add_questions();
    add_calibrate();
    add_serve();
    add_catalog();
    add_import();
    add_schema();
    add_reference();
    compare_options(*command("compare", "What differs between two stored runs",
                             [this](Console& c) { return compare_command(compare, common, c); }),
                    compare);
    command("version", "Print the version", [this](Console& c) { return version_command(common, c); });
  }

  CLI::App* command(const char* name, const char* help, std::function<int(Console&)> action) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->set_help_flag("-h,--help", "Show this help and exit");
    sub->add_flag("--json", common.json, "Print one JSON document on standard output and nothing else there");
    sub->add_option("--seed", common.seed, "Seed of all random draws")->check(CLI::NonNegativeNumber);
    sub->add_option("--threads", common.threads, "Threads to use; 0: all")->check(CLI::Range(0, 4096));
    sub->add_flag("--quiet", common.quiet, "Print no messages and no progress, only the result");
    sub->add_flag("--version", version, "Show the version and exit");
    sub->callback([this, action = std::move(action)] { chosen = action; });
    return sub;
  }

  void add_constants(CLI::App* sub) {
    sub->add_option(
           "--calibration", common.calibration,
           "Your own fitted constants, which go before the shipped ones: what \"calibrate --out\" wrote")
        ->check(CLI::ExistingPath);
  }

  void add_questions() {
    for (const bool main_job : {true, false})
      for (const auto& asked : ask::commands())
        if (asked.main_job == main_job) add_question(asked);
  }

  void add_question(const ask::Command& asked) {
    const std::string name(asked.name), summary(asked.summary);
    const std::size_t index = questions.size();
    CLI::App* sub = command(name.c_str(), summary.c_str(), [this, &asked, index](Console& c) {
      return question_command(asked, questions[index], common, c);
    });
    if (asked.constants) add_constants(sub);
    asked.visit(questions.emplace_back(*sub));
  }

  void add_calibrate() {
    CLI::App* sub =
        command("calibrate", "Fit the constants of kernels, collectives and training runs to measured rows",
                [this](Console& c) { return calibrate_command(calibrate, common, c); });
    sub->add_option("--kernels", calibrate.kernels,
                    "CSV of measured kernels and collectives; without --runs: the shipped rows");
    sub->add_option("--runs", calibrate.runs, "CSV of measured training runs (docs/reference/runs.md)");
    sub->add_option("--out", calibrate.out,
                    "Write the constants: a TOML file, or a folder with one file per set");
    sub->add_flag(
        "--from-scratch", calibrate.from_scratch,
        "Start from default.toml through generations, and fit all that the shipped rows say: how the "
        "shipped constants are made");
    sub->add_flag("--leave-sources-out", calibrate.leave_sources_out,
                  "Also predict every source of training runs from the other sources");
    sub->add_option("--residuals", calibrate.residuals,
                    "Write each training run's errors in and out of the fit (CSV)");
  }

  void add_serve() {
    CLI::App* sub = command("serve", "The web interface and its HTTP API",
                            [this](Console& c) { return serve_command(serve, common, c); });
    add_constants(sub);
    sub->add_option("--port", serve.port, "Port; 0: any free one")
        ->check(CLI::Range(0, 65535))
        ->capture_default_str();
    sub->add_option("--db", serve.db, "Keep the runs in this DuckDB file");
    sub->add_option("--max-runs", serve.max_runs,
                    "Runs that are kept; more are refused, and the oldest named")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
        ->capture_default_str();
    sub->add_option("--max-store", serve.max_store_gb, "Gigabytes that the file of --db may hold")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
    sub->add_option("--run-time", serve.run_seconds,
                    "Seconds that a run may take; then it is stored with what it has")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}))
        ->capture_default_str();
    sub->add_option("--run-memory", serve.run_memory_gb,
                    "Gigabytes that the jobs of a run's batches may fill; a run that needs more fails")
        ->check(CLI::Range(0.01, 1e6))
        ->capture_default_str();
    sub->add_option("--listen", serve.listen, "Address to listen on instead of 127.0.0.1; needs a token");
    sub->add_option("--token-file", serve.token_file, "File with the secret that clients must send");
    sub->add_option("--host", serve.hosts,
                    "Name by which clients reach this server; may be given several times")
        ->allow_extra_args(false);
  }

  void add_catalog() {
    CLI::App* sub = command("catalog", "Chips, systems, networks, models, sites with their sources",
                            [this](Console& c) { return catalog_command(catalog, common, c); });
    sub->add_option("action", catalog.action,
                    "list [KIND], show NAME, or image FILE: what the data's files hold, checked, as the "
                    "program reads it "
                    "from gigawatt.image beside itself")
        ->check(CLI::IsMember({"list", "show", "image"}))
        ->capture_default_str();
    sub->add_option("name", catalog.name, "What to show, the kind to list, or the file to write");
    sub->callback([this] {
      if (catalog.action == "show" && catalog.name.empty())
        throw CLI::ValidationError("catalog", "show needs a NAME");
      if (catalog.action == "image" && catalog.name.empty())
        throw CLI::ValidationError("catalog", "image needs a FILE");
      chosen = [this](Console& c) { return catalog_command(catalog, common, c); };
    });
  }

  void add_reference();

  void add_import() {
    CLI::App* sub = command("import", "Foreign files and command lines as ours", {});
    auto formats = log_formats();
    formats.insert(formats.begin(), {"hf", "megatron", "nemo", "torchtitan", "maxtext"});
    sub->add_option(
           "format", import.format,
           "hf FILE: a model's config.json; megatron ARGS... or SCRIPT: Megatron-LM's arguments; nemo (and "
           "Megatron-Bridge), torchtitan, maxtext FILE: a configuration; slurm, swf, philly, helios, acme, "
           "alibaba, "
           "azure or google FILE: a job log")
        ->required()
        ->check(CLI::IsMember(formats));
    sub->add_option("--gpus", import.gpus,
                    "megatron: accelerators, if the arguments do not say; logs: of the cluster, larger jobs "
                    "are left out")
        ->check(CLI::Range(std::int64_t{1}, kMostAccelerators));
    sub->add_option("--model", import.model,
                    "megatron: name of the model, if the catalogue has none of its sizes");
    sub->add_option("--system", import.system, "megatron: system to put into our command line")
        ->capture_default_str();
    import_log_options(*sub, import_log);
    sub->allow_extras();
    sub->callback([this, sub] {
      import.rest = sub->remaining();
      import.out = import_log.out;
      chosen = [this](Console& c) {
        const auto logs = log_formats();
        if (std::find(logs.begin(), logs.end(), import.format) == logs.end())
          return import_command(import, common, c);
        if (import.rest.size() != 1)
          throw InputError(
              fmt::format("import {} takes one file, {} are given", import.format, import.rest.size()));
        import_log.format = import.format;
        import_log.file = import.rest.front();
        import_log.gpus = import.gpus;
        return import_log_command(import_log, common, c);
      };
    });
  }

  void add_schema() {
    CLI::App* sub = command("schema", "The JSON Schema of a file format, for editors",
                            [this](Console& c) { return schema_command(schema, common, c); });
    sub->add_option("what", schema, "scenario, sweep, catalog")
        ->required()
        ->check(CLI::IsMember({"scenario", "sweep", "catalog"}));
  }
};

std::string reference_text(const CLI::App& app, const std::string& kind) {
  const auto commands = describe(app);
  if (kind == "bash") return bash_completions(commands);
  if (kind == "zsh") return zsh_completions(commands);
  if (kind == "fish") return fish_completions(commands);
  if (kind == "man") return man_page(commands, base::program_name());
  return markdown_reference(commands);
}

void Program::add_reference() {
  CLI::App* sub =
      command("reference", "Completions for a shell, the man page, or the reference of the command line",
              [this](Console& c) {
                c.print(reference_text(app, reference));
                return kDone;
              });
  sub->add_option("what", reference, "bash, zsh, fish, man or markdown")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man", "markdown"}));
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

int usage(const std::string& message, const CLI::App& app, Console& console) {
  const auto chosen = app.get_subcommands();
  const std::string name = chosen.empty() ? "gigawatt" : "gigawatt " + chosen.front()->get_name();
  console.error(fmt::format("{}: {}\nTry '{} --help'.\n", name, message, name));
  return kUsage;
}

/// "--gpu" -> a hint at "--gpus", among the options of the command that was chosen.
std::string option_hint(const CLI::App& app, int argc, const char* const* argv) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) return "";
  std::vector<std::string> names;
  for (const CLI::Option* option : chosen.front()->get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  for (int i = 2; i < argc; ++i) {
    const std::string given = std::string(argv[i]).substr(0, std::string_view(argv[i]).find('='));
    if (!given.starts_with("--") || std::find(names.begin(), names.end(), given) != names.end()) continue;
    const std::string hint = base::did_you_mean(given, names);
    return hint.empty() ? "" : "; " + hint;
  }
  return "";
}

/// The exit code, or -1 when a command is to be run.
int parse(Program& program, int argc, const char* const* argv, Console& console) {
  const auto names = command_names(program.app);
  if (argc > 1 && argv[1][0] != '-' && std::find(names.begin(), names.end(), argv[1]) == names.end()) {
    const std::string hint = base::did_you_mean(argv[1], names);
    return usage(fmt::format("there is no command '{}'{}", argv[1], hint.empty() ? "" : "; " + hint),
                 program.app, console);
  }
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = program.app.get_subcommands();
    console.print(chosen.empty() ? program.app.help() : chosen.front()->help("", CLI::AppFormatMode::Normal));
    return kDone;
  } catch (const CLI::ParseError& error) {
    if (program.version) return version_command(program.common, console);
    return usage(error.what() + option_hint(program.app, argc, argv), program.app, console);
  }
  if (program.version) return version_command(program.common, console);
  if (program.chosen) return -1;
  console.error(program.app.help());
  return kUsage;
}

int run_program(int argc, const char* const* argv, Console& startup) {
  Program program;
  if (const int code = parse(program, argc, argv, startup); code >= 0) return code;
  Console console(program.common);
  const base::ThreadLimit limit(program.common.threads);
  try {
    return program.chosen(console);
  } catch (const InputError& error) {
    console.error(error.what());
  } catch (const base::InternalError& error) {
    console.error(fmt::format("internal error, please report it: {}\n", error.what()));
  } catch (const std::bad_alloc&) {
    console.error("error: out of memory\n");
  } catch (const std::exception& error) {
    console.error(fmt::format("error: {}\n", error.what()));
  }
  return kWrong;
}

}  // namespace

int run_app(int argc, const char* const* argv) {
  // Failing writes are errors with a message, not deaths.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  Console console{Common{}};
  try {
    return run_program(argc, argv, console);
  } catch (const std::exception& error) {
    console.error(fmt::format("error: {}\n", error.what()));
    return kWrong;
  }
}

}  // namespace gigawatt::cli
