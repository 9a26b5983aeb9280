#include "gigawatt/search/alternatives.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "gigawatt/step/step_frame.h"

namespace gigawatt::search {
namespace {

using step::ParallelPlan;
using step::RecomputeKind;
using step::Schedule;
using step::StepRequest;

/// Degrees that a plan is changed in, all far below what overflows when doubled.
constexpr std::int32_t kMostDegree = 1 << 20;

struct Variant {
  std::string change;
  ParallelPlan plan;
};

class Variants {
 public:
  explicit Variants(const StepRequest& r) : request_(r), plan_(r.plan) {}

  std::vector<Variant> all() {
    degree("TP", &ParallelPlan::tp);
    degree("CP", &ParallelPlan::cp);
    degree("PP", &ParallelPlan::pp);
    if (plan_.pp > 1) chunks();
    if (request_.model->is_moe()) {
      degree("EP", &ParallelPlan::ep);
      if (plan_.tp > 1) set("ETP", &ParallelPlan::etp, plan_.etp == 1 ? plan_.tp : 1);
    }
    degree("micro-batch", &ParallelPlan::micro_batch);
    zero_stages();
    recompute();
    if (plan_.pp > 1) schedules();
    precisions();
    if (plan_.tp > 1) flag("sequence parallelism", &ParallelPlan::sequence_parallel);
    flag("CUDA graphs", &ParallelPlan::cuda_graph);
    flag("optimizer on the host", &ParallelPlan::offload_optimizer);
    flag("activations on the host", &ParallelPlan::offload_activations);
    return std::move(out_);
  }

 private:
  void set(std::string_view name, std::int32_t ParallelPlan::* member, std::int32_t value) {
    add(fmt::format("{} {} to {}", name, plan_.*member, value), [&](ParallelPlan& p) { p.*member = value; });
  }

  void degree(std::string_view name, std::int32_t ParallelPlan::* member) {
    const std::int32_t now = plan_.*member;
    if (now % 2 == 0) set(name, member, now / 2);
    if (now >= 1 && now <= kMostDegree / 2) set(name, member, now * 2);
  }

  void flag(std::string_view name, bool ParallelPlan::* member) {
    add(fmt::format("{} {}", plan_.*member ? "without" : "with", name),
        [&](ParallelPlan& p) { p.*member = !(p.*member); });
  }

  void chunks() {
    const std::int64_t layers = request_.model->layers;
    const std::int64_t most = std::max<std::int64_t>(1, layers / plan_.pp);
    const auto equal = [&](std::int64_t v) {
      const std::int64_t n = plan_.pp * v;
      return v == 1 || layers % n == 0 || (layers + 2) % n == 0;
    };
    std::int64_t fewer = std::min<std::int64_t>(plan_.vpp - 1, most), more = plan_.vpp + std::int64_t{1};
    while (fewer >= 1 && !equal(fewer)) --fewer;
    while (more <= most && !equal(more)) ++more;
    if (fewer >= 1) set("VPP", &ParallelPlan::vpp, static_cast<std::int32_t>(fewer));
    if (more <= most) set("VPP", &ParallelPlan::vpp, static_cast<std::int32_t>(more));
  }

  void zero_stages() {
    std::int32_t lower = plan_.zero_stage - 1, higher = plan_.zero_stage + 1;
    ParallelPlan second = plan_;
    second.zero_stage = 2;
    const bool sane = plan_.dp > 0 && plan_.micro_batch > 0;
    if (sane && step::holds_whole_gradients(request_, second)) {  // then it is ZeRO-1
      if (lower >= 1) --lower;
      if (higher == 2) ++higher;
    }
    if (lower >= 0) set("ZeRO", &ParallelPlan::zero_stage, lower);
    if (higher <= 3) set("ZeRO", &ParallelPlan::zero_stage, higher);
  }

  void recompute() {
    for (const auto kind : {RecomputeKind::kNone, RecomputeKind::kSelective, RecomputeKind::kFull}) {
      const step::RecomputePolicy next{kind, 0, 0};
      if (next != plan_.recompute)
        add(fmt::format("recompute {} to {}", step::to_string(plan_.recompute), step::to_string(next)),
            [&](ParallelPlan& p) { p.recompute = next; });
    }
  }

  void schedules() {
    using enum Schedule;
    for (const auto next : {k1f1b, kInterleaved, kZeroBubble, kDualPipe})
      // Interleaving is what virtual stages are for; one does not change without the other.
      if (next != plan_.schedule &&
          (plan_.vpp > 1 ? next != k1f1b && next != kDualPipe : next != kInterleaved))
        add(fmt::format("schedule {} to {}", step::to_string(plan_.schedule), step::to_string(next)),
            [&](ParallelPlan& p) { p.schedule = next; });
  }

  void precisions() {
    using enum catalog::Precision;
    for (const auto next : {kBf16, kFp8, kMxfp8, kNvfp4})
      if (next != plan_.precision)
        add(fmt::format("{} to {}", catalog::to_string(plan_.precision), catalog::to_string(next)),
            [&](ParallelPlan& p) { p.precision = next; });
  }

  template <typename Change>
  void add(std::string name, const Change& change) {
    ParallelPlan p = plan_;
    change(p);
    const std::int64_t inner = std::int64_t{p.tp} * p.cp * p.pp;
    p.dp = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(request_.gpus / inner, 1, std::numeric_limits<std::int32_t>::max()));
    if (p.tp == 1) p.sequence_parallel = false;
    if (p.tp > 1 && plan_.tp == 1) p.sequence_parallel = true;
    if (p.pp == 1) p.vpp = 1;
    if (p.pp == 1 || (p.vpp == 1 && p.schedule == Schedule::kInterleaved)) p.schedule = Schedule::k1f1b;
    if (p.vpp > 1 && p.schedule != Schedule::kZeroBubble) p.schedule = Schedule::kInterleaved;
    if (p.pp != plan_.pp || p.vpp != plan_.vpp) p.first_layers = p.last_layers = 0;
    const std::int64_t ranks = std::int64_t{p.dp} * p.cp;
    if (p.shard_group > 0 && ranks % p.shard_group != 0) p.shard_group = 0;
    out_.push_back({std::move(name), p});
  }

  const StepRequest& request_;
  const ParallelPlan& plan_;
  std::vector<Variant> out_;
};

}  // namespace

std::string growing_terms(const step::TimeBreakdown& from, const step::TimeBreakdown& to) {
  std::vector<std::pair<double, std::size_t>> grown;
  double all = 0;
  for (std::size_t i = 0; i < step::kTimeTerms; ++i)
    if (const double d = to.seconds[i] - from.seconds[i]; d > 0) {
      grown.emplace_back(-d, i);
      all += d;
    }
  std::sort(grown.begin(), grown.end());
  std::string out;
  for (std::size_t i = 0; i < grown.size() && i < 3; ++i) {
    if (i > 0 && -grown[i].first < 0.1 * all) break;
    out += fmt::format("{}{} +{:.3g} s", out.empty() ? "" : ", ", step::kTimeTermNames[grown[i].second],
                       -grown[i].first);
  }
  return out;
}

std::vector<Alternative> alternatives(const StepRequest& request, const step::Calibration& calibration,
                                      double limit_bytes) {
  std::vector<Alternative> out;
  const auto here = step::evaluate(request, calibration);
  const double own = request.accelerator->memory_bytes;
  const double limit = limit_bytes > 0 ? std::min(limit_bytes, own) : own;
  for (auto& v : Variants(request).all()) {
    StepRequest r = request;
    r.plan = v.plan;
    Alternative n{std::move(v.change), v.plan, {}, false, {}};
    if (const auto result = step::evaluate(r, calibration)) {
      n.result = *result;
      const double lacks = result->memory.peak_bytes - limit;
      const double host_lacks = result->memory.host_bytes - result->memory.host_limit_bytes;
      n.fits = lacks <= 0 && !(host_lacks > 0);
      if (host_lacks > 0)
        n.stops = fmt::format("host memory: {:.1f} GB per accelerator more than there is", host_lacks / 1e9);
      else if (!n.fits)
        n.stops = fmt::format("memory: {:.1f} GB more than the {:.1f} GB allowed", lacks / 1e9, limit / 1e9);
      else if (here && result->step_time_s > here->step_time_s)
        n.stops = fmt::format("{:+.1f}%: {}", 100 * (result->step_time_s / here->step_time_s - 1),
                              growing_terms(here->time, result->time));
      else if (here && result->step_time_s == here->step_time_s &&
               result->memory.peak_bytes >= here->memory.peak_bytes)
        n.stops = "no faster";
    } else {
      n.stops = result.error().message;
    }
    out.push_back(std::move(n));
  }
  return out;
}

}  // namespace gigawatt::search
