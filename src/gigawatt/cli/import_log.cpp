#include "gigawatt/cli/import_log.h"

#include <sstream>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "gigawatt/ask/overwrite.h"
#include "gigawatt/config/toml.h"
#include "gigawatt/logs/read_jobs.h"
#include "gigawatt/report/replay.h"

namespace gigawatt::cli {
namespace {

constexpr std::size_t kMostNodeBytes = 64u << 20;

logs::JobList read(const std::string& file, logs::ReadOptions options) {
  auto list = logs::read_jobs(file, options);
  if (!list) throw InputError(list.error());
  return std::move(*list);
}

std::vector<std::string> read_nodes(const std::string& file) {
  const auto text = config::read_text_file(file, kMostNodeBytes);
  if (!text) throw InputError(base::Diagnostics{text.error()});
  std::vector<std::string> names;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto more = logs::expand_host_list(line);
    if (!more)
      throw InputError(
          fmt::format("{}: '{}' is no list of nodes such as n[01-99]", file, line.substr(0, 60)));
    names.insert(names.end(), more->begin(), more->end());
  }
  if (names.empty()) throw InputError(fmt::format("{}: names no nodes", file));
  return names;
}

}  // namespace

std::vector<std::string> log_formats() {
  std::vector<std::string> names;
  for (const auto name : logs::kJobFormats)
    if (name != "jobs") names.emplace_back(name);
  return names;
}

void import_log_options(CLI::App& sub, ImportLogArguments& a) {
  sub.add_option("--out", a.out, "logs: write the jobs as CSV; megatron: a model of its own as TOML");
  sub.add_option("--nodes", a.nodes,
                 "slurm: file with the cluster's node names; jobs on others are left out");
}

int import_log_command(const ImportLogArguments& a, const Common& common, Console& console) {
  if (a.out.empty()) throw InputError(fmt::format("import {} needs --out FILE for the jobs", a.format));
  logs::ReadOptions options{.format = a.format, .machines = {}, .cluster_units = a.gpus};
  if (!a.nodes.empty()) options.machines = read_nodes(a.nodes);
  if (const auto problems = ask::overwritten({a.file, a.nodes}, {{"--out", a.out}}, data_directory());
      !problems.empty())
    throw InputError(problems);
  OutputFile out(a.out);
  const auto list = read(a.file, options);
  std::string text = logs::jobs_csv_header();
  for (const auto& job : list.jobs) logs::add_jobs_csv_row(list, job, text);
  out.write(text);
  if (common.json) {
    auto document = report::quality_json(list);
    document["out"] = a.out;
    console.print(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  } else {
    console.print(report::quality_text(list));
    console.note(fmt::format("the jobs are in {}", a.out));
  }
  return list.jobs.empty() ? kNo : kDone;
}

}  // namespace gigawatt::cli
