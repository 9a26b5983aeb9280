#include "gigawatt/serving/engine.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::serving {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

void fields(config::FieldVisitor& v, Engine& x) {
  v(x.name, {.key = "name", .doc = "Canonical name.", .required = true});
  v(x.title, {.key = "title", .doc = "As people write it.", .required = true});
  v(x.aliases, {.key = "aliases", .doc = "Other names."});
  v(x.kernels,
    {.key = "kernels", .doc = "Word by which tables of measured kernels name it.", .required = true});
  v(x.source, {.key = "source", .doc = "Key of the measurements.", .required = true});
  v(x.chunked_prefill, {.key = "chunked_prefill", .doc = "Prompts share iterations with decoding."});
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
  v(x.exchange_time, {.key = "exchange_time", .doc = "The same of collectives and exchanges.", .min = 0});
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
  v(x.iteration_s, {.key = "iteration", .doc = "Host per iteration.", .unit = "ms", .min = 0});
  v(x.sequence_s, {.key = "sequence", .doc = "Host per sequence and iteration.", .unit = "us", .min = 0});
  v(x.request_s, {.key = "request", .doc = "From arrival to the first iteration.", .unit = "ms", .min = 0});
  v(x.prompt_time, {.key = "prompt_time", .doc = "Time of prompts over their kernels.", .min = 0});
  v(x.burst, {.key = "burst", .doc = "How far requests of a closed loop come together.", .min = 0, .max = 1});
  v(x.balanced_devices,
    {.key = "balanced_devices",
     .doc = "Devices from which on experts are replicated by load, so that loads are even.",
     .min = 1});
  v(x.direct_exchange, {.key = "direct_exchange",
                        .doc = "Share of the scale-out bandwidth of tokens on their way to experts.",
                        .min = 0.01,
                        .max = 1});
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
  for (const auto& file : files) {
    const auto node = config::read_toml(file);
    if (!node) return tl::unexpected(node.error());
    config::Reader(*node, problems).read(engines.emplace_back());
  }
  if (engines.empty())
    problems.push_back(
        base::error("no-engines", fmt::format("{}: no serving engines there", folder.string())));
  if (base::has_errors(problems)) return tl::unexpected(problems);
  return engines;
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
