#include "gigawatt/serving/engine.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "gigawatt/base/words.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::serving {
namespace {

using base::lower;

Engine old_version(const Engine& now, const EngineVersion& v) {
  Engine e = now;
  e.name = v.name;
  e.before = v.before;
  e.title = now.title + " before " + v.before;
  e.aliases.clear();
  e.versions.clear();
  e.graphs = v.graphs;
  e.chunked_prefill = v.chunked_prefill;
  e.iteration_tokens = v.iteration_tokens;
  e.sequences = v.sequences;
  e.eight_bit_cache = v.eight_bit_cache;
  e.stated_iteration_s = v.iteration_s;
  e.stated_sequence_s = v.sequence_s;
  e.stated_prompt_layer_s = v.prompt_layer_s;
  e.stated_prompt_time = v.prompt_time;
  return e;
}

/// The numbers of "0.5.10.post1": 0, 5, 10, 1.
std::vector<int> numbers(std::string_view text) {
  std::vector<int> out;
  for (std::size_t i = 0; i < text.size();) {
    int x = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), x);
    if (error == std::errc() && x >= 0) out.push_back(x);
    i = error == std::errc() ? static_cast<std::size_t>(end - text.data()) : i + 1;
    if (i < text.size() && text[i] == '-') ++i;
  }
  return out;
}

}  // namespace

void fields(config::FieldVisitor& v, ServingPhysics& x) {
  const auto number = [&](catalog::Sourced& y, std::string_view key, std::string_view doc, double least,
                          double most) {
    sourced(v, y, {.key = key, .doc = doc, .min = least, .max = most, .required = true});
  };
  number(x.expert_exponent, "expert_exponent", "Exponent of the power law of the experts' loads.", 0, 3);
  number(x.engine_spread, "engine_spread", "Most that an engine's kernel takes over the fastest of any.", 1,
         10);
  number(x.reached, "reached", "Share of the peak where no law fits.", 0.05, 1);
  number(x.direct_exchange, "direct_exchange",
         "Share of the scale-out bandwidth of tokens on their way to experts.", 0.01, 1);
  number(x.streams, "streams", "Share of the bandwidth while a kernel of decoding runs.", 0.01, 1);
  number(x.computes, "computes", "Share of the peak while it computes.", 0.01, 1);
  number(x.waits, "waits", "Share of the bandwidth while the accelerator waits.", 0, 1);
}

void fields(config::FieldVisitor& v, EngineVersion& x) {
  v(x.name, {.key = "name", .doc = "Name of what it was.", .required = true});
  v(x.before, {.key = "before", .doc = "The first version that is no longer so.", .required = true});
  v(x.graphs, {.key = "graphs", .doc = "Kernels of decoding are launched as one graph."});
  v(x.chunked_prefill, {.key = "chunked_prefill", .doc = "Prompts share iterations with decoding."});
  v(x.iteration_tokens,
    {.key = "iteration_tokens", .doc = "Prompt tokens of an iteration at most.", .min = 1});
  v(x.sequences, {.key = "sequences", .doc = "Sequences of an iteration at most.", .min = 1});
  v(x.eight_bit_cache,
    {.key = "eight_bit_cache", .doc = "1: an 8-bit checkpoint has an 8-bit cache.", .min = 0, .max = 1});
  v(x.iteration_s, {.key = "iteration", .doc = "Host per iteration; none: as now.", .unit = "ms", .min = 0});
  v(x.sequence_s,
    {.key = "sequence", .doc = "Host per sequence and iteration; none: as now.", .unit = "us", .min = 0});
  v(x.prompt_layer_s, {.key = "prompt_layer",
                       .doc = "Host time to launch the kernels of a layer; none: as now.",
                       .unit = "us",
                       .min = 0});
  v(x.prompt_time,
    {.key = "prompt_time", .doc = "Time of prompts over their kernels; none: as now.", .min = 0});
  v(x.source, {.key = "source", .doc = "Key of the source.", .required = true});
}

void fields(config::FieldVisitor& v, Engine& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "As people write it.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.kernels,
    {.key = "kernels", .doc = "Word by which tables of measured kernels name it.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of the measurements.", .required = true});
  v(x.versions, {.key = "version", .doc = "Old versions that differ."});
  v(x.graphs, {.key = "graphs", .doc = "Kernels of decoding are launched as one graph."});
  v(x.chunked_prefill, {.key = "chunked_prefill", .doc = "Prompts share iterations with decoding."});
  v(x.splits_prompts,
    {.key = "splits_prompts", .doc = "Prompts are cut to fill iterations; else only those longer than one."});
  v(x.iteration_tokens,
    {.key = "iteration_tokens", .doc = "Prompt tokens of an iteration at most.", .min = 1});
  v(x.sequences, {.key = "sequences", .doc = "Sequences of an iteration at most.", .min = 1});
  v(x.reserves_output,
    {.key = "reserves_output", .doc = "A request is admitted when prompt and whole answer fit the cache."});
  v(x.memory_share,
    {.key = "memory_share", .doc = "Share of memory for weights and cache.", .min = 0, .max = 1});
  v(x.workspace_bytes,
    {.key = "workspace", .doc = "Activations, graphs and buffers.", .unit = "GB", .min = 0});
  v(x.eight_bit_cache,
    {.key = "eight_bit_cache", .doc = "1: an 8-bit checkpoint has an 8-bit cache.", .min = 0, .max = 1});
  v(x.kernel_time, {.key = "kernel_time", .doc = "Time of kernels over a benchmark's.", .min = 0});
  v(x.expert_time,
    {.key = "expert_time", .doc = "The same of routed experts: real routers, untuned shapes.", .min = 0});
  v(x.prompt_expert_time,
    {.key = "prompt_expert_time", .doc = "The same in iterations with prompts.", .min = 0});
  v(x.sparse_time,
    {.key = "sparse_time", .doc = "The same of prompts in layers of sparse latent attention.", .min = 0});
  v(x.exchange_time, {.key = "exchange_time", .doc = "The same of exchanges between experts.", .min = 0});
  v(x.reduce_time, {.key = "reduce_time", .doc = "The same of sums over tensor-parallel devices.", .min = 0});
  v(x.sparse_layer_s, {.key = "sparse_layer",
                       .doc = "More small kernels of a layer of sparse latent attention.",
                       .unit = "us",
                       .min = 0});
  v(x.state_layer_s, {.key = "state_layer", .doc = "The same of a recurrent layer.", .unit = "us", .min = 0});
  v(x.layer_s, {.key = "layer", .doc = "Small kernels of one layer.", .unit = "us", .min = 0});
  v(x.prompt_layer_s, {.key = "prompt_layer",
                       .doc = "Host time to launch a layer of an iteration with prompts.",
                       .unit = "us",
                       .min = 0});
  v(x.prompt_module_layer_s,
    {.key = "prompt_module_layer",
     .doc = "The same of a layer whose mixer is a module: latent, sparse, recurrent.",
     .unit = "us",
     .min = 0});
  v(x.iteration_s, {.key = "iteration", .doc = "Host per iteration.", .unit = "ms", .min = 0});
  v(x.sequence_s, {.key = "sequence", .doc = "Host per sequence and iteration.", .unit = "us", .min = 0});
  v(x.request_s, {.key = "request", .doc = "From arrival to the first iteration.", .unit = "ms", .min = 0});
  v(x.request_serial_s, {.key = "request_serial",
                         .doc = "The part of it that requests take one after the other.",
                         .unit = "ms",
                         .min = 0});
  v(x.token_s, {.key = "token", .doc = "Host per token of a prompt: the tokenizer.", .unit = "us", .min = 0});
  v(x.prompt_time, {.key = "prompt_time", .doc = "Time of prompts over their kernels.", .min = 0});
  v(x.balanced_devices,
    {.key = "balanced_devices",
     .doc = "Devices from which on experts are replicated by load, so that loads are even.",
     .min = 1});
  v(x.overlaps_exchange,
    {.key = "overlaps_exchange", .doc = "Halves of a batch take turns: exchanges between domains hide."});
  v(x.expert_skew, {.key = "expert_skew",
                    .doc = "Share of the way from balanced experts to a power law of loads.",
                    .min = 0,
                    .max = 1});
  v(x.acceptance,
    {.key = "acceptance", .doc = "Probability that a drafted token is kept.", .min = 0, .max = 1});
  v(x.rate_low, {.key = "rate_low", .doc = "Measured over predicted tokens per second: 80% band.", .min = 0});
  v(x.rate_high, {.key = "rate_high", .doc = "Upper end of that band.", .min = 0});
  v(x.first_low, {.key = "first_low", .doc = "The same of the time to the first token.", .min = 0});
  v(x.first_high, {.key = "first_high", .doc = "Upper end of that band.", .min = 0});
  v(x.token_low, {.key = "token_low", .doc = "The same of the time per token.", .min = 0});
  v(x.token_high, {.key = "token_high", .doc = "Upper end of that band.", .min = 0});
}

tl::expected<std::vector<Engine>, base::Diagnostics> load_engines(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Engine> engines;
  base::Diagnostics problems;
  ServingPhysics physics;
  const auto common = config::read_toml(folder.parent_path() / "serving" / "physics.toml");
  if (!common) return tl::unexpected(common.error());
  config::Reader(*common, problems).read(physics);
  for (const auto& file : files) {
    const auto node = config::read_toml(file);
    if (!node) return tl::unexpected(node.error());
    Engine engine;
    config::Reader(*node, problems).read(engine);
    engine.base = engine.name;
    engine.physics = physics;
    engines.push_back(engine);
    for (const auto& version : engine.versions) engines.push_back(old_version(engine, version));
  }
  if (engines.empty())
    problems.push_back(
        base::error("no-engines", fmt::format("{}: no serving engines there", folder.string())));
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return engines;
}

std::size_t engine_of_version(const std::vector<Engine>& engines, std::size_t engine,
                              std::string_view version) {
  const auto asked = numbers(version);
  if (asked.empty()) return engine;
  std::size_t found = engine;
  for (std::size_t i = 0; i < engines.size(); ++i) {
    const auto& e = engines[i];
    if (e.base != engines[engine].base || e.before.empty() || !(asked < numbers(e.before))) continue;
    if (engines[found].before.empty() || numbers(e.before) < numbers(engines[found].before)) found = i;
  }
  return found;
}

bool version_precedes(std::string_view version, std::string_view other) {
  const auto mine = numbers(version);
  return !mine.empty() && mine < numbers(other);
}

const Engine* find_engine(const std::vector<Engine>& engines, std::string_view name) {
  const std::string wanted = lower(name);
  for (const auto& e : engines) {
    if (lower(e.name) == wanted) return &e;
    for (const auto& alias : e.aliases)
      if (lower(alias) == wanted) return &e;
  }
  return nullptr;
}

}  // namespace gigawatt::serving
