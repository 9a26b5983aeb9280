#include "gigawatt/serving/pool.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "gigawatt/base/real.h"
#include "gigawatt/kernels/expert_load.h"

namespace gigawatt::serving {
namespace {

using base::real;

}  // namespace

RateBand rate_band(const PoolSubject& subject, double rate) {
  return {rate * std::pow(subject.engine.rate_low, subject.borrowed.width),
          rate * std::pow(subject.engine.rate_high, subject.borrowed.width)};
}

Deployment deployment(const PoolSubject& s, const ServingPlan& plan) {
  Deployment d;
  d.model = &s.model;
  d.accelerator = s.accelerator;
  d.laws = s.laws;
  d.borrowed = s.borrowed;
  d.fabric = &s.fabric;
  d.engine = &s.engine;
  d.formats = s.formats;
  d.plan = plan;
  d.speculated = s.speculated;
  d.acceptance = s.acceptance;
  return d;
}

namespace {

/// Weights that one token passes: of the experts its share.
double active_weights(const ServedModel& m) {
  double experts = 0;
  double all = 0;
  for (const auto& g : m.groups) {
    if (g.experts <= 0) continue;
    experts += g.count * g.experts;
    all += g.count * g.topk;
  }
  return m.attention_weights + m.embedding_weights / 2 + (experts > 0 ? m.expert_weights * all / experts : 0);
}

/// Share of the weights that an iteration of so many sequences of a replica reads: of the experts those of the busiest
/// device that any of them is sent to, between even and skewed loads as iterations count them.
double touched_share(const PoolSubject& s, const ServingPlan& plan, double sequences) {
  const double dense =
      (s.model.attention_weights + s.model.embedding_weights / 2) * kernels::weight_bytes(s.formats.dense);
  const double experts = s.model.expert_weights * kernels::weight_bytes(s.formats.experts);
  double all = 0, touched = 0;
  for (const auto& g : s.model.groups) {
    if (g.experts <= 0) continue;
    all += g.count * g.experts;
    const auto active = [&](double skew) {
      return kernels::busiest_device(std::max(sequences, 1.0), g.topk, g.experts, real(plan.ep), skew).active;
    };
    const double skewed = plan.ep < s.engine.balanced_devices ? s.engine.expert_skew : 0;
    const double here = (1 - skewed) * active(0) + skewed * active(s.engine.physics.expert_exponent);
    touched += g.count * std::min(here * real(plan.ep), g.experts);
  }
  return all > 0 ? (dense + experts * touched / all) / (dense + experts) : 1;
}

/// Mean power of an accelerator in the steady state: kernels that stream weights and cache or compute at the rates that
/// good kernels reach, and waiting (launches, collectives, the host) in the rest of each iteration; prompts at their own
/// rate. Prompts and decoding share the time of all accelerators, or each have their own.
double accelerator_power(const PoolSubject& s, const PoolPlan& plan, const ServingLoad& load,
                         const ServingEstimate& e, double weight_bytes) {
  if (s.power == nullptr || s.power_law == nullptr) return 0;
  const auto& physics = s.engine.physics;
  const double peak = s.accelerator->peak(catalog::Precision::kBf16);
  const bool split = plan.prompt_replicas > 0;
  const double decoders = real(plan.replicas * plan.decode.accelerators());
  const double prompters = split ? real(plan.prompt_replicas * plan.prompt.accelerators()) : decoders;
  const double per_token = 2 * active_weights(s.model);
  const double scale = kernels::peak({.peak16 = 1, .peak8 = 2, .peak4 = 4},
                                     s.model.expert_weights > 0 ? s.formats.experts : s.formats.dense);
  const auto kind = scale > 3   ? power::Arithmetic::kFp4
                    : scale > 1 ? power::Arithmetic::kFp8
                                : power::Arithmetic::kBf16;
  const auto share = [&](double flops, double memory) {
    power::Activity a;
    a[kind] = flops;
    a.memory = memory;
    return power::steady_share(*s.power, *s.power_law, a);
  };
  const double waiting = share(0, physics.waits.value);
  double decoding = waiting;
  if (e.decode_s > 0) {
    const double tokens = e.batch * (1 + s.speculated);  // drafted ones are checked as well
    const double cache = e.cache_tokens * cache_bytes(s.model, s.formats, 4096) / 4096 / decoders;
    const double bytes = weight_bytes * touched_share(s, plan.decode, tokens / real(plan.replicas)) + cache;
    const double flops = per_token * tokens / decoders / peak;
    const double kernels_s = bytes / (physics.streams.value * s.accelerator->memory_bandwidth.value) +
                             flops / (physics.computes.value * scale);
    const double busy_s = std::min(kernels_s, e.decode_s), busy = busy_s / e.decode_s;
    decoding =
        busy * share(flops / busy_s, std::min(1.0, bytes / busy_s / s.accelerator->memory_bandwidth.value)) +
        (1 - busy) * waiting;
  }
  double prompts = waiting;
  if (e.prompt_share > 0) {
    const double flops =
        per_token * e.requests_per_s * load.input * (1 - load.cached) / prompters / e.prompt_share / peak;
    prompts = share(std::min(flops, scale), physics.waits.value);
  }
  const double with_prompts = e.prompt_share * prompts + (1 - e.prompt_share) * (split ? waiting : decoding);
  const double mean =
      split ? (prompters * with_prompts + decoders * decoding) / (prompters + decoders) : with_prompts;
  return mean * s.accelerator->tdp_w.value;
}

PoolResult complete(const PoolSubject& s, const PoolPlan& plan, const ServingLoad& load,
                    const IterationModel& decode, ServingEstimate e) {
  PoolResult r;
  r.plan = plan;
  const double accelerators = real(plan.accelerators());
  r.tokens_per_s_per_accelerator = e.output_tokens_per_s / accelerators;
  r.tokens_per_s_per_user = e.tpot.p50 > 0 ? 1 / e.tpot.p50 : 0;
  r.weight_bytes = decode.weight_bytes_per_accelerator();
  const double per_token =
      cache_bytes(s.model, s.formats, load.input + load.output) / (load.input + load.output);
  r.cache_bytes = e.cache_tokens * per_token;
  r.cache_room_bytes = std::max(decode.cache_tokens(), 0.0) * per_token * real(plan.replicas);
  r.accelerator_w = accelerator_power(s, plan, load, e, r.weight_bytes);
  if (r.accelerator_w > 0) {
    const auto node = power::node_law(*s.system, *s.accelerator);
    r.it_w = node.it_w(r.accelerator_w) / node.accelerators * accelerators;
    r.energy_j_per_token = r.it_w / e.output_tokens_per_s;
  }
  if (s.usd_per_accelerator_second > 0)
    r.usd_per_million_tokens = s.usd_per_accelerator_second * 1e6 / r.tokens_per_s_per_accelerator;
  const RateBand band = rate_band(s, r.tokens_per_s_per_accelerator);
  r.low = band.low;
  r.high = band.high;
  r.estimate = e;
  return r;
}

ServingEstimate times(ServingEstimate e, double replicas) {
  e.batch *= replicas;
  e.requests_per_s *= replicas;
  e.output_tokens_per_s *= replicas;
  e.cache_tokens *= replicas;
  return e;
}

}  // namespace

double transfer_bandwidth(const PoolSubject& s, const PoolPlan& plan) {
  const bool inside = real(plan.accelerators()) <= s.system->scaleup_domain.value;
  const double each = inside ? s.system->scaleup_bandwidth.value : s.system->nic_bandwidth.value;
  return each * real(std::min(plan.prompt.accelerators(), plan.decode.accelerators()));
}

namespace {

tl::expected<PoolResult, ServingNo> evaluate(const PoolSubject& s, const PoolPlan& plan,
                                             const ServingLoad& load, const IterationModel& decode,
                                             const IterationModel* prompt, const PromptService& service) {
  auto share = load;
  const double replicas = real(plan.replicas);
  if (prompt != nullptr) {
    const auto e = estimate_split(service, *prompt, real(plan.prompt_replicas), decode, replicas,
                                  transfer_bandwidth(s, plan), share);
    if (!e) return tl::unexpected(e.error());
    return complete(s, plan, load, decode, *e);
  }
  share.concurrency /= replicas;
  share.rate /= replicas;
  share.active /= replicas;
  share.requests /= replicas;
  const auto e = estimate(decode, share);
  if (!e) return tl::unexpected(e.error());
  return complete(s, plan, load, decode, times(*e, replicas));
}

double excess(const PoolResult& r, const PoolLimits& limits) {
  const auto& e = r.estimate;
  double most = 0;
  const auto hold = [&](double value, double limit) {
    if (limit > 0) most = std::max(most, value / limit);
  };
  hold(e.ttft.p50, limits.ttft_s);
  hold(e.tpot.p50, limits.tpot_s);
  hold(e.ttft.p99, limits.ttft_p99_s);
  hold(e.tpot.p99, limits.tpot_p99_s);
  return most;
}

/// Keeps what no other beats in both figures, ascending by tokens per second and user.
std::vector<PoolResult> front(std::vector<PoolResult> all) {
  std::sort(all.begin(), all.end(), [](const PoolResult& a, const PoolResult& b) {
    return a.tokens_per_s_per_user != b.tokens_per_s_per_user
               ? a.tokens_per_s_per_user > b.tokens_per_s_per_user
               : a.tokens_per_s_per_accelerator > b.tokens_per_s_per_accelerator;
  });
  std::vector<PoolResult> out;
  for (const auto& r : all)
    if (out.empty() || r.tokens_per_s_per_accelerator > out.back().tokens_per_s_per_accelerator)
      out.push_back(r);
  std::reverse(out.begin(), out.end());
  return out;
}

struct Built {
  ServingPlan plan;
  std::unique_ptr<IterationModel> model;
  PromptService service;
};

}  // namespace

tl::expected<PoolResult, ServingNo> evaluate_pool(const PoolSubject& s, const PoolPlan& plan,
                                                  const ServingLoad& load) {
  const IterationModel decode(deployment(s, plan.decode));
  if (plan.prompt_replicas == 0) return evaluate(s, plan, load, decode, nullptr, {});
  const IterationModel prompt(deployment(s, plan.prompt));
  return evaluate(s, plan, load, decode, &prompt, prompt_service(prompt, load));
}

namespace {

/// What a size of the plan is taken from: the one that is asked for, or all that are worth a try.
std::vector<std::int64_t> choices(std::int64_t asked, std::initializer_list<std::int64_t> free) {
  return asked > 0 ? std::vector<std::int64_t>{asked} : std::vector<std::int64_t>(free);
}

/// Groups of data-parallel attention: powers of two, and of a mixture also what fills all accelerators or the devices of
/// its experts.
std::vector<std::int64_t> attention_groups(const PoolSubject& s, std::int64_t tp, double experts) {
  if (s.asked.dp > 0) return {s.asked.dp};
  std::vector<std::int64_t> list{1};
  if (experts == 0) return list;
  constexpr std::int64_t kWidest = 64;
  for (std::int64_t dp = 2; dp <= kWidest; dp *= 2) list.push_back(dp);
  const auto add = [&](std::int64_t dp) {
    if (dp > 1 && std::find(list.begin(), list.end(), dp) == list.end()) list.push_back(dp);
  };
  const std::int64_t all = s.accelerators / tp;
  if (s.accelerators % tp == 0 && real(all * tp) <= std::max(2 * experts, 1.0)) add(all);
  if (s.asked.ep > 0 && s.asked.ep % tp == 0) add(s.asked.ep / tp);
  return list;
}

}  // namespace

std::vector<ServingPlan> legal_plans(const PoolSubject& s) {
  const double domain = s.system->scaleup_domain.value;
  double experts = 0;
  if (s.model.expert_weights > 0)
    for (const auto& g : s.model.groups) experts = std::max(experts, g.experts);
  std::vector<ServingPlan> out;
  const double usable = s.accelerator->memory_bytes.value * s.engine.memory_share - s.engine.workspace_bytes;
  const double weights = weight_bytes(s.model, s.formats);
  const auto is_legal = [&](const ServingPlan& p) {
    const double width = real(p.tp * p.dp);
    if (p.accelerators() > s.accelerators || std::fmod(s.heads, real(p.tp)) != 0) return false;
    if (real(p.tp) > domain && width > domain && s.asked.tp == 0) return false;
    if (p.pp > 1 && width < domain && s.asked.pp == 0) return false;  // stages only where a domain is full
    if (weights / real(p.accelerators()) > usable) return false;      // at best an even share
    const bool divides = std::fmod(experts, real(p.ep)) == 0 || p.ep >= s.engine.balanced_devices;
    if (p.ep > 1 && (experts == 0 || !divides || p.tp * p.dp % p.ep != 0)) return false;
    return p.dp == 1 || p.ep > 1 || s.asked.ep == 1;
  };
  for (const auto tp : choices(s.asked.tp, {1, 2, 4, 8, 16}))
    for (const auto dp : attention_groups(s, tp, experts))
      for (const auto pp : choices(s.asked.pp, {1, 2}))
        for (const auto ep : choices(s.asked.ep, {1, tp * dp})) {
          const ServingPlan plan{tp, pp, ep, dp};
          if (is_legal(plan) && (out.empty() || out.back() != plan)) out.push_back(plan);
        }
  std::sort(out.begin(), out.end(),
            [](const ServingPlan& a, const ServingPlan& b) { return a.accelerators() < b.accelerators(); });
  return out;
}

PoolSearch search_pool(const PoolSubject& s, const ServingLoad& load, const PoolLimits& limits, bool split,
                       std::size_t keep) {
  PoolSearch out;
  std::vector<PoolResult> all;
  std::vector<Built> built;
  const auto consider = [&](const PoolPlan& plan, const IterationModel& decode, const IterationModel* prompt,
                            const PromptService& service) {
    bool any = false;
    /// Tokens per second and accelerator under this load; nothing where the plan does not carry it.
    const auto tried = [&](const ServingLoad& at) -> std::optional<double> {
      auto p = plan;
      p.concurrency = at.concurrency;
      ++out.evaluated;
      auto r = evaluate(s, p, at, decode, prompt, service);
      if (!r) return std::nullopt;
      any = true;
      if (!out.nearest || excess(*r, limits) < excess(*out.nearest, limits)) out.nearest = *r;
      all.push_back(std::move(*r));
      return all.back().tokens_per_s_per_accelerator;
    };
    if (load.rate > 0 || load.concurrency > 0) {
      tried(load);
      out.plans += any;
      return;
    }
    const double most = largest_batch(decode, load.input, load.output) * real(plan.replicas);
    double least = 0;  // tokens/s of the load before
    for (double c = real(plan.replicas); c <= most * 1.0001; c *= 1.4142135623730951) {
      auto at = load;
      at.concurrency = std::max(c, real(plan.replicas));
      const auto rate = tried(at);
      if (!rate) continue;
      if (*rate < least * 1.0001) break;  // what saturates only queues longer
      least = *rate;
      // Larger batches only take longer.
      if (limits.tpot_s > 0 && all.back().estimate.tpot.p50 > 2 * limits.tpot_s) break;
    }
    out.plans += any;
  };
  for (const auto& plan : legal_plans(s)) {
    built.push_back({plan, std::make_unique<IterationModel>(deployment(s, plan)), {}});
    if (built.back().model->cache_tokens() < load.input + load.output) {
      built.pop_back();
      continue;
    }
    consider({plan, s.accelerators / plan.accelerators(), {}, 0, 0}, *built.back().model, nullptr, {});
    if (split) built.back().service = prompt_service(*built.back().model, load);
  }
  if (split)
    for (const auto& d : built)
      for (const auto& p : built)
        for (const double share : {0.125, 0.25, 0.375, 0.5, 0.625, 0.75}) {
          if (p.plan.accelerators() > d.plan.accelerators() || (p.plan.dp > 1 && p.plan.tp > 1)) continue;
          const auto prompts =
              static_cast<std::int64_t>(share * real(s.accelerators)) / p.plan.accelerators();
          const auto left = s.accelerators - prompts * p.plan.accelerators();
          const auto decoders = left / d.plan.accelerators();
          if (prompts < 1 || decoders < 1) continue;
          consider({d.plan, decoders, p.plan, prompts, 0}, *d.model, p.model.get(), p.service);
        }
  for (const auto& r : all)
    if (excess(r, limits) <= 1) out.best.push_back(r);
  // Accelerators that a plan leaves idle are paid for as well.
  std::sort(out.best.begin(), out.best.end(), [](const PoolResult& a, const PoolResult& b) {
    const auto order = [](const PoolResult& r) {
      return std::pair(r.estimate.output_tokens_per_s, r.tokens_per_s_per_user);
    };
    return order(a) > order(b);
  });
  if (out.best.size() > keep) out.best.resize(keep);
  if (!out.best.empty()) out.nearest.reset();
  out.pareto = front(std::move(all));
  return out;
}

}  // namespace gigawatt::serving
