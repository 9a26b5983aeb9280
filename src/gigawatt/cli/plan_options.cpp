#include "gigawatt/cli/plan_options.h"

#include <CLI/CLI.hpp>

#include "gigawatt/search/space.h"

namespace gigawatt::cli {
namespace {

using engine::kMostAccelerators;
using engine::kMostWays;

// What both commands ask, in the order in which help and reference show it.

template <typename Arguments>
void subject(CLI::App& sub, Arguments& a) {
  sub.add_option("--model", a.model, "Model of the catalogue, or a Hugging Face config.json")->required();
  sub.add_option("--system", a.system, "System of the catalogue, or a TOML file")->required();
}

template <typename Arguments>
void batch(CLI::App& sub, Arguments& a) {
  sub.add_option("--seq", a.seq, "Tokens of a sequence")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, kMostAccelerators));
  sub.add_option("--global-batch", a.global_batch, "Sequences of a step")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, kMostAccelerators));
}

template <typename Arguments>
void software(CLI::App& sub, Arguments& a) {
  sub.add_option("--software", a.software, "Software profile of the catalogue");
}

void emit(CLI::App& sub, std::string& framework) {
  sub.add_option("--emit", framework, "Print the plan for a framework instead: megatron, torchtitan, nemo")
      ->check(CLI::IsMember({"megatron", "torchtitan", "nemo"}));
}

}  // namespace

void step_options(CLI::App& sub, StepArguments& a) {
  subject(sub, a);
  sub.add_option("--gpus", a.gpus, "Accelerators")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, kMostAccelerators));
  batch(sub, a);
  sub.add_option("--precision", a.precision, "bf16, fp16, fp8, mxfp8, nvfp4 ...")->capture_default_str();
  software(sub, a);
  const auto ways = [&](const char* name, std::int64_t& x, const char* help) {
    sub.add_option(name, x, help)->check(CLI::Range(std::int64_t{1}, kMostWays))->capture_default_str();
  };
  ways("--micro-batch", a.micro_batch, "Sequences of a micro-batch");
  ways("--tp", a.tp, "Tensor parallelism");
  ways("--cp", a.cp, "Context parallelism");
  ways("--pp", a.pp, "Pipeline parallelism");
  ways("--vpp", a.vpp, "Virtual stages of a pipeline rank");
  ways("--ep", a.ep, "Expert parallelism");
  ways("--etp", a.etp, "Tensor parallelism inside an expert");
  sub.add_option("--zero", a.zero, "ZeRO stage, 3 for FSDP")->check(CLI::Range(0, 3))->capture_default_str();
  sub.add_option("--shard-group", a.shard_group, "Ranks that ZeRO shards over; 0: all")
      ->check(CLI::Range(std::int64_t{0}, kMostWays));
  sub.add_option("--first-layers", a.first_layers, "Layers of the first pipeline chunk; 0: the usual cut")
      ->check(CLI::Range(std::int64_t{0}, kMostWays));
  sub.add_option("--last-layers", a.last_layers, "The same of the last")
      ->check(CLI::Range(std::int64_t{0}, kMostWays));
  sub.add_option("--recompute", a.recompute, "none, selective, full, full:N, modules:a+b")
      ->capture_default_str();
  sub.add_option("--schedule", a.schedule, "1f1b, interleaved, zero-bubble, dualpipe");
  sub.add_option("--kind", a.kind, "pretrain, sft, lora")
      ->check(CLI::IsMember({"pretrain", "sft", "lora"}))
      ->capture_default_str();
  sub.add_flag("--no-sequence-parallel", a.no_sequence_parallel,
               "Without sequence parallelism (default: with, where tp > 1)");
  sub.add_flag("--no-flash", a.no_flash, "Attention that writes its score matrix");
  sub.add_flag("--cuda-graph", a.cuda_graph, "Replay the step as a graph: no launch overhead");
  sub.add_flag("--offload-optimizer", a.offload_optimizer, "Optimizer states and step on the host");
  sub.add_flag("--offload-activations", a.offload_activations, "Activations on the host");
  sub.add_option("--trace", a.trace, "Write the step's timeline as a Chrome trace");
  sub.add_option("--trace-ranks", a.trace_ranks, "Pipeline ranks to draw, 0,1,...; default: all")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber);
  emit(sub, a.emit);
}

void search_options(CLI::App& sub, SearchArguments& a) {
  subject(sub, a);
  sub.add_option("--gpus", a.gpus, "Accelerators, or a range to double through: 1024..16384")->required();
  batch(sub, a);
  software(sub, a);
  sub.add_option("--objective", a.objective, "time, cost or energy per token")
      ->check(CLI::IsMember({"time", "cost", "energy"}))
      ->capture_default_str();
  sub.add_option("--top", a.top, "Plans to show")->check(CLI::Range(1, 10'000))->capture_default_str();
  sub.add_flag("--weak", a.weak,
               "With a range of --gpus: the batch belongs to the first size and grows with it");
  sub.add_flag("--explain", a.explain,
               "Terms beside the second best, what stops each alternative, what would help");
  sub.add_option("--compare", a.compare, "Also explain this plan: \"TP8 PP16 MB1 ZeRO1 SP\"");
  sub.add_option("--max-memory-gb", a.max_memory_gb, "Memory that a plan may use")
      ->check(CLI::Range(1e-3, 1e6));
  sub.add_option("--headroom", a.headroom, "Percent of the memory to leave free")
      ->check(CLI::Range(0.0, 99.0));
  // Lists: "--tp 2,4,8"; without one every legal value is tried.
  const auto list = [&](const char* name, std::vector<std::int32_t>& x, int least, const char* help) {
    sub.add_option(name, x, help)->delimiter(',')->allow_extra_args(false)->check(CLI::Range(least, 1 << 24));
  };
  const auto words = [&](const char* name, std::vector<std::string>& x, const char* help) {
    sub.add_option(name, x, help)->delimiter(',')->allow_extra_args(false);
  };
  list("--tp", a.tp, 1, "Tensor parallelism: only these, as all lists below");
  list("--cp", a.cp, 1, "Context parallelism");
  list("--pp", a.pp, 1, "Pipeline parallelism");
  list("--dp", a.dp, 1, "Data parallelism");
  list("--vpp", a.vpp, 1, "Virtual stages of a pipeline rank");
  list("--ep", a.ep, 1, "Expert parallelism");
  list("--etp", a.etp, 1, "Tensor parallelism inside an expert");
  list("--micro-batch", a.micro_batch, 1, "Sequences of a micro-batch");
  list("--zero", a.zero, 0, "ZeRO stages");
  list("--shard-group", a.shard_group, 0, "Ranks that ZeRO shards over; 0: all");
  words("--precision", a.precision, "bf16 (default), fp16, fp8, mxfp8, nvfp4 ...");
  words("--recompute", a.recompute, "none, selective, full, full:N, modules:a+b");
  words("--schedule", a.schedule, "1f1b, interleaved, zero-bubble, dualpipe");
  sub.add_option("--offload", a.offload, "any, none, optimizer, activations, both")
      ->check(CLI::IsMember({"any", "none", "optimizer", "activations", "both"}))
      ->capture_default_str();
  sub.add_option("--cuda-graphs", a.cuda_graphs,
                 "Replay layers as CUDA graphs, which needs fixed shapes and memory: off, on, any")
      ->check(
          CLI::IsMember(std::vector<std::string>(search::kChoiceNames.begin(), search::kChoiceNames.end())))
      ->capture_default_str();
  sub.add_option("--max-pipeline", a.max_pipeline, "Deepest pipeline")
      ->check(CLI::Range(1, 4098))
      ->capture_default_str();
  sub.add_flag("--experts-in-scaleup", a.experts_in_scaleup, "Expert groups only inside a scale-up domain");
  sub.add_flag("--partial-recompute", a.partial_recompute,
               "Also recompute 1, 2, 4, ... layers of each stage");
  sub.add_flag("--even-splits", a.even_splits, "Only the usual cut of layers into stages");
  sub.add_flag("--no-sequence-parallel", a.no_sequence_parallel,
               "Also try tensor without sequence parallelism");
  sub.add_flag("--exhaustive", a.exhaustive, "Evaluate what a bound would leave out");
  emit(sub, a.emit);
}

}  // namespace gigawatt::cli
