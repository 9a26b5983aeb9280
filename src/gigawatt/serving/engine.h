#pragma once
/// A serving engine as a set of named features with their costs: data/engines/<name>.toml, one table for what all
/// versions share and one for each that differs.
///
/// Costs are those that no kernel table holds; they are fitted to published throughput and latency by
/// tools/fit_engines, with whole sources left out as the check (docs/models/serving.md):
///   kernel_time       time of kernels in a running engine over the same kernels in a benchmark
///   expert_time       the same of routed experts: real routers, kernels that were not tuned for the shape
///   exchange_time     the same of the exchange of tokens between experts
///   reduce_time       the same of sums over tensor-parallel devices
///   layer_s           small kernels of one layer (norms, rotary, quantization, residuals) under CUDA graphs
///   prompt_layer_s    host time to launch the kernels of one layer: iterations with prompts, and all where decoding has
///                     no graphs, are no shorter
///   prompt_module_layer_s  the same of a layer whose mixer is a module of several kernels: latent, sparse, recurrent
///   iteration_s       host and scheduler per iteration that overlap does not hide
///   sequence_s        host per sequence and iteration: sampling, detokenization
///   request_s         from arrival to the first iteration, and from the last token back: HTTP, tokenizer, queue
///   request_serial_s  the part of it that requests take one after the other: they reach the engine no faster
///   prompt_expert_time  the same in iterations with prompts: permutation, quantization, kernels of other shapes
///   sparse_time       the same of the attention of prompts in sparse latent layers, beside prompt_time
///   token_s           the part of it that grows with the prompt: tokenizer
///   prompt_time       time of prompt processing over its kernels (launch-bound layers, uneven chunks)

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/sourced.h"

namespace gigawatt::config {
class FieldVisitor;
}

namespace gigawatt::serving {

/// What all engines have in common: data/serving/physics.toml, which says what each number is.
struct ServingPhysics {
  catalog::Sourced expert_exponent, engine_spread, reached, direct_exchange, streams, computes, waits;
};

void fields(config::FieldVisitor& v, ServingPhysics& x);

/// What versions before one did differently.
struct EngineVersion {
  std::string name;    ///< by which questions may name it: "vllm-0.2"
  std::string before;  ///< the first version that no longer does so
  bool graphs = true;
  bool chunked_prefill = true;
  std::int64_t iteration_tokens = 8192;
  std::int64_t sequences = 256;
  double eight_bit_cache = 1;
  std::optional<double> iteration_s;     ///< where no overlap hid the scheduler; none: as now
  std::optional<double> sequence_s;      ///< of a host that prepares sequences one by one; none: as now
  std::optional<double> prompt_layer_s;  ///< of a host that launches kernels one by one; none: as now
  std::optional<double> prompt_time;     ///< of prompts over their kernels; none: as now
  std::string source;
};

struct Engine {
  std::string name;
  std::string base;    ///< the engine whose costs it has: its own name, or that of which it is an old version
  std::string before;  ///< of an old version: the first one that is no longer so
  std::vector<EngineVersion> versions;
  std::string title;
  std::vector<std::string> aliases;
  std::string kernels;  ///< word by which tables of measured kernels name it
  std::string source;
  bool graphs = true;                    ///< kernels of decoding are launched as one graph
  bool chunked_prefill = true;           ///< prompts share iterations with decoding
  bool splits_prompts = true;            ///< over iterations, to fill each; else only those that fit none
  std::int64_t iteration_tokens = 8192;  ///< prompt tokens of one iteration at most
  std::int64_t sequences = 1024;         ///< in one iteration at most
  bool reserves_output =
      false;                  ///< a request is admitted when prompt and whole answer fit: nothing is evicted
  double memory_share = 0.9;  ///< of the accelerator's memory, for weights and cache
  double workspace_bytes = 3e9;  ///< activations, graphs, communication buffers
  double eight_bit_cache = 1;    ///< whether an 8-bit checkpoint keeps its cache in 8 bits
  double kernel_time = 1;
  double expert_time = 1;
  double prompt_expert_time = 1;
  double sparse_time = 1;
  double exchange_time = 1;
  double reduce_time = 1;
  double sparse_layer_s = 0;  ///< more small kernels of a layer of sparse latent attention
  double state_layer_s = 0;   ///< the same of a recurrent layer
  double layer_s = 0;
  double prompt_layer_s = 0;
  std::optional<double> stated_prompt_layer_s;  ///< of an old version, in its place
  double prompt_module_layer_s = 0;
  double iteration_s = 0;
  std::optional<double> stated_iteration_s;  ///< of an old version, in its place
  double sequence_s = 0;
  std::optional<double> stated_sequence_s;  ///< of an old version, in its place
  double request_s = 0;
  double request_serial_s = 0;
  double token_s = 0;
  double prompt_time = 1;
  std::optional<double> stated_prompt_time;  ///< of an old version, in its place
  /// Devices from which on experts are replicated by load (as DeepSeek's balancer does), so that loads are even.
  std::int64_t balanced_devices = 16;
  ServingPhysics physics;
  /// Two halves of a batch take turns, so that exchanges between domains hide behind the other half's kernels.
  bool overlaps_exchange = false;
  double expert_skew =
      0;  ///< share of the way from balanced experts to loads that follow a power law, 0 to 1
  double acceptance = 0.8;  ///< probability that the next drafted token is kept
  /// 80% bands: measured over predicted, of tokens per second, time to first token, time per token.
  double rate_low = 0.8;
  double rate_high = 1.25;
  double first_low = 0.7;
  double first_high = 1.5;
  double token_low = 0.8;
  double token_high = 1.25;
};

void fields(config::FieldVisitor& v, Engine& x);

/// Every engine of the folder, by name, with what they have in common from `serving/physics.toml` beside it, and after each its old versions as engines of their own.
tl::expected<std::vector<Engine>, base::Diagnostics> load_engines(const std::filesystem::path& folder);

/// The engine as its version was: the oldest entry of the same base that `version` precedes. Versions are compared number
/// by number; text without numbers is the newest.
std::size_t engine_of_version(const std::vector<Engine>& engines, std::size_t engine,
                              std::string_view version);

/// Whether `version` comes before `other`, number by number; text without numbers is the newest.
bool version_precedes(std::string_view version, std::string_view other);

/// By name or alias, ignoring case; nullptr: unknown.
const Engine* find_engine(const std::vector<Engine>& engines, std::string_view name);

}  // namespace gigawatt::serving
