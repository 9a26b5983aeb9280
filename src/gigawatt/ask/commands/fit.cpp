#include "gigawatt/ask/commands/fit.h"

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "gigawatt/base/version.h"
#include "gigawatt/engine/fit_failures.h"
#include "gigawatt/report/failure_fit.h"

namespace gigawatt::ask {
namespace {

enum class What : std::uint8_t { kFailures };
constexpr std::string_view kWhat[] = {"failures"};

struct FitQuestion : engine::FitFailuresQuery {
  What what = What::kFailures;
  config::InputText file;
  config::OutputFile out;
};

void fields(config::FieldVisitor& v, FitQuestion& q) {
  v.choice(q.what, kWhat,
           {.key = "what", .doc = "What is fitted: failures.", .required = true, .positional = true});
  v(q.file, {.key = "file",
             .doc = "Fault log: CSV (node,start,end,cause), or the JSON of the InfiniteHBD trace.",
             .required = true,
             .positional = true});
  v(q.out, {.key = "out", .doc = "Write the fit as a failures file (TOML)."});
  v(q.name, {.key = "name", .doc = "Name of the profile in that file."});
  v(q.nodes, {.key = "nodes",
              .doc = "Nodes of the fleet, those without a fault included; 0: those in the log.",
              .min = 0,
              .max = 1e8});
  v(q.accelerators_per_node, {.key = "gpus_per_node", .doc = "GPUs of a node.", .min = 1, .max = 1024});
  v(q.observed_s, {.key = "observed",
                   .doc = "How long the fleet was watched; 0: from the first to the last event.",
                   .unit = "d",
                   .min = 0});
  v(q.merge_within_s, {.key = "merge_within",
                       .doc = "A line of the same node and cause this soon after another repeats it.",
                       .unit = "s",
                       .min = 0});
  v(q.count_all, {.key = "count_all",
                  .doc = "Every line is a fault: also repeats, and those of a node that is out of service."});
}

Answered answer_fit(const FitQuestion& q, const Context& context) {
  auto read = logs::parse_faults(q.file.text, q.file.name);
  if (!read) return tl::unexpected(read.error());
  const auto list = std::make_shared<const logs::FaultList>(std::move(*read));
  engine::FitFailuresQuery query = q;
  query.seed = context.seed.value_or(query.seed);
  const auto found = engine::fit_failure_log(*list, query);
  if (!found) return tl::unexpected(found.error());
  Answer out;
  out.json = report::failure_fit_json(*list, *found);
  out.text = [list, found = *found](bool color) { return report::failure_fit_text(*list, found, color); };
  if (q.out.given()) {
    const auto log = std::filesystem::path(q.file.name).filename().string();
    out.files["out"] = engine::failures_toml(*found, query, log, base::program_name());
    out.notes.push_back(fmt::format("the fit is in {}", q.out.path));
  }
  return out;
}

}  // namespace

Command fit() {
  return make_command<answer_fit>({.name = "fit",
                                   .summary = "Fit the laws of failures to a fault log",
                                   .answer = "faults, interarrival, repair and causes with their intervals",
                                   .draws = true,
                                   .constants = false});
}

}  // namespace gigawatt::ask
