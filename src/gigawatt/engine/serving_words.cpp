#include "gigawatt/engine/serving_words.h"

#include <algorithm>

#include <fmt/format.h>

namespace gigawatt::engine {

using Json = nlohmann::ordered_json;
using serving::PoolPlan;
using serving::PoolResult;

Json pool_plan_json(const PoolPlan& p) {
  const auto one = [](const serving::ServingPlan& x) {
    return Json{{"tp", x.tp}, {"pp", x.pp}, {"ep", x.ep}, {"dp", x.dp}};
  };
  Json j = one(p.decode);
  j["replicas"] = p.replicas;
  if (p.prompt_replicas > 0) {
    j["prefill"] = one(p.prompt);
    j["prefill"]["replicas"] = p.prompt_replicas;
  }
  j["accelerators"] = p.accelerators();
  return j;
}

Json percentiles_json(const serving::Percentiles& p) { return {{"p50", p.p50 * 1e3}, {"p99", p.p99 * 1e3}}; }

Json or_null(double x) { return x > 0 ? Json(x) : Json(nullptr); }

Json result_json(const PoolResult& r) {
  const auto& e = r.estimate;
  return {{"plan", pool_plan_json(r.plan)},
          {"concurrency", r.plan.concurrency},
          {"tokens_per_s_per_gpu", r.tokens_per_s_per_accelerator},
          {"tokens_per_s_per_user", r.tokens_per_s_per_user},
          {"tokens_per_s", e.output_tokens_per_s},
          {"requests_per_s", e.requests_per_s},
          {"ttft_ms", percentiles_json(e.ttft)},
          {"tpot_ms", percentiles_json(e.tpot)},
          {"batch", e.batch},
          {"kv_cache_gb", r.cache_bytes * 1e-9},
          {"kv_cache_room_gb", r.cache_room_bytes * 1e-9},
          {"memory_gb",
           r.weight_bytes * 1e-9 + r.cache_bytes / static_cast<double>(r.plan.accelerators()) * 1e-9},
          {"energy_j_per_token", or_null(r.energy_j_per_token)},
          {"accelerator_w", or_null(r.accelerator_w)},
          {"it_mw", or_null(r.it_w * 1e-6)},
          {"cost_usd_per_million_tokens", or_null(r.usd_per_million_tokens)},
          {"interval", {{"low", r.low}, {"high", r.high}}},
          {"time",
           {{"decode_iteration_ms", e.decode_s * 1e3},
            {"prompt_ms", e.prompt_s * 1e3},
            {"prompt_share", e.prompt_share},
            {"queue_ms", e.queue_s * 1e3}}}};
}

std::string assumed_text(const ServingQuery& q, const ServingSubject& subject, const PoolResult& r,
                         const RequestTrace& trace) {
  const serving::Formats& formats = subject.pool.formats;
  std::string load;
  if (q.trace.given())
    load = "the trace";
  else if (q.rate > 0)
    load = fmt::format("{:g} requests per second at random", q.rate);
  else if (q.concurrency > 0)
    load = fmt::format("{:g} requests in flight", q.concurrency);
  else
    load = fmt::format("none stated, so {:.0f} requests in flight{}", r.plan.concurrency,
                       r.plan.prompt_replicas > 0 ? ", beyond which prompts only wait"
                       : q.tpot_ms > 0 || q.ttft_ms > 0 || q.search || q.tp == 0 ? ", the best load found"
                                                                                 : ", as many as fit");
  std::string out = fmt::format("load        {}", load);
  if (!q.trace.given()) out += fmt::format("; prompts of {:g} tokens, answers of {:g}", q.isl, q.osl);
  if (q.cached > 0) out += fmt::format(", {:g}% of prompts cached", 100 * q.cached);
  out += "\n";
  if (trace.left_out > 0)
    out += fmt::format("left out    {} requests of the trace have no prompt or no answer\n", trace.left_out);
  if (trace.has_prefixes)
    out += fmt::format(
        "prefixes    {:.1f}% of the trace's prompt tokens were seen before: a cache that forgets nothing\n",
        100 * trace.mean_load().cached);
  if (q.mtp > 0 && subject.pool.model.mtp_layers == 0)
    out += "drafts      the model has no layers that draft (MTP): taken from elsewhere, at no cost\n";
  if (subject.pool.borrowed.width > 1)
    out += fmt::format(
        "chip        no kernel was measured on it: it reaches of its data sheet what {} does, with wider "
        "bands\n",
        subject.pool.laws->chip);
  if (subject.hour.usd > 0 && subject.hour.rented)
    out += fmt::format("price       {:.2f} USD an accelerator-hour of rental\n", subject.hour.usd);
  if (subject.hour.usd > 0 && !subject.hour.rented)
    out += fmt::format(
        "price       no rental is known, so {:.2f} USD an accelerator-hour of owning: hardware, building, "
        "electricity, no cost of capital\n",
        subject.hour.usd);
  if (q.engine.empty())
    out += fmt::format("engine      none stated, so {}, which runs on these accelerators\n",
                       subject.pool.engine.title);
  if (q.precision.empty())
    out += fmt::format("precision   none stated, so {:.3g} bytes a weight and {:.3g} a cached number\n",
                       kernels::weight_bytes(formats.dense), formats.cache_bytes);
  if (const auto idle = q.gpus - r.plan.accelerators(); idle > 0)
    out += fmt::format("idle        {} of {} accelerators: the plan does not fill them\n", idle, q.gpus);
  return out;
}

std::string result_text(const PoolResult& r) {
  const auto& e = r.estimate;
  const auto& p = r.plan;
  std::string out = fmt::format("plan        {} x (tp {} pp {} ep {} dp {})", p.replicas, p.decode.tp,
                                p.decode.pp, p.decode.ep, p.decode.dp);
  if (p.prompt_replicas > 0)
    out += fmt::format(", prompts on {} x (tp {} pp {} ep {} dp {})", p.prompt_replicas, p.prompt.tp,
                       p.prompt.pp, p.prompt.ep, p.prompt.dp);
  out += fmt::format(
      "\nthroughput  {:.0f} tokens/s per accelerator (80%: {:.0f} to {:.0f}), {:.1f} per user\nTTFT        "
      "{:.0f} ms "
      "median, {:.0f} ms p99\nTPOT        {:.2f} ms median, {:.2f} ms p99\nbatch       {:.0f} decoding, "
      "cache {:.1f} of "
      "{:.1f} GB, weights {:.1f} GB an accelerator\n",
      r.tokens_per_s_per_accelerator, r.low, r.high, r.tokens_per_s_per_user, e.ttft.p50 * 1e3,
      e.ttft.p99 * 1e3, e.tpot.p50 * 1e3, e.tpot.p99 * 1e3, e.batch, r.cache_bytes * 1e-9,
      r.cache_room_bytes * 1e-9, r.weight_bytes * 1e-9);
  if (r.energy_j_per_token > 0)
    out += fmt::format("power       {:.0f} W an accelerator, {:.3f} MW IT, {:.2f} J per token\n",
                       r.accelerator_w, r.it_w * 1e-6, r.energy_j_per_token);
  if (r.usd_per_million_tokens > 0)
    out += fmt::format("cost        {:.2f} USD per million tokens\n", r.usd_per_million_tokens);
  return out;
}

std::string ranking_text(const std::vector<PoolResult>& best) {
  std::vector<PoolPlan> seen;
  std::string out =
      "plan                                      in flight  tokens/s/accel.  per user  TTFT ms  TPOT ms\n";
  for (const auto& r : best) {
    PoolPlan plan = r.plan;
    plan.concurrency = 0;
    if (std::find(seen.begin(), seen.end(), plan) != seen.end()) continue;
    seen.push_back(plan);
    const auto one = [](std::int64_t n, const serving::ServingPlan& p) {
      std::string text = fmt::format("{} x tp{}", n, p.tp);
      if (p.pp > 1) text += fmt::format(" pp{}", p.pp);
      if (p.ep > 1) text += fmt::format(" ep{}", p.ep);
      if (p.dp > 1) text += fmt::format(" dp{}", p.dp);
      return text;
    };
    std::string name = one(plan.replicas, plan.decode);
    if (plan.prompt_replicas > 0) name += ", prompts " + one(plan.prompt_replicas, plan.prompt);
    out += fmt::format("{:<40}  {:>9.0f}  {:>15.0f}  {:>8.1f}  {:>7.0f}  {:>7.2f}\n", name,
                       r.plan.concurrency > 0 ? r.plan.concurrency : r.estimate.batch,
                       r.tokens_per_s_per_accelerator, r.tokens_per_s_per_user, r.estimate.ttft.p50 * 1e3,
                       r.estimate.tpot.p50 * 1e3);
  }
  return out;
}

}  // namespace gigawatt::engine
