#include "gigawatt/ask/commands/sweep.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/sweep/engines.h"
#include "gigawatt/sweep/merge.h"

namespace gigawatt::ask {
namespace {

constexpr std::string_view kKey = "sweep";

struct Question {
  config::InputText sweep;
  std::string engine = "local", out, address;
  std::vector<std::int64_t> shards;
  bool plan_only = false, merge_only = false;
};

void fields(config::FieldVisitor& v, Question& q) {
  v(q.sweep,
    {.key = kKey, .doc = "The sweep: scenario, seeds, what varies.", .required = true, .positional = true});
  v(q.engine,
    {.key = "engine",
     .doc = "What runs it: local, all cores of this machine; ray, a Ray cluster; slurm, an array of jobs."});
  v(q.address,
    {.key = "address", .doc = "Ray: address of the cluster; empty: this machine's, or a new one."});
  v(q.out,
    {.key = "out", .doc = "Folder of the results; one with part of them is completed.", .required = true});
  v(q.shards, {.key = "shards",
               .doc = "Compute these shards alone, 0,1,..., and merge nothing.",
               .min = 0,
               .max = static_cast<double>(sweep::kMostRuns)});
  v(q.plan_only,
    {.key = "plan_only", .doc = "Lay the plan into the folder and say which shards are missing."});
  v(q.merge_only,
    {.key = "merge_only", .doc = "Merge the shards that are there; one that is missing is named."});
}

constexpr std::string_view kEngines[] = {"local", "ray", "slurm"};

/// A sweep reads and writes files by their paths, which a client of the HTTP API may not name. A text that came in a
/// request is called by its key.
base::Diagnostics refusals(const Question& q) {
  base::Diagnostics out;
  if (q.sweep.name == kKey)
    out.push_back(base::error("needs-files", "a sweep names files: it is run from the command line only",
                              "gigawatt sweep ./sweep.toml --out DIR"));
  if (std::find(std::begin(kEngines), std::end(kEngines), q.engine) == std::end(kEngines))
    out.push_back(
        base::error("unknown-engine", fmt::format("unknown engine '{}'", q.engine),
                    fmt::format("{}; {}", fmt::join(kEngines, ", "),
                                base::did_you_mean(q.engine, {std::begin(kEngines), std::end(kEngines)}))));
  if (!q.address.empty() && q.engine != "ray")
    out.push_back(base::error("not-together",
                              fmt::format("'address' is of a Ray cluster, the engine is '{}'", q.engine)));
  if (int{q.plan_only} + int{q.merge_only} + int{!q.shards.empty()} > 1)
    out.push_back(base::error("not-together", "'plan_only', 'merge_only' and 'shards' exclude each other"));
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

Answer interrupted(const Question& asked) {
  Answer out;
  out.interrupted = true;
  out.notes = {fmt::format("interrupted: the same command goes on with what is in {}", asked.out)};
  return out;
}

/// What is to be done, and what is there.
Answered laid_plan(const Question& asked, const sweep::Plan& plan) {
  const auto missing = sweep::claim_shards(asked.out, plan);
  if (!missing) return tl::unexpected(missing.error());
  Answer out;
  out.json = {{"question", plan.question},
              {"runs", plan.runs()},
              {"shards", plan.shards()},
              {"shard_runs", plan.shard_runs()},
              {"missing", *missing}};
  out.text = [text = fmt::format(
                  "{} runs in {} shards of {}, missing: {}\n", plan.runs(), plan.shards(), plan.shard_runs(),
                  missing->empty() ? "none" : sweep::array_indices(*missing))](bool) { return text; };
  return out;
}

Answered some_shards(const Question& asked, const sweep::Plan& plan, const sweep::Local& local,
                     const Context& context) {
  std::vector<std::size_t> shards;
  base::Diagnostics problems;
  for (const auto i : asked.shards) {
    shards.push_back(static_cast<std::size_t>(i));
    if (shards.back() >= plan.shards())
      problems.push_back(base::error("out-of-range", fmt::format("there is no shard {}", i),
                                     fmt::format("0 to {}", plan.shards() - 1)));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  const auto found = sweep::run_shards(context.knowledge, plan, local, shards);
  if (!found) return tl::unexpected(found.error());
  if (found->interrupted) return interrupted(asked);
  Answer out;
  out.json = {{"shards", found->shards}, {"kept_shards", found->kept}, {"wall_s", found->wall_s}};
  out.text = [found = *found](bool) {
    return fmt::format("{} shards, {} of them were there, {:.2f} s\n", found.shards, found.kept,
                       found.wall_s);
  };
  return out;
}

/// The whole sweep by one of the engines.
tl::expected<sweep::Report, base::Diagnostics> run_engine(const Question& asked, const sweep::Plan& plan,
                                                          const sweep::Local& local, const Context& context) {
  if (asked.engine == "local" && !asked.merge_only) return sweep::run_local(context.knowledge, plan, local);
  const auto begin = std::chrono::steady_clock::now();
  const auto before = sweep::claim_shards(asked.out, plan);
  if (!before) return tl::unexpected(before.error());
  if (!asked.merge_only) {
    const sweep::Elsewhere where{asked.out,    asked.sweep.name, context.data,
                                 context.seed, asked.address,    context.stop};
    const auto computed =
        asked.engine == "ray" ? sweep::run_on_ray(plan, where) : sweep::run_on_slurm(plan, where);
    if (!computed) return tl::unexpected(computed.error());
  }
  if (context.stop.stop_requested()) {
    sweep::Report stopped;
    stopped.interrupted = true;
    return stopped;
  }
  auto found = sweep::merge(asked.out, plan);
  if (!found) return found;
  found->kept = plan.shards() - before->size();
  found->wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return found;
}

Answered answer(const Question& asked, const Context& context) {
  if (auto problems = refusals(asked); !problems.empty()) return tl::unexpected(std::move(problems));
  // A shard ends between two runs: a run that was stopped inside would be stored as one that failed.
  const base::StopScope to_the_end(context.stop, true);
  const auto plan = sweep::plan(
      context.knowledge, {asked.sweep.name, asked.sweep.text, context.seed, sweep::data_hash(context.data)});
  if (!plan) return tl::unexpected(plan.error());
  if (asked.plan_only) return laid_plan(asked, *plan);
  sweep::Local local{asked.out, context.stop, {}};
  if (context.progress) local.progress = [&](double done) { context.progress("running the sweep", done); };
  if (!asked.shards.empty()) return some_shards(asked, *plan, local, context);
  const auto found = run_engine(asked, *plan, local, context);
  if (!found) return tl::unexpected(found.error());
  if (found->interrupted) return interrupted(asked);
  Answer out;
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
