#include "gigawatt/interop/emit.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "gigawatt/interop/megatron_import.h"
#include "gigawatt/interop/words.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::interop {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"megatron", "torchtitan", "nemo"};

}  // namespace

std::optional<Framework> parse_framework(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Framework>(i);
  return std::nullopt;
}

std::string_view to_string(Framework framework) { return kNames[static_cast<std::size_t>(framework)]; }

std::string cannot_emit(Framework framework, const step::StepRequest& request) {
  // The others take their model by its name.
  if (framework != Framework::kMegatron) return "";
  const auto& m = *request.model;
  if (m.indexer.heads > 0 || m.has_state() || m.compression > 1)
    return fmt::format("Megatron-LM's options cannot say {}: it has more than attention to all keys", m.name);
  const auto read = import_megatron(megatron_arguments(request), request.gpus);
  if (!read && m.shapes.empty()) return "Megatron-LM refuses this plan: " + read.error().front().message;
  const auto meant = static_cast<double>(workload::count_parameters(m).total);
  double said = 0;
  if (read) {
    catalog::Model sizes = read->sizes;  // positions are told in a note, and grow with the sequence
    sizes.position = m.position;
    sizes.max_positions = m.max_positions;
    said = static_cast<double>(workload::count_parameters(sizes).total);
  }
  constexpr double kSame = 1e-3;  // vectors for which there is no option
  if (m.shapes.empty() && std::abs(said - meant) <= kSame * meant) return "";
  return fmt::format("Megatron-LM's options cannot say {}: {}{}", m.name,
                     m.shapes.empty() ? "" : "its layers differ in shape",
                     said > 0 ? fmt::format("{}these describe {:.2f} billion parameters, not {:.2f}",
                                            m.shapes.empty() ? "" : "; ", said / 1e9, meant / 1e9)
                              : "");
}

std::string emit(Framework framework, const step::StepRequest& request) {
  Words words;
  switch (framework) {
    case Framework::kMegatron: words = megatron_words(request); break;
    case Framework::kTorchtitan: words = torchtitan_words(request); break;
    case Framework::kNemo: words = nemo_words(request); break;
  }
  std::string out;
  for (const auto& note : words.notes) out += fmt::format("# {}\n", note);
  const bool lines = framework == Framework::kTorchtitan;  // a file, not a command
  for (std::size_t i = 0; i < words.lines.size(); ++i)
    out += words.lines[i] + (lines || i + 1 == words.lines.size() ? "\n" : " \\\n");
  return out;
}

std::vector<std::string> megatron_arguments(const step::StepRequest& request) {
  return megatron_words(request).lines;
}

std::string gigawatt_command(const step::StepRequest& r, std::string_view model, std::string_view system) {
  const step::ParallelPlan& p = r.plan;
  std::string out = fmt::format("gigawatt step --model {} --system {} --gpus {} --seq {} --global-batch {}",
                                model, system, r.gpus, r.seq_len, r.global_batch);
  const auto ways = [&](std::string_view name, std::int64_t value, std::int64_t usual) {
    if (value != usual) out += fmt::format(" --{} {}", name, value);
  };
  ways("micro-batch", p.micro_batch, 1);
  ways("tp", p.tp, 1);
  ways("cp", p.cp, 1);
  ways("pp", p.pp, 1);
  ways("vpp", p.vpp, 1);
  ways("ep", p.ep, 1);
  ways("etp", p.etp, 1);
  ways("zero", p.zero_stage, 1);
  ways("shard-group", p.shard_group, 0);
  ways("first-layers", p.first_layers, 0);
  ways("last-layers", p.last_layers, 0);
  if (!p.cut.empty()) out += fmt::format(" --layout {}", step::to_string(p.cut));
  if (p.recompute.kind != step::RecomputeKind::kNone)
    out += fmt::format(" --recompute {}", step::to_string(p.recompute));
  if (p.precision != catalog::Precision::kBf16)
    out += fmt::format(" --precision {}", catalog::to_string(p.precision));
  const auto usual = p.vpp > 1 ? step::Schedule::kInterleaved : step::Schedule::k1f1b;
  if (p.schedule != usual) out += fmt::format(" --schedule {}", step::to_string(p.schedule));
  if (r.kind == step::TrainingKind::kSft) out += " --kind sft";
  if (r.kind == step::TrainingKind::kLora) out += " --kind lora";
  if (p.tp > 1 && !p.sequence_parallel) out += " --no-sequence-parallel";
  if (!p.flash_attention) out += " --no-flash";
  if (p.cuda_graph) out += " --cuda-graph";
  if (p.offload_optimizer) out += " --offload-optimizer";
  if (p.offload_activations) out += " --offload-activations";
  return out;
}

}  // namespace gigawatt::interop
