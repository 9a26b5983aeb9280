#include "gigawatt/search/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gigawatt::search {
namespace {

using step::ParallelPlan;
using step::RecomputeKind;
using step::Schedule;
using step::StepRequest;

constexpr double kNoticeable = 1e-3;

struct Variant {
  std::string change;
  ParallelPlan plan;
};

class Variants {
 public:
  Variants(const StepRequest& r) : request_(r), plan_(r.plan) {}

  std::vector<Variant> all() {
    scale("tp", &ParallelPlan::tp);
    scale("cp", &ParallelPlan::cp);
    scale("pp", &ParallelPlan::pp);
    if (request_.model->is_moe()) {
      scale("ep", &ParallelPlan::ep);
      if (plan_.tp > 1) set("etp", &ParallelPlan::etp, plan_.etp == 1 ? plan_.tp : 1);
    }
    scale("micro_batch", &ParallelPlan::micro_batch);
    chunks();
    if (plan_.zero_stage > 0) set("zero", &ParallelPlan::zero_stage, plan_.zero_stage - 1);
    if (plan_.zero_stage < 3) set("zero", &ParallelPlan::zero_stage, plan_.zero_stage + 1);
    recompute();
    schedules();
    set("offload_optimizer", &ParallelPlan::offload_optimizer, !plan_.offload_optimizer);
    set("offload_activations", &ParallelPlan::offload_activations, !plan_.offload_activations);
    return std::move(out_);
  }

 private:
  void add(std::string change, ParallelPlan p) {
    const std::int64_t inner = std::int64_t{p.tp} * p.cp * p.pp;
    p.dp = static_cast<std::int32_t>(std::max<std::int64_t>(1, request_.gpus / inner));
    p.sequence_parallel = p.tp > 1 && (plan_.tp == 1 || plan_.sequence_parallel);
    if (p.pp == 1) p.vpp = 1;
    if (p.pp == 1 || p.vpp == 1) {
      if (p.schedule == Schedule::kInterleaved || p.pp == 1) p.schedule = Schedule::k1f1b;
    } else {
      p.schedule = Schedule::kInterleaved;
    }
    if (p.pp != plan_.pp || p.vpp != plan_.vpp) p.first_layers = p.last_layers = 0;
    const std::int64_t ranks = std::int64_t{p.dp} * p.cp;
    if (p.shard_group > 0 && ranks % p.shard_group != 0) p.shard_group = 0;
    out_.push_back({std::move(change), p});
  }
  template <typename T>
  void set(const char* name, T ParallelPlan::* member, T value) {
    ParallelPlan p = plan_;
    p.*member = value;
    if constexpr (std::is_same_v<T, bool>)
      add(fmt::format("{} {}", name, value ? "on" : "off"), p);
    else
      add(fmt::format("{} {} -> {}", name, plan_.*member, value), p);
  }
  void scale(const char* name, std::int32_t ParallelPlan::* member) {
    if (plan_.*member > 1) set(name, member, plan_.*member / 2);
    set(name, member, plan_.*member * 2);
  }
  void chunks() {
    if (plan_.pp == 1) return;
    const std::int64_t most = request_.model->layers / plan_.pp;
    const auto equal = [&](std::int32_t v) {
      const std::int64_t n = std::int64_t{plan_.pp} * v;
      return v == 1 || request_.model->layers % n == 0 || (request_.model->layers + 2) % n == 0;
    };
    for (std::int32_t v = plan_.vpp - 1; v >= 1; --v)
      if (equal(v)) {
        set("vpp", &ParallelPlan::vpp, v);
        break;
      }
    for (std::int32_t v = plan_.vpp + 1; v <= most; ++v)
      if (equal(v)) {
        set("vpp", &ParallelPlan::vpp, v);
        break;
      }
  }
  void recompute() {
    for (const RecomputeKind kind : {RecomputeKind::kNone, RecomputeKind::kSelective, RecomputeKind::kFull}) {
      if (kind == plan_.recompute.kind) continue;
      ParallelPlan p = plan_;
      p.recompute = {kind, 0, 0};
      add(fmt::format("recompute {} -> {}", step::to_string(plan_.recompute), step::to_string(p.recompute)),
          p);
    }
  }
  void schedules() {
    if (plan_.pp == 1 || plan_.vpp > 1) return;
    for (const Schedule s : {Schedule::k1f1b, Schedule::kZeroBubble, Schedule::kDualPipe}) {
      if (s == plan_.schedule) continue;
      ParallelPlan p = plan_;
      p.schedule = s;
      add(fmt::format("schedule {} -> {}", step::to_string(plan_.schedule), step::to_string(s)), p);
    }
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
  if (!here) return out;
  const double own = request.accelerator->memory_bytes;
  const double limit = limit_bytes > 0 ? std::min(limit_bytes, own) : own;
  for (auto& v : Variants(request).all()) {
    StepRequest r = request;
    r.plan = v.plan;
    Alternative n{std::move(v.change), v.plan, {}, false, {}};
    if (const auto result = step::evaluate(r, calibration)) {
      n.result = *result;
      const double lacks = result->memory.peak_bytes - limit;
      const double slower = result->step_time_s - here->step_time_s;
      n.fits = lacks <= 0;
      if (lacks > 0)
        n.stops = fmt::format("memory: {:.1f} GB more than the {:.1f} GB allowed", lacks / 1e9, limit / 1e9);
      else if (slower > 0)
        n.stops = fmt::format("{:+.1f}%: {}", 100 * slower / here->step_time_s,
                              growing_terms(here->time, result->time));
      else if (slower == 0 && result->memory.peak_bytes >= here->memory.peak_bytes)
        n.stops = "no faster";
    } else {
      n.stops = result.error().message;
    }
    out.push_back(std::move(n));
  }
  return out;
}

std::vector<Lever> levers(const StepRequest& request, const step::Calibration& calibration,
                          const SearchOptions& options, std::size_t count) {
  std::vector<Lever> out;
  const auto here = step::evaluate(request, calibration);
  if (!here) return out;
  const auto value = [&](std::string change, const StepRequest& r, double per) {
    const auto result = step::evaluate(r, calibration);
    if (!result) return;
    const double seconds = result->step_time_s / per;
    out.push_back({std::move(change), seconds, 1 - seconds / here->step_time_s, r.plan});
  };
  const auto with_system = [&](std::string change, const auto& modify) {
    catalog::System system = *request.system;
    catalog::Accelerator accelerator = *request.accelerator;
    modify(system, accelerator);
    StepRequest r = request;
    r.system = &system;
    r.accelerator = &accelerator;
    value(std::move(change), r, 1);
  };
  const auto with_software = [&](std::string change, const auto& modify) {
    step::SoftwareProfile software = *request.software;
    modify(software);
    StepRequest r = request;
    r.software = &software;
    value(std::move(change), r, 1);
  };
  with_system("twice the scale-out bandwidth", [](auto& s, auto&) { s.nic_bandwidth.value *= 2; });
  with_system("twice the scale-up bandwidth", [](auto& s, auto& a) {
    s.scaleup_bandwidth.value *= 2;
    a.scaleup_bandwidth.value *= 2;
  });
  with_system("twice the memory bandwidth", [](auto&, auto& a) { a.memory_bandwidth.value *= 2; });
  with_software("tensor-parallel exchange under compute",
                [](auto& s) { s.tp_overlap = std::max(s.tp_overlap, s.async_tp_overlap); });
  with_software("experts' exchange under compute",
                [](auto& s) { s.ep_overlap = std::max(s.ep_overlap, s.ep_overlap_when_asked); });
  {
    StepRequest r = request;
    r.plan.cuda_graph = true;
    value("CUDA graphs", r, 1);
    r = request;
    r.global_batch *= 2;
    value("twice the global batch", r, 2);
    r = request;
    const auto fp8 = static_cast<std::size_t>(catalog::Precision::kFp8);
    r.plan.precision = catalog::Precision::kFp8;
    if (request.plan.precision == catalog::Precision::kBf16 && request.accelerator->peak_flops[fp8].value > 0)
      value("fp8", r, 1);
  }
  catalog::Accelerator roomy = *request.accelerator;
  roomy.memory_bytes.value *= 2;
  StepRequest r = request;
  r.accelerator = &roomy;
  SearchOptions o = options;
  o.top = 1;
  o.pareto = false;
  o.constraints.max_memory_bytes *= 2;
  if (const auto found = search(r, calibration, o); !found.best.empty()) {
    r.plan = found.best[0].plan;
    value("twice the memory", r, 1);
  }
  std::erase_if(out, [](const Lever& l) { return l.saved_share < kNoticeable; });
  std::stable_sort(out.begin(), out.end(),
                   [](const Lever& a, const Lever& b) { return a.saved_share > b.saved_share; });
  if (out.size() > count) out.resize(count);
  return out;
}

}  // namespace gigawatt::search
