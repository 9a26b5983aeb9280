#include "gigawatt/search/search.h"

#include <algorithm>
#include <optional>

#include "gigawatt/base/parallel.h"

namespace gigawatt::search {
namespace {

using step::StepRequest;
using step::StepResult;
using step::TimeTerm;

double score_of(const StepRequest& request, const StepResult& result, const SearchOptions& options) {
  const double tokens = static_cast<double>(request.global_batch) * static_cast<double>(request.seq_len);
  const double gpus = static_cast<double>(request.gpus);
  switch (options.objective) {
    case Objective::kTime: return result.step_time_s;
    case Objective::kCost:
      return options.rates.usd_per_gpu_hour * gpus * result.step_time_s / 3600.0 / (tokens * 1e-6);
    case Objective::kEnergy: {
      const auto& t = result.time;
      const double busy_s =
          t[TimeTerm::kCompute] + t[TimeTerm::kAttention] + t[TimeTerm::kRecompute] + t[TimeTerm::kOptimizer];
      const double joules =
          options.rates.idle_w * result.step_time_s + (options.rates.busy_w - options.rates.idle_w) * busy_s;
      return gpus * joules / tokens;
    }
  }
  return result.step_time_s;
}

bool better(const Candidate& a, const Candidate& b) { return a.score < b.score; }

// `best` stays sorted; an equal score goes behind, so the earlier candidate keeps its place.
void keep(std::vector<Candidate>& best, const Candidate& candidate, std::size_t top) {
  if (best.size() == top && (top == 0 || !better(candidate, best.back()))) return;
  best.insert(std::upper_bound(best.begin(), best.end(), candidate, better), candidate);
  if (best.size() > top) best.pop_back();
}

bool dominates(const Candidate& a, const Candidate& b) {
  return a.step_time_s <= b.step_time_s && a.peak_memory_bytes <= b.peak_memory_bytes;
}

// The front stays sorted by time ascending, hence memory descending.
void keep_pareto(std::vector<Candidate>& front, const Candidate& candidate) {
  const auto by_time = [](const Candidate& a, const Candidate& b) { return a.step_time_s < b.step_time_s; };
  auto at = std::upper_bound(front.begin(), front.end(), candidate, by_time);
  if (at != front.begin() && dominates(*std::prev(at), candidate)) return;
  auto end = at;
  while (end != front.end() && dominates(candidate, *end)) ++end;
  at = front.erase(at, end);
  front.insert(at, candidate);
}

/// The last plan of a mesh that fits without recompute.
using Lean = std::optional<step::ParallelPlan>;

bool only_adds_recompute(step::ParallelPlan plan, const Lean& lean) {
  if (!lean || plan.recompute.kind == step::RecomputeKind::kNone) return false;
  plan.recompute = lean->recompute;
  return plan == *lean;
}

void visit(const StepRequest& request, const step::Calibration& calibration, const SearchOptions& options,
           Lean& lean, SearchResult& out) {
  ++out.evaluated;
  if (!options.pareto && only_adds_recompute(request.plan, lean)) return;
  const auto memory = step::evaluate_memory(request, calibration);
  if (!memory) {
    out.last_refusal = memory.error();
    return;
  }
  ++out.legal;
  const double limit = options.constraints.max_memory_bytes;
  if (!memory->fits || (limit > 0 && memory->peak_bytes > limit)) {
    if (out.nearest_misfit.peak_memory_bytes == 0 ||
        memory->peak_bytes < out.nearest_misfit.peak_memory_bytes)
      out.nearest_misfit = {.plan = request.plan, .peak_memory_bytes = memory->peak_bytes};
    return;
  }
  const auto result = step::evaluate(request, calibration);
  if (!result) {
    out.last_refusal = result.error();
    return;
  }
  const Candidate candidate{request.plan, result->step_time_s, result->mfu, result->memory.peak_bytes,
                            score_of(request, *result, options)};
  ++out.fit;
  if (request.plan.recompute.kind == step::RecomputeKind::kNone) lean = request.plan;
  keep(out.best, candidate, options.top);
  if (options.pareto) keep_pareto(out.pareto, candidate);
}

void merge(SearchResult& total, const SearchResult& part, std::size_t top) {
  total.evaluated += part.evaluated;
  total.legal += part.legal;
  total.fit += part.fit;
  for (const auto& candidate : part.best) keep(total.best, candidate, top);
  for (const auto& candidate : part.pareto) keep_pareto(total.pareto, candidate);
  const double misfit = part.nearest_misfit.peak_memory_bytes;
  if (misfit > 0 &&
      (total.nearest_misfit.peak_memory_bytes == 0 || misfit < total.nearest_misfit.peak_memory_bytes))
    total.nearest_misfit = part.nearest_misfit;
  if (!part.last_refusal.message.empty()) total.last_refusal = part.last_refusal;
}

}  // namespace

SearchResult search(const StepRequest& request, const step::Calibration& calibration,
                    const SearchOptions& options) {
  const auto all = meshes(request, options.constraints);
  std::vector<SearchResult> parts(all.size());
  base::parallel_for(all.size(), [&](std::size_t i) {
    StepRequest mine = request;
    Lean lean;
    for_each_plan(request, options.constraints, all[i], [&](const step::ParallelPlan& plan) {
      mine.plan = plan;
      visit(mine, calibration, options, lean, parts[i]);
    });
  });
  SearchResult total;
  for (const auto& part : parts) merge(total, part, options.top);
  return total;
}

}  // namespace gigawatt::search
