#include "gigawatt/ask/commands/sweep.h"

#include <fmt/format.h>

#include "gigawatt/sweep/merge.h"

namespace gigawatt::ask {
namespace {

constexpr std::string_view kKey = "sweep";

struct Question {
  config::InputText sweep;
  std::string engine = "local", out;
};

void fields(config::FieldVisitor& v, Question& q) {
  v(q.sweep,
    {.key = kKey, .doc = "The sweep: scenario, seeds, what varies.", .required = true, .positional = true});
  v(q.engine, {.key = "engine", .doc = "What runs it: local, all cores of this machine."});
  v(q.out,
    {.key = "out", .doc = "Folder of the results; one with part of them is completed.", .required = true});
}

/// A sweep reads and writes files by their paths, which a client of the HTTP API may not name. A text that came in a
/// request is called by its key.
base::Diagnostics refusals(const Question& q) {
  base::Diagnostics out;
  if (q.sweep.name == kKey)
    out.push_back(base::error("needs-files", "a sweep names files: it is run from the command line only",
                              "gigawatt sweep ./sweep.toml --out DIR"));
  if (q.engine == "ray" || q.engine == "slurm")
    out.push_back(base::error("unknown-engine",
                              fmt::format("engine '{}' does not exist here: only local does", q.engine),
                              "local uses all cores of this machine"));
  else if (q.engine != "local")
    out.push_back(
        base::error("unknown-engine", fmt::format("unknown engine '{}'", q.engine), "only local exists"));
  if (q.out.empty()) out.push_back(base::error("missing-key", "'out' must name a folder"));
  return out;
}

std::string text_of(const sweep::Report& found) {
  std::string out = fmt::format("{} runs, {} failed, {} of {} shards were there, {:.2f} s\n", found.runs,
                                found.failed, found.kept, found.shards, found.wall_s);
  if (found.failed > 0) out += fmt::format("first failure: {}\n", found.first_failure);
  for (const auto& file : found.outputs) out += file.string() + "\n";
  return out;
}

Answered answer(const Question& asked, const Context& context) {
  if (auto problems = refusals(asked); !problems.empty()) return tl::unexpected(std::move(problems));
  const auto plan = sweep::plan(
      context.knowledge, {asked.sweep.name, asked.sweep.text, context.seed, sweep::data_hash(context.data)});
  if (!plan) return tl::unexpected(plan.error());
  sweep::Local local{asked.out, context.stop, {}};
  if (context.progress) local.progress = [&](double done) { context.progress("running the sweep", done); };
  const auto found = sweep::run_local(context.knowledge, *plan, local);
  if (!found) return tl::unexpected(found.error());
  Answer out;
  out.interrupted = found->interrupted;
  if (found->interrupted) {
    out.notes = {fmt::format("interrupted: the same command goes on with what is in {}", asked.out)};
    return out;
  }
  out.json = {{"runs", found->runs},
              {"failed", found->failed},
              {"shards", found->shards},
              {"kept_shards", found->kept},
              {"wall_s", found->wall_s}};
  for (const auto& file : found->outputs) out.json["outputs"].push_back(file.string());
  out.text = [found = *found](bool) { return text_of(found); };
  if (found->failed == found->runs) out.no = No{"every run failed: " + found->first_failure, ""};
  return out;
}

}  // namespace

Command sweep() {
  return make_command<answer>(
      {.name = kKey,
       .summary = "Many scenarios, many seeds: a grid or a sample of inputs, as one Parquet file",
       .answer = "runs, failed, wall_s, outputs",
       .names_files = true});
}

}  // namespace gigawatt::ask
