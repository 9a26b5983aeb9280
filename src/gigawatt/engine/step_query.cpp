#include "gigawatt/engine/step_query.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/engine/plan_object.h"

namespace gigawatt::engine {
namespace {

step::TrainingKind training_kind(const std::string& text, base::Diagnostics& problems) {
  if (text == "pretrain") return step::TrainingKind::kPretrain;
  if (text == "sft") return step::TrainingKind::kSft;
  if (text == "lora") return step::TrainingKind::kLora;
  problems.push_back(
      base::error("unknown-name", "no kind of training '" + text + "'", "pretrain, sft, lora"));
  return step::TrainingKind::kPretrain;
}

/// gpus / (tp cp pp), at least 1: a plan for more accelerators than there are is refused by check_plan, which says so.
std::int32_t data_parallel(std::int64_t gpus, std::int64_t tp, std::int64_t cp, std::int64_t pp) {
  const std::int64_t replicas = gpus / std::max<std::int64_t>(1, tp * cp * pp);
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(replicas, 1, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

void fields(config::FieldVisitor& v, StepQuery& q) {
  const auto most = static_cast<double>(kMostAccelerators), ways = static_cast<double>(kMostWays);
  v(q.model, {.key = "model",
              .doc = "Model of the catalogue, or a Hugging Face config.json.",
              .required = true,
              .alias = "config_json"});
  v(q.system, {.key = "system", .doc = "System of the catalogue, or a TOML file of one.", .required = true});
  v(q.gpus, {.key = "gpus", .doc = "Accelerators.", .min = 1, .max = most, .required = true});
  v(q.seq, {.key = "seq", .doc = "Tokens of a sequence.", .min = 1, .max = most, .required = true});
  v(q.global_batch,
    {.key = "global_batch", .doc = "Sequences of a step.", .min = 1, .max = most, .required = true});
  v(q.plan,
    {.key = "plan",
     .doc = "The whole plan instead of its parts below: \"TP8 PP16 VPP8 MB1 ZeRO1 SP\", or the object that "
            "answers list."});
  v(q.micro_batch, {.key = "micro_batch", .doc = "Sequences of a micro-batch.", .min = 1, .max = ways});
  v(q.tp, {.key = "tp", .doc = "Tensor parallelism.", .min = 1, .max = ways});
  v(q.cp, {.key = "cp", .doc = "Context parallelism.", .min = 1, .max = ways});
  v(q.pp, {.key = "pp", .doc = "Pipeline parallelism.", .min = 1, .max = ways});
  v(q.vpp, {.key = "vpp", .doc = "Virtual stages of a pipeline rank.", .min = 1, .max = ways});
  v(q.ep, {.key = "ep", .doc = "Expert parallelism.", .min = 1, .max = ways});
  v(q.etp, {.key = "etp", .doc = "Tensor parallelism inside an expert.", .min = 1, .max = ways});
  v(q.zero, {.key = "zero", .doc = "ZeRO stage, 3 for FSDP.", .min = 0, .max = 3});
  v(q.first_layers,
    {.key = "first_layers", .doc = "Layers of the first chunk; 0: the usual cut.", .min = 0, .max = ways});
  v(q.last_layers,
    {.key = "last_layers", .doc = "Layers of the last chunk; 0: the usual cut.", .min = 0, .max = ways});
  v(q.layout,
    {.key = "layout", .doc = "Layers of every chunk: Et*3|(tt|)*29m|L as Megatron-LM, or 3,2*29,0m,0."});
  v(q.shard_group,
    {.key = "shard_group", .doc = "Ranks that ZeRO shards over; 0: all.", .min = 0, .max = ways});
  v(q.recompute, {.key = "recompute", .doc = "none, selective, full, full:N, full/N, modules:a+b."});
  v(q.precision, {.key = "precision", .doc = "bf16, fp16, fp8, mxfp8, nvfp4."});
  v(q.schedule, {.key = "schedule",
                 .doc = "1f1b, interleaved, zero-bubble, dualpipe; empty: 1f1b, or interleaved with vpp."});
  v(q.kind, {.key = "kind", .doc = "pretrain, sft, lora."});
  v(q.base_bits,
    {.key = "base_bits",
     .doc = "lora: bits of a frozen weight with its share of the scales (QLoRA: 4.127); 0: 16, or what the "
            "quantization_config of the model's file says.",
     .min = 0,
     .max = 16});
  v(q.software, {.key = "software", .doc = "Software profile of the catalogue; empty: the default."});
  v(q.no_sequence_parallel,
    {.key = "no_sequence_parallel", .doc = "Without sequence parallelism (default: with, where tp > 1)."});
  v(q.no_flash, {.key = "no_flash", .doc = "Attention that writes its score matrix."});
  v(q.cuda_graph, {.key = "cuda_graph", .doc = "Replay the step as a graph: no launch overhead."});
  v(q.offload_optimizer, {.key = "offload_optimizer", .doc = "Optimizer states and step on the host."});
  v(q.offload_activations, {.key = "offload_activations", .doc = "Activations on the host."});
}

tl::expected<catalog::Precision, base::Diagnostic> precision_named(const std::string& text) {
  if (const auto precision = catalog::parse_precision(text)) return *precision;
  const std::vector<std::string> names(catalog::kPrecisionNames.begin(), catalog::kPrecisionNames.end());
  return tl::unexpected(base::error("unknown-name",
                                    fmt::format("no precision '{}': {}", text, fmt::join(names, ", ")),
                                    base::did_you_mean(text, names)));
}

namespace {

/// The data-parallel size where the words of a plan leave it out.
void fill_data_parallel(const std::string& text, std::int64_t gpus, step::ParallelPlan& plan) {
  if (text.find("DP") == std::string::npos && text.find("dp") == std::string::npos)
    plan.dp = data_parallel(gpus, plan.tp, plan.cp, plan.pp);
}

}  // namespace

tl::expected<step::ParallelPlan, std::string> plan_in_words(const std::string& text, std::int64_t gpus) {
  auto plan = step::parse_plan(text);
  if (plan) fill_data_parallel(text, gpus, *plan);
  return plan;
}

namespace {

/// The plan that was given as a whole, in words or as an object.
tl::expected<step::ParallelPlan, base::Diagnostics> plan_of(const StepQuery& q) {
  if (q.plan.is_document()) return plan_from_json(q.plan.text);
  auto plan = plan_in_words(q.plan.name, q.gpus);
  if (!plan) return tl::unexpected(base::Diagnostics{base::error("bad-plan", "plan: " + plan.error())});
  return *plan;
}

/// Options beside a whole plan: what its words leave out is taken from them, what both say must agree. An object leaves nothing
/// out.
void merge_options(const StepQuery& q, const step::ParallelPlan& options, step::ParallelPlan& whole,
                   base::Diagnostics& problems) {
  const step::ParallelPlan usual;
  const auto part = [&](std::string_view key, auto step::ParallelPlan::* field) {
    if (options.*field == usual.*field || whole.*field == options.*field) return;
    if (!q.plan.is_document() && whole.*field == usual.*field)
      whole.*field = options.*field;
    else
      problems.push_back(base::error("given-twice", fmt::format("'plan' and '{}' say different things", key),
                                     "give each part of a plan once"));
  };
  using step::ParallelPlan;
  part("micro_batch", &ParallelPlan::micro_batch);
  part("tp", &ParallelPlan::tp);
  part("cp", &ParallelPlan::cp);
  part("pp", &ParallelPlan::pp);
  part("vpp", &ParallelPlan::vpp);
  part("ep", &ParallelPlan::ep);
  part("etp", &ParallelPlan::etp);
  part("zero", &ParallelPlan::zero_stage);
  part("shard_group", &ParallelPlan::shard_group);
  part("first_layers", &ParallelPlan::first_layers);
  part("last_layers", &ParallelPlan::last_layers);
  part("layout", &ParallelPlan::cut);
  part("recompute", &ParallelPlan::recompute);
  part(q.schedule.empty() ? "vpp" : "schedule", &ParallelPlan::schedule);
  part("precision", &ParallelPlan::precision);
  part("no_flash", &ParallelPlan::flash_attention);
  part("cuda_graph", &ParallelPlan::cuda_graph);
  part("offload_optimizer", &ParallelPlan::offload_optimizer);
  part("offload_activations", &ParallelPlan::offload_activations);
  if (!q.plan.is_document()) fill_data_parallel(q.plan.name, q.gpus, whole);
  if (q.no_sequence_parallel && whole.sequence_parallel)
    problems.push_back(base::error("given-twice",
                                   "'plan' says SP and 'no_sequence_parallel' that there is none",
                                   "give each part of a plan once"));
}

}  // namespace

tl::expected<StepSubject, base::Diagnostics> subject_of(const Knowledge& knowledge, const StepQuery& query) {
  return resolve_subject(knowledge, query.model, query.system, query.software);
}

tl::expected<step::StepRequest, base::Diagnostics> step_request(const StepQuery& q,
                                                                const StepSubject& subject) {
  base::Diagnostics problems;
  const auto word = [&problems](const char* key, const auto& parsed, auto& out) {
    if (parsed)
      out = *parsed;
    else
      problems.push_back(base::error("unknown-name", fmt::format("{}: {}", key, parsed.error())));
  };
  const auto ways = [](std::int64_t n) { return static_cast<std::int32_t>(n); };
  step::StepRequest request = subject.request();
  request.gpus = q.gpus;
  request.seq_len = q.seq;
  request.global_batch = q.global_batch;
  request.kind = training_kind(q.kind, problems);
  if (q.base_bits > 0) request.frozen_bits = request.frozen_expert_bits = q.base_bits;
  if (q.base_bits > 0 && request.kind != step::TrainingKind::kLora)
    problems.push_back(base::error(
        "contradiction", "base_bits: only the frozen weights of LoRA are stored as they are", "--kind lora"));
  auto& plan = request.plan;
  plan.micro_batch = ways(q.micro_batch);
  plan.tp = ways(q.tp);
  plan.cp = ways(q.cp);
  plan.pp = ways(q.pp);
  plan.vpp = ways(q.vpp);
  plan.ep = ways(q.ep);
  plan.etp = ways(q.etp);
  plan.dp = data_parallel(q.gpus, q.tp, q.cp, q.pp);
  plan.zero_stage = ways(q.zero);
  plan.shard_group = ways(q.shard_group);
  plan.first_layers = ways(q.first_layers);
  plan.last_layers = ways(q.last_layers);
  if (!q.layout.empty()) word("layout", step::parse_cut(q.layout), plan.cut);
  word("recompute", step::parse_recompute(q.recompute), plan.recompute);
  plan.schedule = q.vpp > 1 ? step::Schedule::kInterleaved : step::Schedule::k1f1b;
  if (!q.schedule.empty()) word("schedule", step::parse_schedule(q.schedule), plan.schedule);
  if (const auto precision = precision_named(q.precision))
    plan.precision = *precision;
  else
    problems.push_back(precision.error());
  plan.sequence_parallel = q.tp > 1 && !q.no_sequence_parallel;
  plan.flash_attention = !q.no_flash;
  plan.cuda_graph = q.cuda_graph;
  plan.offload_optimizer = q.offload_optimizer;
  plan.offload_activations = q.offload_activations;
  if (q.plan.given()) {
    auto whole = plan_of(q);
    if (whole) {
      merge_options(q, plan, *whole, problems);
      plan = *whole;
    } else {
      problems.insert(problems.end(), whole.error().begin(), whole.error().end());
    }
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return request;
}

}  // namespace gigawatt::engine
