#include "gigawatt/engine/search_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "gigawatt/engine/search_rates.h"
#include "gigawatt/engine/step_query.h"
#include "gigawatt/search/scaling.h"

namespace gigawatt::engine {
namespace {

constexpr std::size_t kMostSizes = 16;
constexpr std::string_view kObjectiveNames[] = {"time", "cost", "energy"};

/// Ascending, each once.
std::vector<std::int32_t> narrowed(const std::vector<std::int64_t>& values) {
  std::vector<std::int32_t> out;
  for (const auto v : values) out.push_back(static_cast<std::int32_t>(v));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

template <typename T, typename Parse>
void words(const char* key, const std::vector<std::string>& given, const Parse& parse, std::vector<T>& out,
           base::Diagnostics& problems) {
  for (const auto& word : given) {
    const auto value = parse(word);
    if (value)
      out.push_back(*value);
    else
      problems.push_back(base::error("unknown-name", fmt::format("{}: {}", key, value.error())));
  }
}

search::Constraints constraints_of(const SearchQuery& q, double memory_bytes, base::Diagnostics& problems) {
  search::Constraints c;
  c.tp = narrowed(q.fixed.tp);
  c.cp = narrowed(q.fixed.cp);
  c.pp = narrowed(q.fixed.pp);
  c.dp = narrowed(q.fixed.dp);
  c.vpp = narrowed(q.fixed.vpp);
  c.ep = narrowed(q.fixed.ep);
  c.etp = narrowed(q.fixed.etp);
  c.micro_batch = narrowed(q.fixed.micro_batch);
  c.zero_stage = narrowed(q.fixed.zero);
  c.shard_group = narrowed(q.fixed.shard_group);
  words("recompute", q.fixed.recompute, step::parse_recompute, c.recompute, problems);
  words("schedule", q.fixed.schedule, step::parse_schedule, c.schedule, problems);
  for (const auto& word : q.precision.empty() ? std::vector<std::string>{"bf16"} : q.precision) {
    const auto precision = precision_named(word);
    if (precision)
      c.precision.push_back(*precision);
    else
      problems.push_back(precision.error());
  }
  const auto offload = [&](std::string_view own) {
    const auto word = kOffloadNames[q.offload];
    return word == "any"                   ? search::Choice::kEither
           : word == own || word == "both" ? search::Choice::kOn
                                           : search::Choice::kOff;
  };
  c.offload_optimizer = offload("optimizer");
  c.offload_activations = offload("activations");
  c.sequence_parallel = q.no_sequence_parallel ? search::Choice::kEither : search::Choice::kOn;
  c.cuda_graphs = q.cuda_graphs;
  c.partial_recompute = q.partial_recompute;
  c.uneven_splits = !q.even_splits;
  c.max_pipeline_depth = static_cast<std::int32_t>(q.max_pipeline);
  c.experts_in_scaleup = q.experts_in_scaleup;
  c.max_memory_bytes = q.max_memory_gb * 1e9;
  if (q.headroom_percent > 0)
    c.max_memory_bytes = (q.max_memory_gb > 0 ? std::min(c.max_memory_bytes, memory_bytes) : memory_bytes) *
                         (1 - q.headroom_percent / 100);
  return c;
}

}  // namespace

void fields(config::FieldVisitor& v, AllowedParts& a) {
  const auto ways = static_cast<double>(kMostWays);
  v(a.tp, {.key = "tp", .doc = "Tensor parallelism: only these, as all lists below.", .min = 1, .max = ways});
  v(a.cp, {.key = "cp", .doc = "Context parallelism.", .min = 1, .max = ways});
  v(a.pp, {.key = "pp", .doc = "Pipeline parallelism.", .min = 1, .max = ways});
  v(a.dp, {.key = "dp", .doc = "Data parallelism.", .min = 1, .max = 16 * ways});
  v(a.vpp, {.key = "vpp", .doc = "Virtual stages of a pipeline rank.", .min = 1, .max = ways});
  v(a.ep, {.key = "ep", .doc = "Expert parallelism.", .min = 1, .max = ways});
  v(a.etp, {.key = "etp", .doc = "Tensor parallelism inside an expert.", .min = 1, .max = ways});
  v(a.micro_batch, {.key = "micro_batch", .doc = "Sequences of a micro-batch.", .min = 1, .max = ways});
  v(a.zero, {.key = "zero", .doc = "ZeRO stages.", .min = 0, .max = 3});
  v(a.shard_group,
    {.key = "shard_group", .doc = "Ranks that ZeRO shards over; 0: all.", .min = 0, .max = 16 * ways});
  v(a.recompute, {.key = "recompute", .doc = "none, selective, full, full:N, full/N, modules:a+b."});
  v(a.schedule, {.key = "schedule", .doc = "1f1b, interleaved, zero-bubble, dualpipe."});
}

void fields(config::FieldVisitor& v, SearchQuery& q) {
  const auto most = static_cast<double>(kMostAccelerators);
  v(q.model, {.key = "model",
              .doc = "Model of the catalogue, or a Hugging Face config.json.",
              .required = true,
              .alias = "config_json"});
  v(q.system, {.key = "system", .doc = "System of the catalogue, or a TOML file of one.", .required = true});
  v(q.gpus, {.key = "gpus",
             .doc = "Accelerators, or a range to double through: 1024..16384.",
             .min = 1,
             .max = most});
  v(q.gpus_range,
    {.key = "gpus_range", .doc = "Also the best plans over this range.", .min = 1, .max = most});
  v(q.seq, {.key = "seq", .doc = "Tokens of a sequence; 0: the model's usual.", .min = 0, .max = most});
  v(q.global_batch,
    {.key = "global_batch", .doc = "Sequences of a step; 0: the model's usual.", .min = 0, .max = most});
  v(q.software,
    {.key = "software",
     .doc = "Software profile, or a framework for its newest; any: whatever runs; empty: the default."});
  v.choose(q.objective, kObjectiveNames, {.key = "objective", .doc = "What is least per token."});
  v.choose(
      q.robust, kRobustNames,
      {.key = "robust",
       .doc =
           "Order plans by the upper end of their band, which widens with the distance to measured runs."});
  v(q.top, {.key = "top", .doc = "Plans to answer with.", .min = 1, .max = 10'000});
  v(q.weak, {.key = "weak", .doc = "With a range: the batch belongs to the first size and grows with it."});
  v(q.explain,
    {.key = "explain", .doc = "Terms beside the second best, what stops each alternative, what would help."});
  v(q.max_memory_gb, {.key = "max_memory_gb",
                      .doc = "Memory that a plan may use; 0: the accelerator's.",
                      .min = 0,
                      .max = 1e6});
  v(q.headroom_percent,
    {.key = "headroom", .doc = "Percent of the memory to leave free.", .min = 0, .max = 99});
  v(q.precision,
    {.key = "precision", .doc = "bf16 (default), fp16, fp8, mxfp8, nvfp4 ...", .one_or_list = true});
  v.choose(q.offload, kOffloadNames, {.key = "offload", .doc = "What may be kept on the host."});
  v.choice(
      q.cuda_graphs, search::kChoiceNames,
      {.key = "cuda_graphs", .doc = "Replay layers as CUDA graphs, which needs fixed shapes and memory."});
  v(q.max_pipeline, {.key = "max_pipeline",
                     .doc = "Deepest pipeline.",
                     .min = 1,
                     .max = 4098,
                     .alias = "max_pipeline_depth"});
  v(q.experts_in_scaleup,
    {.key = "experts_in_scaleup", .doc = "Expert groups only inside a scale-up domain."});
  v(q.partial_recompute,
    {.key = "partial_recompute", .doc = "Also recompute 1, 2, 4, ... layers of each stage."});
  v(q.even_splits, {.key = "even_splits", .doc = "Only the usual cut of layers into stages."});
  v(q.no_sequence_parallel,
    {.key = "no_sequence_parallel", .doc = "Also try tensor without sequence parallelism."});
  v(q.exhaustive, {.key = "exhaustive", .doc = "Evaluate what a bound would leave out."});
  v(q.fixed, {.key = "fixed", .doc = "Values that a part of the plan may take; absent: every legal one."});
}

tl::expected<SearchAsked, base::Diagnostics> search_request(const Knowledge& knowledge, const SearchQuery& q,
                                                            const StepSubject& subject) {
  base::Diagnostics problems;
  SearchAsked asked;
  asked.request = subject.request();
  asked.request.seq_len = q.seq;
  asked.request.global_batch = q.global_batch;
  asked.options.top = static_cast<std::size_t>(q.top);
  asked.options.exhaustive = q.exhaustive;
  asked.options.objective = static_cast<search::Objective>(q.objective);
  asked.options.constraints = constraints_of(q, subject.accelerator.memory_bytes, problems);
  asked.options.rates = search_rates(knowledge.catalog, subject.system);
  if (!q.gpus && !q.gpus_range)
    problems.push_back(
        base::error("missing-key", "'gpus' is missing", "accelerators, or a range such as 1024..16384"));
  if (q.gpus && q.gpus->one()) asked.gpus = q.gpus->first;
  if (q.gpus_range || (q.gpus && !q.gpus->one())) {
    const config::IntegerRange range = q.gpus_range ? *q.gpus_range : *q.gpus;
    asked.sizes = search::doublings(range.first, range.last);
    if (asked.sizes.size() > kMostSizes)
      problems.push_back(base::error("out-of-bounds",
                                     fmt::format("the range of gpus spans {} doublings", asked.sizes.size()),
                                     fmt::format("at most {}", kMostSizes)));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  asked.request.gpus = asked.gpus ? *asked.gpus : asked.sizes.front();
  asked.request.plan.precision = asked.options.constraints.precision.front();
  return asked;
}

}  // namespace gigawatt::engine
