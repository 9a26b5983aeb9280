#include "gigawatt/engine/serving_question.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "gigawatt/base/real.h"
#include "gigawatt/engine/serving_subject.h"
#include "gigawatt/engine/serving_trace.h"
#include "gigawatt/engine/serving_words.h"
#include "gigawatt/serving/simulate_split.h"

namespace gigawatt::engine {
namespace {

using Json = nlohmann::ordered_json;
using serving::PoolPlan;
using serving::PoolResult;

using base::real;

tl::unexpected<ServingProblem> wrong_plan(std::string code, std::string message, std::string hint = {}) {
  return tl::unexpected(
      ServingProblem{{base::error(std::move(code), std::move(message), std::move(hint))}, {}, nullptr});
}

tl::unexpected<ServingProblem> no(std::string why, Json nearest = nullptr) {
  return tl::unexpected(ServingProblem{{}, std::move(why), std::move(nearest)});
}

tl::expected<std::unique_ptr<ServingSubject>, ServingProblem> serving_subject(const ServingQuery& q,
                                                                              const Knowledge& knowledge) {
  auto library = load_serving_library(knowledge.data);
  if (!library) return tl::unexpected(ServingProblem{library.error(), {}, nullptr});
  auto subject = serving_subject({.model = q.model,
                                  .system = q.system,
                                  .engine = q.engine,
                                  .precision = q.precision,
                                  .kv_cache = q.kv_cache,
                                  .accelerators = q.gpus},
                                 knowledge, std::move(*library));
  if (!subject) return tl::unexpected(ServingProblem{subject.error(), {}, nullptr});
  auto& s = (*subject)->pool;
  s.speculated = real(q.mtp);
  if (q.acceptance >= 0) s.acceptance = q.acceptance;
  return std::move(*subject);
}

struct PoolSplit {
  std::int64_t prompts = 0;
  std::int64_t decoders = 0;
};

std::optional<PoolSplit> parse_split(const std::string& text) {
  const auto colon = text.find(':');
  PoolSplit s;
  if (colon == std::string::npos) return std::nullopt;
  const auto read = [&](std::size_t from, std::size_t to, std::int64_t& x) {
    const auto [end, error] = std::from_chars(text.data() + from, text.data() + to, x);
    return error == std::errc() && end == text.data() + to && x > 0;
  };
  if (!read(0, colon, s.prompts) || !read(colon + 1, text.size(), s.decoders)) return std::nullopt;
  return s;
}

tl::expected<PoolPlan, ServingProblem> stated_plan(const ServingQuery& q) {
  PoolPlan plan;
  plan.decode = {q.tp, std::max<std::int64_t>(q.pp, 1), q.ep, std::max<std::int64_t>(q.dp, 1)};
  if (q.ep == 0) plan.decode.ep = q.dp > 1 ? q.tp * q.dp : 1;
  const auto& d = plan.decode;
  if (d.tp * d.dp % d.ep != 0)
    return wrong_plan("bad-plan", fmt::format("ep {} does not divide tp {} x dp {}", d.ep, d.tp, d.dp));
  if (d.accelerators() > q.gpus)
    return wrong_plan("bad-plan", fmt::format("tp {} x pp {} x dp {} needs {} accelerators, there are {}",
                                              d.tp, d.pp, d.dp, d.accelerators(), q.gpus));
  plan.replicas = q.gpus / d.accelerators();
  if (!q.disaggregate.empty()) {
    const auto split = parse_split(q.disaggregate);
    if (!split)
      return wrong_plan("bad-split", fmt::format("'{}' is no split of pools", q.disaggregate),
                        "P:D, such as 1:3");
    const auto unit = split->prompts + split->decoders;
    const auto units = plan.replicas / unit;
    if (units < 1)
      return wrong_plan("bad-split", fmt::format("{} replicas of {} accelerators do not fit on {}", unit,
                                                 d.accelerators(), q.gpus));
    plan.prompt = plan.decode;
    plan.prompt_replicas = units * split->prompts;
    plan.replicas = units * split->decoders;
  }
  return plan;
}

/// Why a search has found nothing: the sizes that were asked for, or the accelerators.
std::string no_plan_text(const ServingQuery& q) {
  std::string sizes;
  for (const auto& [name, size] : {std::pair{"tp", q.tp}, {"pp", q.pp}, {"ep", q.ep}, {"dp", q.dp}})
    if (size > 0) sizes += fmt::format("{}{} {}", sizes.empty() ? " with " : ", ", name, size);
  return fmt::format("no plan{} on {} accelerators holds the model and one request", sizes, q.gpus);
}

/// Requests in flight beyond which a split pool gives no more tokens, because its prompts are late: more only wait. 0: none.
double saturating(const serving::PoolSubject& s, const PoolPlan& plan, serving::ServingLoad load) {
  constexpr double kWorthIt = 1.01;
  double best = 0, most = 0;
  for (double c = real(plan.replicas);; c *= std::numbers::sqrt2) {
    load.concurrency = c;
    const auto r = serving::evaluate_pool(s, plan, load);
    if (!r || r->estimate.output_tokens_per_s < kWorthIt * most) return best;
    best = c;
    most = r->estimate.output_tokens_per_s;
  }
}

/// The plan with most tokens a second and accelerator among all legal ones, each split as asked; within the limits where
/// any is.
tl::expected<PoolPlan, ServingProblem> best_split(const ServingQuery& q, const serving::PoolSubject& s,
                                                  const serving::ServingLoad& load) {
  if (!parse_split(q.disaggregate))
    return wrong_plan("bad-split", fmt::format("'{}' is no split of pools", q.disaggregate),
                      "P:D, such as 1:3");
  std::optional<PoolPlan> best;
  std::pair<bool, double> most{false, 0};  // within the limits, tokens a second and accelerator
  for (const auto& p : serving::legal_plans(s)) {
    ServingQuery stated = q;
    stated.tp = p.tp;
    stated.pp = p.pp;
    stated.ep = p.ep;
    stated.dp = p.dp;
    const auto plan = stated_plan(stated);
    if (!plan) continue;
    const auto result = serving::evaluate_pool(s, *plan, load);
    if (!result) continue;
    const bool late = (q.ttft_ms > 0 && result->estimate.ttft.p50 * 1e3 > q.ttft_ms) ||
                      (q.tpot_ms > 0 && result->estimate.tpot.p50 * 1e3 > q.tpot_ms);
    const std::pair<bool, double> score{!late, result->tokens_per_s_per_accelerator};
    if (best && score <= most) continue;
    best = *plan;
    most = score;
  }
  if (!best) return no(fmt::format("no plan, split {}, fits on {} accelerators", q.disaggregate, q.gpus));
  return *best;
}

/// Requests in flight at a replica beyond which nothing is simulated: almost all of them only wait.
constexpr double kLongestQueue = 300'000;

bool is_late(const ServingQuery& q, const serving::ServingEstimate& e) {
  return (q.ttft_ms > 0 && e.ttft.p50 * 1e3 > q.ttft_ms) || (q.tpot_ms > 0 && e.tpot.p50 * 1e3 > q.tpot_ms) ||
         (q.ttft_p99_ms > 0 && e.ttft.p99 * 1e3 > q.ttft_p99_ms) ||
         (q.tpot_p99_ms > 0 && e.tpot.p99 * 1e3 > q.tpot_p99_ms);
}

/// 99th percentiles (with a trace all latencies and the throughput) from a simulation of one replica, or of a split pool.
Json simulate_into(PoolResult& r, const ServingQuery& q, const serving::PoolSubject& s,
                   const serving::ServingLoad& load, const std::vector<serving::ServingRequest>& trace,
                   std::uint64_t seed) {
  if (q.requests == 0) return {{"requests", 0}};
  const serving::IterationModel model(serving::deployment(s, r.plan.decode));
  const bool split = r.plan.prompt_replicas > 0;
  // What is simulated: all of a split pool, one replica of another.
  const double replicas = split ? 1 : real(r.plan.replicas);
  const serving::SimulationOptions options{.requests = q.requests, .seed = seed, .spread = q.spread};
  serving::Simulated out;
  serving::ServingLoad one = load;
  one.rate /= replicas;
  one.concurrency = load.rate > 0 ? 0 : std::max(1.0, std::round(r.plan.concurrency / replicas));
  if (one.concurrency > kLongestQueue) return {{"requests", 0}};
  auto most = options;
  most.requests = std::max<std::int64_t>(q.requests, static_cast<std::int64_t>(3 * one.concurrency));
  std::unique_ptr<serving::IterationModel> prompt;
  serving::SplitPool pool;
  if (split) {
    prompt = std::make_unique<serving::IterationModel>(serving::deployment(s, r.plan.prompt));
    pool = {prompt.get(), real(r.plan.prompt_replicas), &model, real(r.plan.replicas),
            serving::transfer_bandwidth(s, r.plan)};
  }
  if (!trace.empty()) {
    std::vector<serving::ServingRequest> mine;  // requests go round the replicas
    for (std::size_t i = 0; i < trace.size(); i += static_cast<std::size_t>(replicas))
      mine.push_back(trace[i]);
    out =
        split ? serving::simulate_split(pool, mine, load, options) : serving::simulate(model, mine, options);
    r.estimate.ttft.p50 = out.ttft.p50;
    r.estimate.tpot.p50 = out.tpot.p50;
    r.estimate.output_tokens_per_s = out.output_tokens_per_s * replicas;
    r.estimate.batch = out.batch * replicas;
    r.tokens_per_s_per_accelerator = r.estimate.output_tokens_per_s / real(r.plan.accelerators());
    r.tokens_per_s_per_user = out.tpot.p50 > 0 ? 1 / out.tpot.p50 : 0;
    const auto band = serving::rate_band(s, r.tokens_per_s_per_accelerator);
    r.low = band.low;
    r.high = band.high;
    const double rate = r.estimate.output_tokens_per_s;
    if (r.it_w > 0 && rate > 0) r.energy_j_per_token = r.it_w / rate;
    if (s.usd_per_accelerator_second > 0 && rate > 0)
      r.usd_per_million_tokens = s.usd_per_accelerator_second * real(r.plan.accelerators()) * 1e6 / rate;
  } else {
    out = split ? serving::simulate_split(pool, one, most) : serving::simulate(model, one, most);
  }
  r.estimate.ttft.p99 = std::max(out.ttft.p99, r.estimate.ttft.p50);
  r.estimate.tpot.p99 = std::max(out.tpot.p99, r.estimate.tpot.p50);
  return {{"requests", out.requests},
          {"events", out.events},
          {"preemptions", out.preemptions},
          {"tokens_per_s_per_replica", out.output_tokens_per_s},
          {"ttft_ms", percentiles_json(out.ttft)},
          {"tpot_ms", percentiles_json(out.tpot)},
          {"batch", out.batch}};
}

serving::PoolLimits limits_of(const ServingQuery& q) {
  return {q.ttft_ms * 1e-3, q.tpot_ms * 1e-3, q.ttft_p99_ms * 1e-3, q.tpot_p99_ms * 1e-3};
}

/// What a million output tokens cost the site's surroundings; nothing without a site or an energy.
tl::expected<void, ServingProblem> add_site(Json& json, std::string& text, const ServingQuery& q,
                                            const catalog::Catalog& catalog, double joules_per_token) {
  if (q.site.empty()) return {};
  const auto site = catalog.site(q.site);
  if (!site) return wrong_plan("unknown-name", site.error().message());
  const double energy_j = 1e6 * joules_per_token;
  const double grams = energy_j * (*site)->pue.value * (*site)->carbon_kg_per_j.value * 1e3;
  const double litres = energy_j * (*site)->wue.value * 1e3;
  json["co2_g_per_million_tokens"] = or_null(grams);
  json["water_l_per_million_tokens"] = or_null(litres);
  text += fmt::format("at {}  {:.0f} g CO2 and {:.2f} L of water per million tokens\n", (*site)->name, grams,
                      litres);
  return {};
}

tl::expected<ServingAnswer, ServingProblem> answer_search(const ServingQuery& q,
                                                          const ServingSubject& subject,
                                                          const serving::ServingLoad& load,
                                                          const catalog::Catalog& catalog) {
  const serving::PoolSubject& s = subject.pool;
  const serving::PoolLimits limits = limits_of(q);
  const auto begin = std::chrono::steady_clock::now();
  const auto found = serving::search_pool(s, load, limits, true, static_cast<std::size_t>(q.top));
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (found.pareto.empty())
    return no(load.rate > 0 ? fmt::format("no plan of {} accelerators carries {:.4g} requests per second",
                                          q.gpus, load.rate)
                            : no_plan_text(q));
  if (found.best.empty())
    return no(fmt::format("no plan meets the limits; the nearest gives {:.0f} ms to the first token and "
                          "{:.2f} ms per token",
                          found.nearest->estimate.ttft.p50 * 1e3, found.nearest->estimate.tpot.p50 * 1e3),
              result_json(*found.nearest));
  ServingAnswer out;
  out.json = result_json(found.best.front());
  out.json["engine"] = s.engine.name;
  out.json["cost_basis"] = subject.hour.basis();
  out.json["requests_simulated"] = 0;
  out.json["evaluated"] = found.evaluated;
  out.json["plans"] = found.plans;
  out.json["wall_s"] = wall;
  Json best = Json::array();
  for (const auto& r : found.best) best.push_back(result_json(r));
  Json pareto = Json::array();
  for (const auto& r : found.pareto)
    pareto.push_back({{"plan", pool_plan_json(r.plan)},
                      {"concurrency", r.plan.concurrency},
                      {"tokens_per_s_per_gpu", r.tokens_per_s_per_accelerator},
                      {"tokens_per_s_per_user", r.tokens_per_s_per_user},
                      {"ttft_ms", r.estimate.ttft.p50 * 1e3},
                      {"energy_j_per_token", or_null(r.energy_j_per_token)},
                      {"cost_usd_per_million_tokens", or_null(r.usd_per_million_tokens)}});
  out.json["best"] = std::move(best);
  out.json["pareto"] = std::move(pareto);
  out.text = fmt::format("{} plans and loads in {:.3f} s; the best:\n\n{}\n{}", found.evaluated, wall,
                         result_text(found.best.front()) + assumed_text(q, subject, found.best.front(), {}),
                         ranking_text(found.best));
  if (const auto added = add_site(out.json, out.text, q, catalog, found.best.front().energy_j_per_token);
      !added)
    return tl::unexpected(added.error());
  return out;
}

}  // namespace

void fields(config::FieldVisitor& v, ServingQuery& q) {
  constexpr double kMost = 1e9;
  v(q.model, {.key = "model", .doc = "Model of the catalogue.", .required = true});
  v(q.system, {.key = "system", .doc = "System of the catalogue.", .required = true});
  v(q.gpus, {.key = "gpus", .doc = "Accelerators of the pool.", .min = 1, .max = 1e7, .required = true});
  v(q.isl, {.key = "isl", .doc = "Prompt tokens of a request.", .min = 1, .max = kMost});
  v(q.osl, {.key = "osl", .doc = "Generated tokens of a request.", .min = 1, .max = kMost});
  v(q.tp, {.key = "tp", .doc = "Tensor parallelism; 0: the best plan.", .min = 0, .max = 1024});
  v(q.pp,
    {.key = "pp", .doc = "Pipeline stages; 0: the best plan, one where tp is given.", .min = 0, .max = 1024});
  v(q.ep,
    {.key = "ep",
     .doc = "Devices over which experts are spread; 0: the best plan, as the engine does where tp is given.",
     .min = 0,
     .max = 4096});
  v(q.dp,
    {.key = "dp",
     .doc =
         "Groups of data-parallel attention that share the experts; 0: the best plan, one where tp is given.",
     .min = 0,
     .max = 4096});
  v(q.engine,
    {.key = "engine", .doc = "vllm, sglang or trtllm; default: trtllm on NVIDIA's chips, vllm on others."});
  v(q.precision, {.key = "precision",
                  .doc = "bf16, fp8, fp4, mxfp4, int4, int8; default: as the weights are published where "
                         "that is narrow, else fp8 where the chip has it."});
  v(q.kv_cache, {.key = "kv_cache", .doc = "Format of the cache: bf16, fp8; default: the engine's."});
  v(q.concurrency,
    {.key = "concurrency", .doc = "Requests in flight; 0: as many as fit.", .min = 0, .max = kMost});
  v(q.rate, {.key = "rate", .doc = "Requests per second that arrive at random.", .min = 0, .max = kMost});
  v(q.ttft_ms,
    {.key = "ttft_ms", .doc = "Limit of the median time to the first token, ms.", .min = 0, .max = kMost});
  v(q.tpot_ms, {.key = "tpot_ms", .doc = "Limit of the median time per token, ms.", .min = 0, .max = kMost});
  v(q.ttft_p99_ms, {.key = "ttft_p99_ms",
                    .doc = "Limit of the time to the first token that one in a hundred exceeds, ms.",
                    .min = 0,
                    .max = kMost});
  v(q.tpot_p99_ms, {.key = "tpot_p99_ms",
                    .doc = "Limit of the time per token that one in a hundred exceeds, ms.",
                    .min = 0,
                    .max = kMost});
  v(q.site, {.key = "site", .doc = "Site of the catalogue, for CO2 and water per million tokens."});
  v(q.cached, {.key = "cached", .doc = "Share of a prompt that the prefix cache holds.", .min = 0, .max = 1});
  v(q.spread,
    {.key = "spread", .doc = "Lengths are uniform within this share of their means.", .min = 0, .max = 1});
  v(q.mtp, {.key = "mtp", .doc = "Tokens drafted per iteration.", .min = 0, .max = 16});
  v(q.acceptance, {.key = "acceptance",
                   .doc = "Probability that a drafted token is kept; -1: the engine's.",
                   .min = -1,
                   .max = 1});
  v(q.disaggregate, {.key = "disaggregate", .doc = "Replicas for prompts and for decoding, P:D."});
  v(q.trace, {.key = "trace",
              .doc = "Trace of requests: Azure, BurstGPT, Mooncake, ShareGPT, or arrival_s,input,output."});
  v(q.search, {.key = "search", .doc = "Rank all plans."});
  v(q.top, {.key = "top", .doc = "Plans to list.", .min = 1, .max = 1000});
  v(q.requests, {.key = "requests",
                 .doc = "Requests to simulate (all of a trace); 0: the closed form alone.",
                 .min = 0,
                 .max = 1e6});
}

namespace {

/// Options that say two things, or that nothing would read.
std::optional<ServingProblem> contradiction(const ServingQuery& q, const RequestTrace& trace) {
  const auto wrong = [](std::string code, std::string message, std::string hint) {
    return wrong_plan(std::move(code), std::move(message), std::move(hint)).value();
  };
  if (q.rate > 0 && q.concurrency > 0)
    return wrong("two-loads", "a pool has a rate or a concurrency, not both",
                 "give one of --rate and --concurrency");
  if (q.trace.given() && (q.rate > 0 || q.concurrency > 0))
    return wrong("two-loads", "a trace is a load of its own", "give it without --rate and --concurrency");
  const ServingQuery usual;
  if (q.trace.given() && (q.spread != usual.spread || q.isl != usual.isl || q.osl != usual.osl))
    return wrong("two-loads", "the requests of a trace have lengths of their own",
                 "leave --isl, --osl and --spread out");
  if (q.cached > 0 && trace.has_prefixes)
    return wrong("two-loads", "the trace says which blocks of its prompts were seen before (hash_ids)",
                 "leave --cached out");
  if (q.acceptance != -1 && q.acceptance < 0)
    return wrong("bad-acceptance", "acceptance is between 0 and 1", "");
  if (q.requests == 0 && (q.ttft_p99_ms > 0 || q.tpot_p99_ms > 0))
    return wrong("not-used", "99th percentiles come from a simulation, and no request is to be simulated",
                 "leave --requests 0 out");
  if (q.acceptance >= 0 && q.mtp == 0)
    return wrong("not-used", "nothing is drafted, so nothing can be accepted",
                 "give --mtp with --acceptance");
  return std::nullopt;
}

}  // namespace

tl::expected<ServingAnswer, ServingProblem> answer_serving(const ServingQuery& q, const Knowledge& knowledge,
                                                           std::uint64_t seed) {
  RequestTrace requests;
  if (q.trace.given()) {
    auto read = parse_trace(q.trace.text, q.trace.name);
    if (!read) return tl::unexpected(ServingProblem{read.error(), {}, nullptr});
    if (q.cached > 0 && !read->has_prefixes)
      for (auto& r : read->requests) r.cached = q.cached;
    requests = std::move(*read);
  }
  auto& trace = requests.requests;
  if (auto wrong = contradiction(q, requests)) return tl::unexpected(std::move(*wrong));
  auto subject = serving_subject(q, knowledge);
  if (!subject) return tl::unexpected(subject.error());
  auto& s = (*subject)->pool;
  serving::ServingRequest longest{0, q.isl, q.osl};
  if (!trace.empty())
    longest = *std::max_element(trace.begin(), trace.end(), [](const auto& x, const auto& y) {
      return x.input + x.output < y.input + y.output;
    });
  if (s.model.window > 0 && longest.input + longest.output > s.model.window)
    return wrong_plan("too-long",
                      fmt::format("{} takes {:.0f} tokens; {:.0f} + {:.0f} are asked for", s.model.name,
                                  s.model.window, longest.input, longest.output),
                      "prompt and answer together fit into its window");
  if (q.tp > 0 && std::fmod(s.heads, real(q.tp)) != 0)
    return wrong_plan("bad-plan",
                      fmt::format("tp {} does not divide the {:.0f} attention heads", q.tp, s.heads));
  if (q.ep > 1 && s.model.expert_weights == 0)
    return wrong_plan("bad-plan", fmt::format("ep {} spreads experts, and {} has none", q.ep, s.model.name));
  s.asked = {q.tp, q.pp, q.ep, q.dp};

  serving::ServingLoad load{
      .input = q.isl, .output = q.osl, .cached = q.cached, .concurrency = q.concurrency, .rate = q.rate};
  if (!trace.empty()) load = requests.mean_load();
  if (q.search) return answer_search(q, **subject, load, knowledge.catalog);
  PoolPlan plan;
  if (q.tp == 0 && !q.disaggregate.empty()) {
    const auto split = best_split(q, s, load);
    if (!split) return tl::unexpected(split.error());
    plan = *split;
  } else if (q.tp == 0) {
    auto found = serving::search_pool(s, load, limits_of(q), false, 1);
    if (found.pareto.empty() &&
        load.rate > 0) {  // too much for every plan: the one that carries most says how much
      auto free = load;
      free.rate = 0;
      found = serving::search_pool(s, free, limits_of(q), false, 1);
    }
    if (found.pareto.empty()) return no(no_plan_text(q));
    plan = found.best.empty() ? found.nearest->plan : found.best.front().plan;
    if (q.concurrency == 0 && q.rate == 0 && trace.empty()) load.concurrency = plan.concurrency;
  } else {
    const auto stated = stated_plan(q);
    if (!stated) return tl::unexpected(stated.error());
    plan = *stated;
  }
  if (plan.prompt_replicas > 0 && load.concurrency == 0 && load.rate == 0)
    load.concurrency = saturating(s, plan, load);
  auto result = serving::evaluate_pool(s, plan, load);
  if (!result && !trace.empty() && result.error().code == serving::ServingRefusal::kOverload) {
    load.rate = 0;  // a trace that is too much for the pool fills it, and its queue grows
    result = serving::evaluate_pool(s, plan, load);
  }
  if (!result) return no(result.error().message);
  result->plan.concurrency = load.concurrency > 0 ? load.concurrency : result->estimate.batch;
  Json simulated = simulate_into(*result, q, s, load, trace, seed);
  // A load that the search chose gives way until the simulated percentiles hold too.
  const bool free =
      q.tp == 0 && q.concurrency == 0 && q.rate == 0 && trace.empty() && plan.prompt_replicas == 0;
  while (free && is_late(q, result->estimate) && load.concurrency > real(plan.replicas)) {
    load.concurrency = std::max(real(plan.replicas), std::floor(load.concurrency / std::numbers::sqrt2));
    auto less = serving::evaluate_pool(s, plan, load);
    if (!less) break;
    result = std::move(less);
    result->plan.concurrency = load.concurrency;
    simulated = simulate_into(*result, q, s, load, trace, seed);
  }
  const auto& e = result->estimate;
  const bool late = is_late(q, e);
  ServingAnswer out;
  out.json = result_json(*result);
  out.json["engine"] = s.engine.name;
  out.json["cost_basis"] = (*subject)->hour.basis();
  out.json["requests_simulated"] = simulated["requests"];
  out.json["simulation"] = simulated;
  if (simulated["requests"] == 0)  // 99th percentiles come from a simulation alone
    out.json["ttft_ms"]["p99"] = out.json["tpot_ms"]["p99"] = nullptr;
  if (!trace.empty())
    out.json["trace"] = {{"format", requests.format},
                         {"requests", trace.size()},
                         {"left_out", requests.left_out},
                         {"cached", load.cached}};
  out.text = result_text(*result) + assumed_text(q, **subject, *result, requests);
  if (const auto added = add_site(out.json, out.text, q, knowledge.catalog, result->energy_j_per_token);
      !added)
    return tl::unexpected(added.error());
  if (late)
    return no(fmt::format(
                  "the limits are not met: {:.0f} ms to the first token ({:.0f} ms p99), {:.2f} ms per token "
                  "({:.2f} ms p99)",
                  e.ttft.p50 * 1e3, e.ttft.p99 * 1e3, e.tpot.p50 * 1e3, e.tpot.p99 * 1e3),
              out.json);
  return out;
}

}  // namespace gigawatt::engine
