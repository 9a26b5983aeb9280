#include "gigawatt/ask/commands/sweep.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/base/stop.h"
#include "gigawatt/sweep/engines.h"
#include "gigawatt/sweep/merge.h"
#include "gigawatt/sweep/sensitivity.h"
#include "gigawatt/sweep/shard.h"

namespace gigawatt::ask {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kKey = "sweep";

struct SweepQuestion {
  config::InputText sweep;
  std::string engine = "local", out, address;
  std::vector<std::int64_t> shards;
  bool plan_only = false, merge_only = false;
  std::vector<std::string> indices_of;
};

void fields(config::FieldVisitor& v, SweepQuestion& q) {
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
  v(q.indices_of, {.key = "indices_of",
                   .doc = "With method saltelli: figures whose indices and tornado are told: capex_usd, "
                          "site.lab.energy_mwh, job.chat.cost_usd; default: those of the fleet that vary. "
                          "sensitivity.csv has all.",
                   .one_or_list = true,
                   .verbatim = true});
}

constexpr std::string_view kEngines[] = {"local", "ray", "slurm"};

/// A sweep reads and writes files by their paths, which a client of the HTTP API may not name. A text that came in a
/// request is called by its key.
base::Diagnostics sweep_refusals(const SweepQuestion& q) {
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

Answer interrupted(const SweepQuestion& asked) {
  Answer out;
  out.interrupted = true;
  out.notes = {fmt::format("interrupted: the same command goes on with what is in {}", asked.out)};
  return out;
}

/// The keys, and what those that carry a range run over.
nlohmann::ordered_json keys_json(const sweep::Plan& plan) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const auto& key : plan.keys) {
    out.push_back({{"key", key.path}, {"unit", key.unit}});
    if (!key.range) continue;
    const auto& range = *key.range;
    out.back().update({{"low", range.key.low},
                       {"value", range.key.value},
                       {"high", range.key.high},
                       {"source", range.source},
                       {"with", nlohmann::ordered_json::array()}});
    for (const auto& with : range.with) out.back()["with"].push_back(with.path);
  }
  return out;
}

std::string keys_text(const sweep::Plan& plan) {
  std::string out;
  for (const auto& key : plan.keys) {
    if (!key.range) continue;
    const auto& range = *key.range;
    out += fmt::format("  {} = {:.6g} ({:.6g} to {:.6g}){}{}", key.path, range.key.value, range.key.low,
                       range.key.high, key.unit.empty() ? "" : " " + key.unit,
                       range.source.empty() ? "" : ", " + range.source);
    out += range.with.empty() ? "\n" : fmt::format(", with {} more\n", range.with.size());
  }
  return out;
}

/// What is to be done, and what is there.
Answered laid_plan(const SweepQuestion& asked, const sweep::Plan& plan) {
  const auto missing = sweep::claim_shards(asked.out, plan);
  if (!missing) return tl::unexpected(missing.error());
  Answer out;
  out.json = {{"question", plan.question},       {"runs", plan.runs()},     {"shards", plan.shards()},
              {"shard_runs", plan.shard_runs()}, {"keys", keys_json(plan)}, {"missing", *missing}};
  out.text = [text =
                  fmt::format("{} runs in {} shards of {}, missing: {}\n", plan.runs(), plan.shards(),
                              plan.shard_runs(), missing->empty() ? "none" : sweep::array_indices(*missing)) +
                  keys_text(plan)](bool) { return text; };
  return out;
}

Answered some_shards(const SweepQuestion& asked, const sweep::Plan& plan, const sweep::Local& local,
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
tl::expected<sweep::Report, base::Diagnostics> run_engine(const SweepQuestion& asked, const sweep::Plan& plan,
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

nlohmann::ordered_json index_json(const analysis::SobolIndex& x) {
  return {{"value", x.value}, {"low", x.low}, {"high", x.high}};
}

Json sensitivity_json(const sweep::Plan& plan, const sweep::Sensitivity& s) {
  const auto finite = [](double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); };
  Json inputs = Json::array(), convergence = Json::array();
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    Json row = {{"input", plan.keys[i].path}, {"first", nullptr}, {"total", nullptr}};
    if (!s.indices.inputs.empty()) {
      row["first"] = index_json(s.indices.inputs[i].first);
      row["total"] = index_json(s.indices.inputs[i].total);
    }
    row["at_low"] = finite(s.tornado[i].low);
    row["at_high"] = finite(s.tornado[i].high);
    inputs.push_back(std::move(row));
  }
  for (const auto& stage : s.indices.stages)
    convergence.push_back({{"samples", stage.samples}, {"first", stage.first}, {"total", stage.total}});
  return {{"figure", s.name()},
          {"unit", s.unit},
          {"samples", s.indices.samples},
          {"dropped", s.dropped},
          {"middle", finite(s.middle)},
          {"mean", finite(s.indices.mean)},
          {"deviation", finite(s.indices.deviation)},
          {"inputs", inputs},
          {"convergence", convergence}};
}

std::string sensitivity_text(const sweep::Plan& plan, const sweep::Sensitivity& s) {
  std::string out = fmt::format("\n{}: mean {:.4g}, deviation {:.4g} {} over {} samples\n", s.name(),
                                s.indices.mean, s.indices.deviation, s.unit, s.indices.samples);
  if (s.dropped > 0)
    return out +
           fmt::format("no index: {} samples have a run that failed or has no such figure\n", s.dropped);
  if (s.indices.inputs.empty()) return out + "it does not vary\n";
  std::vector<std::size_t> order(plan.keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return s.indices.inputs[a].total.value > s.indices.inputs[b].total.value;
  });
  std::size_t width = 5;
  for (const auto& key : plan.keys) width = std::max(width, key.path.size());
  out += fmt::format("{:<{}}  {:>21}  {:>21}  {:>11}  {:>11}\n", "input", width, "alone (90%)",
                     "in all (90%)", "at low", "at high");
  for (const std::size_t i : order) {
    const auto& input = s.indices.inputs[i];
    const auto index = [](const analysis::SobolIndex& x) {
      return fmt::format("{:.3f} ({:.3f}..{:.3f})", x.value, x.low, x.high);
    };
    out += fmt::format("{:<{}}  {:>21}  {:>21}  {:>11.4g}  {:>11.4g}\n", plan.keys[i].path, width,
                       index(input.first), index(input.total), s.tornado[i].low, s.tornado[i].high);
  }
  if (s.indices.stages.size() > 1) {
    double moved = 0;
    const auto& half = s.indices.stages[s.indices.stages.size() - 2];
    for (std::size_t i = 0; i < half.total.size(); ++i)
      moved = std::max(moved, std::abs(half.total[i] - s.indices.inputs[i].total.value));
    out += fmt::format("the second half of the samples moved no index in all by more than {:.3f}\n", moved);
  }
  return out;
}

/// Indices of the figures that are asked for into the answer, of all into a file.
tl::expected<std::string, base::Diagnostics> tell_indices(const SweepQuestion& asked, const sweep::Plan& plan,
                                                          nlohmann::ordered_json& json) {
  const auto all = sweep::sensitivities(asked.out, plan, {});
  if (!all) return tl::unexpected(all.error());
  const auto file = std::filesystem::path(asked.out) / "sensitivity.csv";
  sweep::write_whole(file, sweep::sensitivity_csv(plan, *all));
  json["outputs"].push_back(file.string());
  auto told = *all;
  if (!asked.indices_of.empty()) {
    auto named = sweep::sensitivities(asked.out, plan, asked.indices_of);
    if (!named) return tl::unexpected(named.error());
    told = std::move(*named);
  } else {
    std::erase_if(told, [](const auto& s) { return s.subject_kind != "fleet"; });
  }
  std::string text;
  json["sensitivity"] = nlohmann::ordered_json::array();
  for (const auto& s : told) {
    json["sensitivity"].push_back(sensitivity_json(plan, s));
    text += sensitivity_text(plan, s);
  }
  return text;
}

Answered answer_sweep(const SweepQuestion& asked, const Context& context) {
  if (auto problems = sweep_refusals(asked); !problems.empty()) return tl::unexpected(std::move(problems));
  // A shard ends between two runs: a run that was stopped inside would be stored as one that failed.
  const base::StopScope to_the_end(context.stop, true);
  const auto plan = sweep::plan(
      context.knowledge, {asked.sweep.name, asked.sweep.text, context.seed, sweep::data_hash(context.data)});
  if (!plan) return tl::unexpected(plan.error());
  if (plan->samples == 0 && !asked.indices_of.empty())
    return tl::unexpected(base::Diagnostics{
        base::error("not-together", "'indices_of' needs a sweep whose points are the design of indices",
                    "[sample]\nmethod = \"saltelli\"")});
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
  std::string indices;
  if (plan->samples > 0 && found->failed < found->runs) {
    auto told = tell_indices(asked, *plan, out.json);
    if (!told) return tl::unexpected(told.error());
    indices = std::move(*told);
  }
  out.text = [found = *found, indices](bool) { return text_of(found) + indices; };
  if (found->failed == found->runs)
    out.no = No{"every run failed: " + found->first_failure, ""};
  else if (found->failed > 0)
    out.notes.push_back(
        fmt::format("{} of {} runs failed, the first: {}", found->failed, found->runs, found->first_failure));
  return out;
}

}  // namespace

Command sweep() {
  return make_command<answer_sweep>(
      {.name = kKey,
       .summary = "Many scenarios, many seeds: a grid or a sample of inputs, as one Parquet file",
       .answer = "runs, failed, wall_s, outputs",
       .names_files = true});
}

}  // namespace gigawatt::ask
