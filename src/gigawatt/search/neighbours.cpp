#include "gigawatt/search/neighbours.h"

#include <algorithm>
#include <functional>
#include <limits>

#include <fmt/format.h>

namespace gigawatt::search {
namespace {

using step::ParallelPlan;

/// Degrees that a plan is changed in, all far below what overflows when doubled.
constexpr std::int32_t kMostDegree = 1 << 20;

class Neighbourhood {
 public:
  Neighbourhood(const step::StepRequest& request, const step::Calibration& calibration)
      : request_(request), calibration_(calibration) {}

  std::vector<Neighbour> all() {
    const ParallelPlan& p = request_.plan;
    const bool experts = request_.model->moe.experts > 0;
    degree("TP", &ParallelPlan::tp);
    degree("CP", &ParallelPlan::cp);
    degree("PP", &ParallelPlan::pp);
    if (p.pp > 1) degree("VPP", &ParallelPlan::vpp);
    if (experts) degree("EP", &ParallelPlan::ep);
    if (experts) degree("ETP", &ParallelPlan::etp);
    degree("micro-batch", &ParallelPlan::micro_batch);
    for (const int stage : {p.zero_stage - 1, p.zero_stage + 1})
      if (stage >= 0 && stage <= 3)
        add(fmt::format("ZeRO {} to {}", p.zero_stage, stage),
            [&](ParallelPlan& q) { q.zero_stage = stage; });
    recompute();
    if (p.pp > 1) schedules();
    precisions();
    if (p.tp > 1) flag("sequence parallelism", &ParallelPlan::sequence_parallel);
    flag("CUDA graphs", &ParallelPlan::cuda_graph);
    flag("optimizer on the host", &ParallelPlan::offload_optimizer);
    flag("activations on the host", &ParallelPlan::offload_activations);
    return std::move(out_);
  }

 private:
  void degree(std::string_view name, std::int32_t ParallelPlan::* member) {
    const std::int32_t now = request_.plan.*member;
    for (const std::int32_t next : {now % 2 == 0 ? now / 2 : 0, now <= kMostDegree / 2 ? now * 2 : 0})
      if (next > 0)
        add(fmt::format("{} {} to {}", name, now, next), [&](ParallelPlan& q) { q.*member = next; });
  }

  void recompute() {
    using enum step::RecomputeKind;
    const auto now = request_.plan.recompute;
    for (const auto kind : {kNone, kSelective, kFull}) {
      const step::RecomputePolicy next{kind, 0, 0};
      if (next != now)
        add(fmt::format("recompute {} to {}", step::to_string(now), step::to_string(next)),
            [&](ParallelPlan& q) { q.recompute = next; });
    }
  }

  void schedules() {
    using enum step::Schedule;
    const ParallelPlan& p = request_.plan;
    for (const auto next : {k1f1b, kInterleaved, kZeroBubble, kDualPipe})
      // Interleaving is what virtual stages are for; one does not change without the other.
      if (next != p.schedule && (next == kInterleaved) == (p.vpp > 1))
        add(fmt::format("schedule {} to {}", step::to_string(p.schedule), step::to_string(next)),
            [&](ParallelPlan& q) { q.schedule = next; });
  }

  void precisions() {
    using enum catalog::Precision;
    const auto now = request_.plan.precision;
    for (const auto next : {kBf16, kFp8, kMxfp8, kNvfp4})
      if (next != now)
        add(fmt::format("{} to {}", catalog::to_string(now), catalog::to_string(next)),
            [&](ParallelPlan& q) { q.precision = next; });
  }

  void flag(std::string_view name, bool ParallelPlan::* member) {
    add(fmt::format("{} {}", request_.plan.*member ? "without" : "with", name),
        [&](ParallelPlan& q) { q.*member = !(q.*member); });
  }

  void add(std::string change, const std::function<void(ParallelPlan&)>& apply) {
    step::StepRequest asked = request_;
    ParallelPlan& plan = asked.plan;
    apply(plan);
    settle(plan);
    Neighbour n{std::move(change), plan, std::nullopt, ""};
    if (auto result = step::evaluate(asked, calibration_)) {
      if (!result->memory.fits)
        n.why_not = fmt::format("{:.1f} GB too much memory",
                                (result->memory.peak_bytes - result->memory.limit_bytes) / 1e9);
      n.result = std::move(*result);
    } else {
      n.why_not = result.error().message;
    }
    out_.push_back(std::move(n));
  }

  /// What follows from the other parts of a plan.
  void settle(ParallelPlan& plan) const {
    const ParallelPlan& before = request_.plan;
    const std::int64_t shard = std::int64_t{plan.tp} * plan.cp * plan.pp;
    plan.dp = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(request_.gpus / shard, 1, std::numeric_limits<std::int32_t>::max()));
    if (plan.pp == 1) plan.vpp = 1;
    if (plan.vpp > 1 && plan.schedule == step::Schedule::k1f1b) plan.schedule = step::Schedule::kInterleaved;
    if (plan.vpp == 1 && plan.schedule == step::Schedule::kInterleaved) plan.schedule = step::Schedule::k1f1b;
    if (plan.tp == 1) plan.sequence_parallel = false;
    if (plan.tp > 1 && before.tp == 1) plan.sequence_parallel = true;
  }

  const step::StepRequest& request_;
  const step::Calibration& calibration_;
  std::vector<Neighbour> out_;
};

}  // namespace

std::vector<Neighbour> neighbours(const step::StepRequest& request, const step::Calibration& calibration) {
  return Neighbourhood(request, calibration).all();
}

}  // namespace gigawatt::search
