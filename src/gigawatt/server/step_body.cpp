#include "gigawatt/server/step_body.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/config/schema.h"
#include "gigawatt/engine/search_rates.h"
#include "gigawatt/search/scaling.h"
#include "gigawatt/server/body.h"
#include "gigawatt/workload/hf_config.h"

namespace gigawatt::server {
namespace {

constexpr std::size_t kMostSizes = 16;

/// What the user fixed of a plan.
struct Fixed {
  std::vector<std::int64_t> tp, cp, pp, vpp, ep, etp, micro_batch, zero;
  std::vector<std::string> recompute;
};

struct SearchBody {
  std::string model, config_json, system, software, precision = "bf16";
  std::int64_t gpus = 0, seq = 0, global_batch = 0, top = 5;
  std::vector<std::int64_t> gpus_range;
  std::size_t objective = 0;
  search::Choice cuda_graphs = search::Choice::kOff;
  double max_memory_gb = 0;
  std::int64_t max_pipeline_depth = 64;
  bool experts_in_scaleup = false;
  Fixed fixed;
};

constexpr std::string_view kObjectives[] = {"time", "cost", "energy"};

void model_fields(config::FieldVisitor& v, std::string& model, std::string& config_json) {
  v(model, {.key = "model", .doc = "Model of the catalogue; or config_json."});
  v(config_json, {.key = "config_json",
                  .doc = "A Hugging Face config.json instead of a model's name: the object, or its text."});
}

void fields(config::FieldVisitor& v, Fixed& f) {
  const double ways = static_cast<double>(engine::kMostWays);
  v(f.tp, {.key = "tp", .doc = "Tensor parallelism.", .min = 1, .max = ways});
  v(f.cp, {.key = "cp", .doc = "Context parallelism.", .min = 1, .max = ways});
  v(f.pp, {.key = "pp", .doc = "Pipeline parallelism.", .min = 1, .max = ways});
  v(f.vpp, {.key = "vpp", .doc = "Virtual stages of a pipeline rank.", .min = 1, .max = ways});
  v(f.ep, {.key = "ep", .doc = "Expert parallelism.", .min = 1, .max = ways});
  v(f.etp, {.key = "etp", .doc = "Tensor parallelism inside an expert.", .min = 1, .max = ways});
  v(f.micro_batch, {.key = "micro_batch", .doc = "Sequences of a micro-batch.", .min = 1, .max = ways});
  v(f.zero, {.key = "zero", .doc = "ZeRO stages.", .min = 0, .max = 3});
  v(f.recompute, {.key = "recompute", .doc = "none, selective, full, full:N, modules:a+b."});
}

void fields(config::FieldVisitor& v, SearchBody& b) {
  const auto most = static_cast<double>(engine::kMostAccelerators);
  model_fields(v, b.model, b.config_json);
  v(b.system, {.key = "system", .doc = "System of the catalogue.", .required = true});
  v(b.software, {.key = "software", .doc = "Software profile of the catalogue; empty: the default."});
  v(b.gpus, {.key = "gpus", .doc = "Accelerators; or gpus_range.", .min = 1, .max = most});
  v(b.gpus_range, {.key = "gpus_range",
                   .doc = "[least, most] accelerators: the best plan at the least and at each doubling.",
                   .min = 1,
                   .max = most});
  v(b.seq, {.key = "seq", .doc = "Tokens of a sequence.", .min = 1, .max = most, .required = true});
  v(b.global_batch,
    {.key = "global_batch", .doc = "Sequences of a step.", .min = 1, .max = most, .required = true});
  v(b.precision, {.key = "precision", .doc = "bf16, fp16, fp8, mxfp8, nvfp4."});
  v.choose(b.objective, kObjectives, {.key = "objective", .doc = "What is least per token."});
  v(b.top, {.key = "top", .doc = "Plans to answer with.", .min = 1, .max = 1000});
  v(b.max_memory_gb, {.key = "max_memory_gb",
                      .doc = "Memory that a plan may use; 0: the accelerator's.",
                      .min = 0,
                      .max = 1e6});
  v(b.max_pipeline_depth,
    {.key = "max_pipeline_depth", .doc = "Most pipeline stages.", .min = 1, .max = 4096});
  v.choice(b.cuda_graphs, search::kChoiceNames,
           {.key = "cuda_graphs", .doc = "Whether layers are replayed as CUDA graphs."});
  v(b.experts_in_scaleup,
    {.key = "experts_in_scaleup", .doc = "Expert groups only inside a scale-up domain."});
  v(b.fixed, {.key = "fixed", .doc = "Values that a part of the plan may take; absent: every legal one."});
}

/// The model of a body: nothing where the catalogue is to be asked.
tl::expected<std::optional<catalog::Model>, base::Diagnostics> given_model(const std::string& name,
                                                                           const std::string& config_json) {
  if (name.empty() == config_json.empty())
    return tl::unexpected(base::Diagnostics{base::error(
        "missing-key",
        name.empty() ? "'model' or 'config_json' is missing" : "both 'model' and 'config_json' are given",
        "one of them")});
  if (config_json.empty()) return std::optional<catalog::Model>{};
  auto model = workload::import_hf_config(config_json, "config.json");
  if (!model) return tl::unexpected(std::move(model.error()));
  return std::optional<catalog::Model>(std::move(*model));
}

tl::expected<engine::StepSubject, base::Diagnostics> subject_of(const engine::Knowledge& knowledge,
                                                                const std::string& model,
                                                                const std::string& config_json,
                                                                const std::string& system,
                                                                const std::string& software) {
  const auto given = given_model(model, config_json);
  if (!given) return tl::unexpected(given.error());
  return engine::catalogue_subject(knowledge, model, system, software, *given ? &**given : nullptr);
}

std::vector<std::int32_t> narrowed(const std::vector<std::int64_t>& values) {
  std::vector<std::int32_t> out;
  for (const auto v : values) out.push_back(static_cast<std::int32_t>(v));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

search::Constraints constraints_of(const SearchBody& b, catalog::Precision precision,
                                   base::Diagnostics& problems) {
  search::Constraints c;
  c.tp = narrowed(b.fixed.tp);
  c.cp = narrowed(b.fixed.cp);
  c.pp = narrowed(b.fixed.pp);
  c.vpp = narrowed(b.fixed.vpp);
  c.ep = narrowed(b.fixed.ep);
  c.etp = narrowed(b.fixed.etp);
  c.micro_batch = narrowed(b.fixed.micro_batch);
  c.zero_stage = narrowed(b.fixed.zero);
  for (const auto& text : b.fixed.recompute) {
    const auto policy = step::parse_recompute(text);
    if (policy)
      c.recompute.push_back(*policy);
    else
      problems.push_back(base::error("unknown-name", "fixed.recompute: " + policy.error()));
  }
  c.precision = {precision};
  c.max_memory_bytes = b.max_memory_gb * 1e9;
  c.max_pipeline_depth = static_cast<std::int32_t>(b.max_pipeline_depth);
  c.experts_in_scaleup = b.experts_in_scaleup;
  c.cuda_graphs = b.cuda_graphs;
  return c;
}

std::vector<std::int64_t> sizes_of(const SearchBody& b, base::Diagnostics& problems) {
  std::vector<std::int64_t> sizes;
  if (b.gpus_range.empty()) {
    if (b.gpus == 0)
      problems.push_back(
          base::error("missing-key", "'gpus' or 'gpus_range' is missing", "one of them, or both"));
    return sizes;
  }
  if (b.gpus_range.size() != 2 || b.gpus_range[0] > b.gpus_range[1]) {
    problems.push_back(base::error("wrong-kind", "'gpus_range' must be [least, most]"));
    return sizes;
  }
  sizes = search::doublings(b.gpus_range[0], b.gpus_range[1]);
  if (sizes.size() > kMostSizes)
    problems.push_back(base::error("out-of-bounds",
                                   fmt::format("'gpus_range' spans {} doublings", sizes.size()),
                                   fmt::format("at most {}", kMostSizes)));
  return sizes;
}

}  // namespace

void fields(config::FieldVisitor& v, StepBody& b) {
  model_fields(v, b.model, b.config_json);
  fields(v, b.query);
}

tl::expected<AskedStep, base::Diagnostics> read_step(const engine::Knowledge& knowledge,
                                                     std::string_view text) {
  auto body = read_struct<StepBody>(parse_body(text, "config_json"));
  if (!body) return tl::unexpected(std::move(body.error()));
  auto subject =
      subject_of(knowledge, body->model, body->config_json, body->query.system, body->query.software);
  if (!subject) return tl::unexpected(std::move(subject.error()));
  return AskedStep{std::move(*body), std::move(*subject)};
}

std::string step_body_schema() { return config::json_schema<StepBody>("step", "A question about one step"); }

tl::expected<AskedSearch, base::Diagnostics> read_search(const engine::Knowledge& knowledge,
                                                         std::string_view text) {
  const auto body = read_struct<SearchBody>(parse_body(text, "config_json"));
  if (!body) return tl::unexpected(body.error());
  auto subject = subject_of(knowledge, body->model, body->config_json, body->system, body->software);
  if (!subject) return tl::unexpected(std::move(subject.error()));
  base::Diagnostics problems;
  const auto precision = engine::precision_named(body->precision);
  if (!precision) problems.push_back(precision.error());
  AskedSearch asked;
  asked.request.seq_len = body->seq;
  asked.request.global_batch = body->global_batch;
  asked.request.plan.precision = precision.value_or(catalog::Precision::kBf16);
  asked.options.top = static_cast<std::size_t>(body->top);
  asked.options.objective = static_cast<search::Objective>(body->objective);
  asked.options.constraints = constraints_of(*body, asked.request.plan.precision, problems);
  asked.options.rates = engine::search_rates(knowledge.catalog, subject->system);
  asked.gpus = body->gpus;
  asked.sizes = sizes_of(*body, problems);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  asked.subject = std::move(*subject);
  return asked;
}

std::string search_body_schema() {
  return config::json_schema<SearchBody>("search", "A question about plans");
}

}  // namespace gigawatt::server
