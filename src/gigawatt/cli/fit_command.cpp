#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "gigawatt/cli/commands.h"
#include "gigawatt/cli/log_commands.h"
#include "gigawatt/report/failure_fit.h"

namespace gigawatt::cli {

void fit_options(CLI::App& sub, FitArguments& a) {
  sub.add_option("what", a.what, "failures")->required()->check(CLI::IsMember({"failures"}));
  sub.add_option("file", a.file,
                 "Fault log: CSV (node,start,end,cause), or the JSON of the InfiniteHBD trace")
      ->required();
  sub.add_option("--out", a.out, "Write the fit as a failures file (TOML)");
  sub.add_option("--name", a.name, "Name of the profile in that file")->capture_default_str();
  sub.add_option("--nodes", a.nodes,
                 "Nodes of the fleet, those without a fault included; default: those in the log")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100'000'000}));
  sub.add_option("--gpus-per-node", a.gpus_per_node, "GPUs of a node")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1024}))
      ->capture_default_str();
  sub.add_option("--observed", a.observed,
                 "How long the fleet was watched, \"348 d\"; default: first to last event");
  sub.add_option("--merge-within", a.merge_within,
                 "A line of the same node and cause this soon after another repeats it; default \"60 s\"");
  sub.add_flag("--count-all", a.count_all,
               "Every line is a fault: also repeats, and those of a node that is out of service");
}

int fit_command(const FitArguments& a, const Common& common, Console& console) {
  engine::FitFailuresQuery query;
  query.nodes = a.nodes;
  query.accelerators_per_node = a.gpus_per_node;
  query.seed = common.seed.value_or(1);
  query.name = a.name;
  if (!a.observed.empty()) query.observed_s = quantity_option("--observed", a.observed, "d");
  if (!a.merge_within.empty()) query.merge_within_s = quantity_option("--merge-within", a.merge_within, "s");
  query.count_all = a.count_all;
  std::optional<OutputFile> out;
  if (!a.out.empty()) out.emplace(a.out);
  const auto list = logs::read_faults(a.file);
  if (!list) throw InputError(list.error());
  const auto answer = engine::fit_failure_log(*list, query);
  if (!answer) throw InputError(answer.error());
  if (out)
    out->write(engine::failures_toml(*answer, query, std::filesystem::path(a.file).filename().string(),
                                     program_name()));
  if (common.json)
    console.print(report::failure_fit_json(*list, *answer)
                      .dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                  "\n");
  else
    console.print(report::failure_fit_text(*list, *answer, console.colour()));
  if (out) console.note(fmt::format("the fit is in {}", a.out));
  return kDone;
}

}  // namespace gigawatt::cli
