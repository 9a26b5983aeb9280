// NeMo and Megatron-Bridge: other spellings of Megatron-LM's options.
#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "gigawatt/interop/megatron_options.h"
#include "gigawatt/interop/trainers.h"

namespace gigawatt::interop {
namespace {

struct Spelling {
  std::string_view key, option;
};
constexpr std::array kSpellings = {
    Spelling{"encoder_seq_length", "seq-length"},
    Spelling{"num_moe_experts", "num-experts"},
    Spelling{"moe_ffn_hidden_size", "moe-ffn-hidden-size"},
    Spelling{"virtual_pipeline_model_parallel_size", "num-virtual-stages-per-pipeline-rank"},
    Spelling{"activations_checkpoint_granularity", "recompute-granularity"},
    Spelling{"activations_checkpoint_method", "recompute-method"},
    Spelling{"activations_checkpoint_num_layers", "recompute-num-layers"},
    Spelling{"num_layers_in_first_pipeline_stage", "decoder-first-pipeline-num-layers"},
    Spelling{"num_layers_in_last_pipeline_stage", "decoder-last-pipeline-num-layers"},
    Spelling{"num_nodes", "nnodes"},
    Spelling{"devices", "nproc-per-node"},
    Spelling{"gpus_per_node", "nproc-per-node"},
    Spelling{"num_gpus", "gpus"},
    Spelling{"moe_router_topk", "moe-router-topk"},
};

using Options = std::map<std::string, std::string>;

/// "Llama31Config405B" -> "Llama31-405B"; empty where it is no class of a model's sizes.
std::string model_of_class(std::string name) {
  if (name.starts_with('?')) name.erase(0, 1);
  const std::size_t at = name.find("Config");
  if (at == std::string::npos || at == 0 || name.find('.') != std::string::npos || name.size() > 80)
    return "";
  const std::string size = name.substr(at + 6);
  return size.empty() ? name.substr(0, at) : fmt::format("{}-{}", name.substr(0, at), size);
}

/// "llama31_405b_pretrain_256gpu_h100_bf16_config": 256.
std::int64_t gpus_of(const std::string& function) {
  for (std::size_t at = function.find("gpu"); at != std::string::npos; at = function.find("gpu", at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && std::isdigit(static_cast<unsigned char>(function[begin - 1])) != 0) --begin;
    if (begin < at && at - begin < 8) return std::stoll(function.substr(begin, at - begin));
  }
  return 0;
}

bool word_list(std::string_view option) { return option == "recompute-modules" || option == "cp-comm-type"; }

/// Of "[512, 0]" what Megatron-LM writes as 512,0.
std::string without_brackets(std::string value) {
  std::erase_if(value, [](char c) { return c == '[' || c == ']' || c == '(' || c == ')' || c == ' '; });
  return value;
}

/// Settings whose names are options, and those that decide nothing.
Options nemo_options(const Settings& settings, std::vector<std::string>& ignored,
                     std::vector<std::string>& unknown) {
  Options options;
  for (const auto& [key, value] : settings.all()) {
    if (says_nothing(value)) continue;
    std::string name = key;
    for (const Spelling& spelling : kSpellings)
      if (spelling.key == key) name = spelling.option;
    const MegatronOption* option = megatron_option(name);
    if (option == nullptr || option->decides == Decides::kNothing) {
      ignored.push_back(key);
    } else if (value[0] == '?') {
      unknown.push_back(key);
    } else if (option->arity == Arity::kNone) {
      if (says_yes(value)) options[option->name] = "";
    } else if (lower(value) != "true" && lower(value) != "false" && value != "[]") {
      options[option->name] = value;
    }
  }
  return options;
}

void precision(Settings& s, Options& options, MegatronImport& out) {
  std::string said = lower(s.text("precision") + " " + s.text("mixed_precision") + " " + s.text("plugins") +
                           " " + s.at({"mixed_precision.0", "plugins.0", "plugins.precision"}));
  const auto says = [&](std::string_view what) { return said.find(what) != std::string::npos; };
  if (options.contains("bf16") || options.contains("fp16")) {
  } else if (says("16") && !says("bf16") && !says("bfloat16")) {
    options["fp16"] = "";
  } else {
    options["bf16"] = "";
    if (!says("bf16") && !says("bfloat16") && !says("fp8") && !says("fp4"))
      out.notes.emplace_back(
          "precision: bf16 with FP32 master weights, as NeMo trains where nothing else is said");
  }
  options.erase("fp8");
  if (says("mxfp8") || says("fp8_mx") || lower(s.text("fp8_recipe")) == "mxfp8") {
    options["fp8-format"] = "e4m3";
    options["fp8-recipe"] = "mxfp8";
  } else if (says("nvfp4") || says("fp4")) {
    options["fp4-format"] = "e2m1";
  } else if (says("fp8") || s.flag("fp8") || !s.text("fp8").empty()) {
    if (lower(s.text("fp8")) != "false") options["fp8-format"] = "hybrid";
  }
}

/// What NeMo says by a value and Megatron-LM by a flag.
void flags(Settings& s, Options& options) {
  const auto set = [&](const char* option) { options.emplace(option, ""); };
  const auto off = [&](const char* key) { return lower(s.text(key)) == "false"; };
  if (!s.text("num_query_groups").empty()) set("group-query-attention");
  const std::string activation = lower(s.text("activation"));
  if (activation.find("swiglu") != std::string::npos || s.flag("gated_linear_unit")) set("swiglu");
  if (activation.find("geglu") != std::string::npos) set("quick-geglu");
  if (off("add_bias_linear") || off("bias")) set("disable-bias-linear");
  if (off("share_embeddings_and_output_weights")) set("untie-embeddings-and-output-weights");
  if (lower(s.text("normalization")).find("rms") != std::string::npos) options["normalization"] = "RMSNorm";
  if (lower(s.text("optim")).find("distributed") != std::string::npos ||
      lower(s.text("name")).find("distributed") !=
          std::string::npos)  // mcore_distributed_optim, distributed_fused_adam
    set("use-distributed-optimizer");
  // NeMo's own FSDP: full, of gradients and states, or within groups whose size is that of a node.
  if (s.flag("fsdp")) {
    set("use-megatron-fsdp");
    const std::string strategy = lower(s.text("fsdp_sharding_strategy"));
    options["data-parallel-sharding-strategy"] = strategy == "grad" ? "optim_grads" : "optim_grads_params";
  }
  // A sharding strategy means something where its FSDP is on.
  if (!options.contains("use-megatron-fsdp") && !options.contains("use-custom-fsdp"))
    options.erase("data-parallel-sharding-strategy");
  // "full" recompute without a method is uniform; modules mean something for a selective one.
  const auto granularity = options.find("recompute-granularity");
  if (granularity == options.end()) {
    options.erase("recompute-modules");
    options.erase("recompute-method");
    options.erase("recompute-num-layers");
  } else if (granularity->second == "full") {
    options.emplace("recompute-method", "uniform");
  }
  if (const auto backend = options.find("attention-backend"); backend != options.end())
    backend->second = backend->second.substr(backend->second.rfind('.') + 1);  // AttnBackend.flash
  if (const auto batch = options.find("global-batch-size"); batch != options.end() && batch->second == "-1")
    options.erase(batch);
}

std::vector<std::string> words_of(const Options& options) {
  std::vector<std::string> words;
  for (const auto& [name, value] : options) {
    words.push_back("--" + name);
    if (value.empty()) continue;
    if (!word_list(name)) {
      words.push_back(value);
      continue;
    }
    std::string word;  // "[core_attn, mlp]"
    for (const char c : value + " ") {
      if (std::string_view("[], \"'").find(c) == std::string_view::npos)
        word += c;
      else if (!word.empty())
        words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

/// "[['embedding', 'decoder'], ['decoder']]" as Megatron-LM's text for it; other texts as they are.
std::string layout_text_of(const std::string& value) {
  if (!value.starts_with("[[")) return value;
  std::string out, word;
  int depth = 0;
  for (const char c : value) {
    if (c == '[') {
      if (++depth == 2 && !out.empty()) out += '|';
    } else if (c == ']' || c == ',') {
      if (word == "embedding") out += 'E';
      if (word == "decoder") out += 't';
      if (word == "mtp") out += 'm';
      if (word == "loss") out += 'L';
      word.clear();
      if (c == ']') --depth;
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
    }
  }
  return out;
}

/// Keys that nearly are one that decides and that is not given: without effect they would be read wrong.
base::Diagnostics misspelled(const Settings& settings, const Options& options) {
  std::set<std::string> wanted;
  for (const Spelling& spelling : kSpellings) wanted.emplace(spelling.key);
  for (std::string name : megatron_option_names()) {
    const MegatronOption* option = megatron_option(std::string_view(name).substr(2));
    if (option == nullptr || option->decides == Decides::kNothing || options.contains(option->name)) continue;
    std::replace(name.begin(), name.end(), '-', '_');
    wanted.insert(name.substr(2));
  }
  return refuse_misspelled(settings, wanted,
                           [](const std::string& key) { return megatron_option(key) != nullptr; });
}

/// Adapters where the text sets some, or the function is named after them.
step::TrainingKind kind_of(Settings& s, const std::string& function) {
  const std::string name = lower(function);
  const bool adapters = !s.at({"peft", "model.peft", "peft.peft_scheme"}).empty();
  if (adapters || name.find("_peft") != std::string::npos || name.find("_lora") != std::string::npos)
    return step::TrainingKind::kLora;
  return name.find("_sft") != std::string::npos || name.find("finetune") != std::string::npos
             ? step::TrainingKind::kSft
             : step::TrainingKind::kPretrain;
}

}  // namespace

Imported import_nemo(TrainerConfig& config) {
  Settings& s = config.settings;
  MegatronImport extra;
  std::vector<std::string> ignored, unknown;
  Options options = nemo_options(s, ignored, unknown);
  precision(s, options, extra);
  flags(s, options);
  if (const auto layout = options.find("pipeline-model-parallel-layout"); layout != options.end()) {
    layout->second = layout_text_of(layout->second);
    if (layout->second.find_first_of("?[.") != std::string::npos)
      return cannot_import(
          "pipeline_model_parallel_layout is computed in a way that is not run here",
          "give it behind the file, such as model.pipeline_model_parallel_layout=Et*3|(tt|)*29mL");
  }
  if (const auto window = options.find("window-size"); window != options.end())
    window->second = without_brackets(window->second);
  std::vector<std::string> names;
  for (const auto& [path, value] : s.paths()) {
    if (value.find('/') != std::string::npos && path.find("tokenizer") == std::string::npos)
      names.push_back(value);
    if (path.find("model") == std::string::npos && path != "config") continue;
    names.push_back(model_of_class(value));
    if (const std::string kind = lower(names.back()); kind.starts_with("t5-") || kind.starts_with("bert") ||
                                                      kind.starts_with("megatronbert") ||
                                                      kind.starts_with("hfbert"))
      return cannot_import(
          fmt::format("{} is an encoder, or has one: only decoders are modeled", names.back()));
  }
  names.push_back(config.function);
  for (const std::string& name : config.outside) names.push_back(name);
  if (const std::string name = s.at({"model", "model_name", "base_model"}); !name.empty())
    names.push_back(name);
  const catalog::Model* known = options.contains("num-layers") ? nullptr : named_model(names, config.find);
  if (!config.model.empty()) known = named_model(std::vector{config.model}, config.find);
  std::int64_t gpus = config.gpus;
  if (gpus == 0 && !options.contains("gpus") && !options.contains("nnodes")) gpus = gpus_of(config.function);
  if (gpus > 0)
    for (const char* name : {"nnodes", "nproc-per-node", "gpus"}) options.erase(name);
  if (!config.function.empty() && !options.contains("use-distributed-optimizer") &&
      lower(s.text("use_distributed_optimizer")) != "false") {
    options["use-distributed-optimizer"] = "";
    extra.notes.emplace_back("the optimizer is distributed, as in NeMo's recipes where nothing else is said");
  }
  if (auto wrong = misspelled(s, options); !wrong.empty()) return tl::unexpected(std::move(wrong));
  auto read = import_megatron(words_of(options), gpus, known);
  if (!read) {
    for (const std::string& key : unknown)
      read.error().push_back(
          import_warning("unknown-value", fmt::format("{} is set to what the text does not define", key)));
    return read;
  }
  if (known != nullptr && !options.contains("num-layers")) read->model_name = known->name;
  read->kind = kind_of(s, config.function);
  if (s.flag("fsdp") && lower(s.text("fsdp_sharding_strategy")) == "hybrid")
    extra.notes.emplace_back("fsdp_sharding_strategy hybrid: give --shard-group with the ranks of a group");
  std::erase_if(ignored,
                [](const std::string& key) { return key == "fsdp" || key == "fsdp_sharding_strategy"; });
  read->ignored = std::move(ignored);
  read->notes.insert(read->notes.end(), extra.notes.begin(), extra.notes.end());
  if (!unknown.empty())
    read->notes.push_back(
        fmt::format("not read, as the text does not define their values: {}", fmt::join(unknown, ", ")));
  return read;
}

}  // namespace gigawatt::interop
