/// Writes docs/models/recipes.md: plans that vendors' own engineers tuned, beside the best that the search finds with the
/// software, the features and the precision of the same run.
///
///     recipes DATA_FOLDER > docs/models/recipes.md
///
/// Complete rows of Megatron-Bridge, DGX Cloud and MLPerf, one a configuration (where several releases published it, the
/// latest that is listed first). Exit code 1 where a published plan is outside the space, beats the search, or fewer than
/// four fifths of them are within a tenth of the best found or beaten by a tenth in a measurement as well.

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/analysis/predict.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/search/search.h"
#include "gigawatt/workload/flops.h"

namespace {

using namespace gigawatt;

constexpr std::size_t kPlansAsked =
    4000;  ///< of a search with the published degrees: enough to hold all of them
constexpr double kNear = 1.10;
constexpr double kGoodShare = 0.8;
constexpr double kRoom = 1e15;  ///< bytes: whether a plan is walked is asked without regard to memory

struct Recipe {
  const analysis::RunRow* row = nullptr;
  step::ParallelPlan published, found;
  step::StepResult theirs, ours;
  bool inside = false;
  bool fits = false;
};

search::Constraints free_of(const step::ParallelPlan& plan) {
  search::Constraints c;
  c.precision = {plan.precision};
  c.sequence_parallel = search::Choice::kEither;
  c.cuda_graphs = plan.cuda_graph ? search::Choice::kEither : search::Choice::kOff;
  c.partial_recompute = true;
  return c;
}

/// Whether the space holds the plan: a search that fixes its degrees lists it.
bool holds(const step::StepRequest& request, const step::Calibration& calibration,
           const step::ParallelPlan& p) {
  search::SearchOptions options;
  options.exhaustive = true;
  options.pareto = false;
  options.top = kPlansAsked;
  auto& c = options.constraints = free_of(p);
  c.tp = {p.tp}, c.cp = {p.cp}, c.pp = {p.pp}, c.dp = {p.dp}, c.vpp = {p.vpp}, c.ep = {p.ep}, c.etp = {p.etp};
  c.micro_batch = {p.micro_batch}, c.zero_stage = {p.zero_stage}, c.recompute = {p.recompute};
  c.schedule = {p.schedule};
  catalog::Accelerator roomy = *request.accelerator;
  roomy.memory_bytes.value = kRoom;
  step::StepRequest asked = request;
  asked.accelerator = &roomy;
  const auto found = search::search(asked, calibration, options);
  return std::any_of(found.best.begin(), found.best.end(), [&](const auto& f) {
    step::ParallelPlan plan = f.plan;
    plan.shard_group = p.shard_group;  // all ranks have more than one name
    return plan == p;
  });
}

/// The terms that shrink most from the published plan to the found one.
std::string gains(const Recipe& r) {
  std::vector<std::pair<double, std::string>> terms;
  for (std::size_t i = 0; i < step::kTimeTerms; ++i)
    terms.emplace_back((r.theirs.time.seconds[i] - r.ours.time.seconds[i]) / r.theirs.step_time_s,
                       step::kTimeTermNames[i]);
  std::sort(terms.rbegin(), terms.rend());
  std::vector<std::string> out;
  for (const auto& [share, name] : terms)
    if (share > 0.02 && out.size() < 3) out.push_back(fmt::format("{} {:.0f}%", name, 100 * share));
  return fmt::format("{}", fmt::join(out, ", "));
}

/// Model FLOPs a second and accelerator: comparable between a model and a proxy of it with fewer layers.
double rate(const analysis::RunRow& row) {
  const auto flops = workload::flops_per_token(row.model, row.seq_len, row.kind == step::TrainingKind::kLora);
  return flops.model_causal * static_cast<double>(row.global_batch * row.seq_len) / row.step_time_s /
         static_cast<double>(row.gpus);
}

struct Faster {
  const analysis::RunRow* row = nullptr;  ///< null: none
  double gain = 0;                        ///< in FLOPs a second and accelerator
  std::string text() const { return row == nullptr ? "" : fmt::format("{} {:+.0f}%", row->id, 100 * gain); }
};

/// The fastest measured run of the same model (or of a proxy of it with other layers), accelerator and precision, where
/// it is faster than the recipe's own.
Faster measured_faster(const analysis::RunTable& table, const analysis::RunRow& row) {
  const analysis::RunRow* best = nullptr;
  for (const auto& other : table.rows)
    if (other.step_time_s > 0 && other.model.name == row.model.name && other.kind == row.kind &&
        other.accelerator == row.accelerator && other.plan.precision == row.plan.precision &&
        (other.seq_len == row.seq_len || other.model.layers != row.model.layers) &&
        (best == nullptr || rate(other) > rate(*best)))
      best = &other;
  constexpr double kFaster = 1.03;
  if (best == nullptr || rate(*best) < kFaster * rate(row)) return {};
  return {best, rate(*best) / rate(row) - 1};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "recipes DATA_FOLDER\n";
    return 2;
  }
  const std::filesystem::path data = argv[1];
  const auto known = engine::load_knowledge(data);
  const auto table = analysis::read_runs(data / "validation" / "runs.csv");
  if (!known || !table) {
    std::cerr << "the data folder cannot be read\n";
    return 1;
  }
  const analysis::Knowledge basis{known->catalog.accelerators(), known->catalog.systems(),
                                  known->catalog.models(), &known->software, &known->calibration};
  const std::set<std::string> tuned = {"mbridge", "dgxc", "mlperf"};
  std::set<std::string> seen;
  std::vector<Recipe> recipes;
  std::vector<analysis::ResolvedRun> runs;
  runs.reserve(table->rows.size());
  for (const auto& row : table->rows) {
    if (!tuned.contains(row.source) || row.level != "A") continue;
    auto run = analysis::resolve(row, basis);
    if (!run || run->plans.size() != 1) continue;
    auto plan = run->plans.front();
    if (plan.tp == 1) plan.sequence_parallel = false;  // nothing to split
    const std::string key =
        fmt::format("{} {} {} {} {} {} {}", row.model.name, row.accelerator, row.gpus, row.seq_len,
                    row.global_batch, step::to_string(plan), static_cast<int>(row.kind));
    if (!seen.insert(key).second) continue;
    runs.push_back(std::move(*run));
    const step::StepRequest request = runs.back().request(plan);
    const auto theirs = step::evaluate(request, known->calibration);
    if (!theirs) continue;
    Recipe r{&row, plan, {}, *theirs, {}, holds(request, known->calibration, plan), theirs->memory.fits};
    search::SearchOptions options;
    options.top = 1;
    options.pareto = false;
    options.constraints = free_of(plan);
    // The recipe ran: what needs no more memory than it is not refused.
    catalog::Accelerator enough = *request.accelerator;
    enough.memory_bytes.value = std::max(theirs->memory.limit_bytes, theirs->memory.peak_bytes);
    step::StepRequest asked = request;
    asked.accelerator = &enough;
    const auto found = search::search(asked, known->calibration, options);
    if (found.best.empty()) continue;
    r.found = found.best.front().plan;
    step::StepRequest ours = request;
    ours.plan = r.found;
    r.ours = *step::evaluate(ours, known->calibration);
    recipes.push_back(r);
  }
  const auto count = [&](auto&& which) {
    return static_cast<std::size_t>(std::count_if(recipes.begin(), recipes.end(), which));
  };
  const auto gain = [](const Recipe& r) { return r.theirs.step_time_s / r.ours.step_time_s; };
  const std::size_t inside = count([](const Recipe& r) { return r.inside; });
  const std::size_t not_slower = count([&](const Recipe& r) { return gain(r) >= 1 - 1e-9; });
  const std::size_t near = count([&](const Recipe& r) { return gain(r) <= kNear; });
  const std::size_t confirmed = count(
      [&](const Recipe& r) { return gain(r) > kNear && measured_faster(*table, *r.row).gain >= kNear - 1; });
  const auto share = [&](std::size_t n) {
    return 100.0 * static_cast<double>(n) / static_cast<double>(std::max<std::size_t>(1, recipes.size()));
  };
  std::sort(recipes.begin(), recipes.end(),
            [&](const Recipe& a, const Recipe& b) { return gain(a) > gain(b); });
  std::cout << fmt::format(
      "<!-- Written by tools/recipes; do not edit. -->\n# Recipes against the search\n\n"
      "Plans of complete published runs that their vendor tuned (Megatron-Bridge, DGX Cloud, MLPerf), each "
      "beside the best plan "
      "that the search finds for the same model, accelerators, sequence, batch, precision, software release "
      "and features. Times "
      "are predictions. The last columns say which terms the search saves, and, beyond 10%, whether another "
      "run of the same "
      "model (or of a proxy with other layers), accelerator and precision was measured to do more model "
      "FLOPs a second.\n\n"
      "- {} configurations; {} published plans are inside the space\n"
      "- in {} the best found is not slower than the published plan\n"
      "- in {} ({:.0f}%) the published plan is within 10% of the best found\n"
      "- in {} of the others another run of the same model, accelerator and precision was measured to do 10% "
      "or "
      "more FLOPs a second than the recipe: it is not the best, and the search says so\n"
      "- in {} ({:.0f}%) one or the other holds; in the rest no measurement says who is right\n\n"
      "| row | model | accelerators | published plan | s | best found | s | gain | where from | faster by "
      "measurement |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n",
      recipes.size(), inside, not_slower, near, share(near), confirmed, near + confirmed,
      share(near + confirmed));
  for (const Recipe& r : recipes)
    std::cout << fmt::format("| {}{} | {} | {} x {} | {}{} | {:.4g} | {} | {:.4g} | {:.1f}% | {} | {} |\n",
                             r.row->id, r.inside ? "" : " (outside)", r.row->model.name, r.row->gpus,
                             r.row->accelerator, step::to_string(r.published),
                             r.fits ? "" : " (said not to fit)", r.theirs.step_time_s,
                             step::to_string(r.found), r.ours.step_time_s, 100 * (gain(r) - 1), gains(r),
                             gain(r) > kNear ? measured_faster(*table, *r.row).text() : "");
  const bool good =
      inside == recipes.size() && not_slower == recipes.size() && share(near + confirmed) >= 100 * kGoodShare;
  return good ? 0 : 1;
}
