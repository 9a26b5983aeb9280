#include "gigawatt/interop/config_import.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "gigawatt/interop/megatron_options.h"

namespace gigawatt::interop {
namespace {

constexpr std::int64_t kMost = 1'000'000'000;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool yes(std::string_view value) { return lower(value) == "true" || value == "1"; }
bool nothing(std::string_view value) {
  const std::string v = lower(value);
  return v.empty() || v == "null" || v == "none" || v == "~";
}

/// Keys by their last part; the whole path tells apart those that need it.
class Settings {
 public:
  explicit Settings(std::string_view text) {
    for (auto& [path, value] : assignments(text)) {
      std::string last = path.substr(path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1);
      std::replace(last.begin(), last.end(), '-', '_');
      by_last_[last] = value;
      by_path_[path] = value;
    }
  }

  bool empty() const { return by_last_.empty(); }
  const std::map<std::string, std::string>& all() const { return by_last_; }
  const std::map<std::string, std::string>& paths() const { return by_path_; }

  std::string text(const std::string& key) {
    asked_.insert(key);
    const auto at = by_last_.find(key);
    return at == by_last_.end() || nothing(at->second) ? "" : at->second;
  }
  bool flag(const std::string& key) { return yes(text(key)); }

  std::int64_t number(const std::string& key, std::int64_t usual, base::Diagnostics& problems) {
    std::string value = text(key);
    if (value.empty()) return usual;
    std::erase(value, '_');  // 16_384
    double n = 0;
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), n);
    const bool whole = bad == std::errc{} && end == value.data() + value.size() && n == std::floor(n);
    if (whole && n >= -1 && n <= static_cast<double>(kMost)) return static_cast<std::int64_t>(n);
    problems.push_back(base::error("out-of-bounds", fmt::format("{} is '{}'", key, value), "a whole number"));
    return usual;
  }

  std::vector<std::string> unasked() const {
    std::vector<std::string> out;
    for (const auto& [key, value] : by_last_)
      if (!asked_.contains(key)) out.push_back(key);
    return out;
  }

 private:
  std::map<std::string, std::string> by_last_, by_path_;
  std::set<std::string> asked_;
};

tl::unexpected<base::Diagnostics> fail(std::string message, std::string hint = {}) {
  return tl::unexpected(base::Diagnostics{base::error("bad-config", std::move(message), std::move(hint))});
}

/// NeMo and Megatron-Bridge: other spellings of Megatron-LM's options.
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

tl::expected<MegatronImport, base::Diagnostics> import_nemo(Settings& s, std::int64_t gpus) {
  std::map<std::string, std::string> options;
  std::vector<std::string> ignored;
  for (const auto& [key, value] : s.all()) {
    if (nothing(value)) continue;
    std::string name = key;
    for (const Spelling& spelling : kSpellings)
      if (spelling.key == key) name = spelling.option;
    const MegatronOption* option = megatron_option(name);
    if (option == nullptr || option->decides == Decides::kNothing) {
      ignored.push_back(key);
      continue;
    }
    if (option->arity == Arity::kNone) {
      if (yes(value)) options[option->name] = "";
    } else if (lower(value) != "true" && lower(value) != "false") {
      options[option->name] = value;
    }
  }
  const auto set = [&](std::string_view option, std::string value = "") {
    options.emplace(std::string(option), std::move(value));
  };
  // What NeMo says by a value and Megatron-LM by a flag.
  if (!s.text("num_query_groups").empty()) set("group-query-attention");
  const std::string activation = lower(s.text("activation"));
  if (activation.find("swiglu") != std::string::npos || s.flag("gated_linear_unit")) set("swiglu");
  if (activation.find("geglu") != std::string::npos) set("quick-geglu");
  const auto off = [&](const char* key) { return lower(s.text(key)) == "false"; };
  if (off("add_bias_linear") || off("bias")) set("disable-bias-linear");
  if (off("share_embeddings_and_output_weights")) set("untie-embeddings-and-output-weights");
  if (lower(s.text("normalization")).find("rms") != std::string::npos) options["normalization"] = "RMSNorm";
  if (lower(s.text("optim")).find("distributed") != std::string::npos ||
      lower(s.text("name")).find("distributed_fused_adam") != std::string::npos)
    set("use-distributed-optimizer");
  const std::string precision = lower(s.text("precision") + s.text("mixed_precision"));
  if (precision.find("bf16") != std::string::npos || precision.find("bfloat16") != std::string::npos)
    set("bf16");
  else if (precision.find("16") != std::string::npos)
    set("fp16");
  if (precision.find("mxfp8") != std::string::npos) {
    set("fp8-format", "e4m3");
    set("fp8-recipe", "mxfp8");
  } else if (precision.find("nvfp4") != std::string::npos) {
    set("fp4-format", "e2m1");
  } else if (precision.find("fp8") != std::string::npos || s.flag("fp8")) {
    set("fp8-format", "hybrid");
  }
  if (gpus > 0) {
    options.erase("nnodes");
    options.erase("nproc-per-node");
  }
  std::vector<std::string> words;
  for (const auto& [name, value] : options) {
    words.push_back("--" + name);
    std::string plain = value;  // "[core_attn, mlp]"
    std::replace_if(
        plain.begin(), plain.end(),
        [](char c) { return c == '[' || c == ']' || c == ',' || c == '"' || c == '\''; }, ' ');
    const bool list = name == "recompute-modules";
    if (!value.empty() && !list) words.push_back(value);
    if (list)
      for (std::size_t at = 0; at < plain.size();) {
        const std::size_t begin = std::min(plain.find_first_not_of(' ', at), plain.size());
        const std::size_t end = std::min(plain.find(' ', begin), plain.size());
        if (end > begin) words.push_back(plain.substr(begin, end - begin));
        at = end + 1;
      }
  }
  auto read = import_megatron(words, gpus);
  if (read) read->ignored = std::move(ignored);
  return read;
}

/// What the rest of the accelerators are, where a degree is -1.
std::int64_t resolve(std::int64_t degree, std::int64_t gpus, std::int64_t others) {
  return degree > 0 ? degree : others > 0 && gpus % others == 0 ? gpus / others : 1;
}

std::int32_t narrow(std::int64_t n) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(n, 1, kMost));
}

/// Tokens of a sequence, at least one.
std::int64_t sequence(Settings& s, const char* key, base::Diagnostics& problems) {
  constexpr std::int64_t kUsual = 2048;
  const std::int64_t tokens = s.number(key, kUsual, problems);
  if (tokens > 0) return tokens;
  problems.push_back(base::error("bad-argument", fmt::format("{} is {}", key, tokens), "at least 1"));
  return 1;
}

/// What torchtitan and MaxText have in common at the end: degrees that multiply, a batch that divides.
tl::expected<MegatronImport, base::Diagnostics> finish(MegatronImport out, Settings& s,
                                                       base::Diagnostics problems) {
  auto& p = out.plan;
  const std::int64_t ranks = std::int64_t{p.tp} * p.cp * p.pp * p.dp;
  if (ranks != out.gpus)
    problems.push_back(
        base::error("contradiction",
                    fmt::format("TP {} x CP {} x PP {} x DP {} = {} ranks, but there are {} accelerators",
                                p.tp, p.cp, p.pp, p.dp, ranks, out.gpus)));
  else if (out.global_batch < 1)
    problems.push_back(
        base::error("contradiction", fmt::format("a global batch of {} sequences", out.global_batch), "at least 1"));
  else if (out.global_batch % (std::int64_t{p.dp} * p.micro_batch) != 0)
    problems.push_back(base::error(
        "contradiction", fmt::format("a global batch of {} is not a multiple of micro-batch {} x DP {}",
                                     out.global_batch, p.micro_batch, p.dp)));
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  out.ignored = s.unasked();
  return out;
}

tl::expected<MegatronImport, base::Diagnostics> import_torchtitan(Settings& s, std::string_view source,
                                                                  std::int64_t gpus) {
  base::Diagnostics problems;
  const auto number = [&](const char* key, std::int64_t usual) { return s.number(key, usual, problems); };
  MegatronImport out;
  auto& p = out.plan;
  p.tp = narrow(number("tensor_parallel_degree", 1));
  p.cp = narrow(number("context_parallel_degree", 1));
  p.pp = narrow(number("pipeline_parallel_degree", 1));
  p.ep = narrow(number("expert_parallel_degree", 1));
  p.etp = narrow(number("expert_tensor_parallel_degree", 1));
  const std::int64_t replicate = std::max<std::int64_t>(1, number("data_parallel_replicate_degree", 1));
  const std::int64_t model_ranks = std::int64_t{p.tp} * p.cp * p.pp;
  const std::int64_t said_shard = number("data_parallel_shard_degree", -1);
  out.gpus = gpus > 0 ? gpus : said_shard > 0 ? model_ranks * replicate * said_shard : number("ngpu", 0);
  if (out.gpus == 0)
    return fail("the number of accelerators is not said, and data_parallel_shard_degree is -1", "--gpus N");
  const std::int64_t shard = resolve(said_shard, out.gpus, model_ranks * replicate);
  p.dp = narrow(replicate * shard);
  p.sequence_parallel = p.tp > 1;
  const std::string reshard = s.text("fsdp_reshard_after_forward");
  p.zero_stage = shard * p.cp <= 1 ? 0 : reshard == "never" || (reshard != "always" && p.pp > 1) ? 2 : 3;
  if (replicate > 1 && shard > 1) p.shard_group = narrow(shard * p.cp);
  const std::int64_t local = std::max<std::int64_t>(1, number("local_batch_size", number("batch_size", 1)));
  out.seq_len = sequence(s, "seq_len", problems);
  if (const std::int64_t tokens = number("num_tokens_per_microbatch_per_dp_rank", 0);
      tokens > 0) {  // after 0.3
    out.seq_len = sequence(s, "max_context_length", problems);
    p.micro_batch = narrow(tokens / std::max<std::int64_t>(1, out.seq_len));
    const std::int64_t step = number("num_tokens_per_train_step", -1);
    out.global_batch =
        step > 0 ? step / out.seq_len : std::int64_t{p.micro_batch} * p.dp * number("num_pp_microbatches", 1);
  } else {
    p.micro_batch = narrow(p.pp > 1 ? number("pipeline_parallel_microbatch_size", 1) : local);
    const std::int64_t said = number("global_batch_size", -1);
    out.global_batch = said > 0 ? said : local * p.dp;
  }
  const std::string schedule = lower(s.text("pipeline_parallel_schedule"));
  const std::int64_t per_stage = number("pipeline_parallel_layers_per_stage", 0);
  if (p.pp > 1 && schedule.find("interleaved") != std::string::npos) {
    p.vpp = 2;  // two stages a rank where nothing else is said
    p.schedule = schedule.find("zerobubble") != std::string::npos ? step::Schedule::kZeroBubble
                                                                  : step::Schedule::kInterleaved;
    if (per_stage > 0)
      out.notes.push_back(
          fmt::format("{} layers a stage: give --vpp where that is not two stages a rank", per_stage));
  } else if (schedule.find("zerobubble") != std::string::npos) {
    p.schedule = step::Schedule::kZeroBubble;
  }
  const auto& paths = s.paths();
  const auto mode = paths.find("activation_checkpoint.mode");
  const std::string recompute = lower(mode != paths.end() ? mode->second : s.text("activation_checkpoint"));
  s.text("mode");
  if (recompute.find("full") != std::string::npos)
    p.recompute.kind = step::RecomputeKind::kFull;
  else if (recompute.find("selective") != std::string::npos)
    p.recompute.kind = step::RecomputeKind::kSelective;
  else if (recompute.empty())
    p.recompute.kind = step::RecomputeKind::kSelective;  // its default
  const std::string all = lower(source);
  const std::string converters = lower(s.text("converters"));
  const auto converts = [&](std::string_view what) {
    return converters.find(what) != std::string::npos ||
           all.find(std::string(what) + "linearconverter") != std::string::npos;
  };
  if (converts("mxfp8") || converters.find("linear.mx") != std::string::npos)
    p.precision = catalog::Precision::kMxfp8;
  else if (converts("nvfp4"))
    p.precision = catalog::Precision::kNvfp4;
  else if (converts("float8"))
    p.precision = catalog::Precision::kFp8;
  p.offload_optimizer = s.flag("enable_cpu_offload");
  const std::string name = lower(s.text("name")), flavor = lower(s.text("flavor"));
  if (!flavor.empty()) out.sizes.name = name + "-" + flavor;
  return finish(std::move(out), s, std::move(problems));
}

tl::expected<MegatronImport, base::Diagnostics> import_maxtext(Settings& s, std::int64_t gpus) {
  base::Diagnostics problems;
  MegatronImport out;
  auto& p = out.plan;
  const auto number = [&](const std::string& key, std::int64_t usual) {
    return s.number(key, usual, problems);
  };
  const auto axis = [&](const std::string& name) {
    const std::int64_t inside = number("ici_" + name + "_parallelism", 1);
    const std::int64_t across = number("dcn_" + name + "_parallelism", 1);
    return inside < 0 || across < 0 ? -1 : inside * across;
  };
  const std::int64_t tensor = axis("tensor") * std::max<std::int64_t>(1, axis("tensor_sequence"));
  const std::int64_t context = axis("context") * axis("sequence");
  const std::int64_t pipeline = axis("pipeline"), expert = axis("expert");
  std::int64_t fsdp = axis("fsdp") * std::max<std::int64_t>(1, axis("fsdp_transpose")), data = axis("data");
  const std::int64_t model_ranks = std::max<std::int64_t>(1, tensor) * std::max<std::int64_t>(1, context) *
                                   std::max<std::int64_t>(1, pipeline) * std::max<std::int64_t>(1, expert);
  out.gpus = gpus;
  if (out.gpus == 0 && fsdp > 0 && data > 0) out.gpus = model_ranks * fsdp * data;
  if (out.gpus == 0)
    return fail("the number of accelerators is not said, and an axis takes what is left", "--gpus N");
  fsdp = resolve(fsdp, out.gpus, model_ranks * std::max<std::int64_t>(1, data));
  data = resolve(data, out.gpus, model_ranks * fsdp);
  p.tp = narrow(tensor);
  p.cp = narrow(context);
  p.pp = narrow(pipeline);
  p.ep = narrow(expert);
  p.dp =
      narrow(fsdp * data * std::max<std::int64_t>(1, expert));  // experts are spread over data-parallel ranks
  p.sequence_parallel = p.tp > 1;
  p.zero_stage = fsdp > 1 ? 3 : 0;
  if (fsdp > 1 && data > 1) p.shard_group = narrow(fsdp * std::max<std::int64_t>(1, expert) * p.cp);
  out.seq_len = sequence(s, "max_target_length", problems);
  const std::string batch_text = s.text("per_device_batch_size");
  double per_device = 1;
  if (!batch_text.empty())
    std::from_chars(batch_text.data(), batch_text.data() + batch_text.size(), per_device);
  if (!(per_device > 0) || per_device > 1e6)
    return fail(fmt::format("per_device_batch_size is '{}'", batch_text));
  const std::int64_t steps = std::max<std::int64_t>(1, number("gradient_accumulation_steps", 1));
  const double of_rank = per_device * static_cast<double>(out.gpus) / static_cast<double>(p.dp);
  const std::int64_t micro_batches = std::max<std::int64_t>(1, number("num_pipeline_microbatches", p.pp));
  p.micro_batch = narrow(static_cast<std::int64_t>(of_rank) / (p.pp > 1 ? micro_batches : 1));
  out.global_batch = std::llround(of_rank) * p.dp * steps;
  const std::string remat = lower(s.text("remat_policy"));
  p.recompute.kind = remat == "full" || remat.empty() ? step::RecomputeKind::kFull
                     : remat == "none"                ? step::RecomputeKind::kNone
                                                      : step::RecomputeKind::kSelective;
  if (!remat.empty() && remat != "full" && remat != "none")
    out.notes.push_back(fmt::format("remat_policy {} is taken for selective recompute", remat));
  const std::string quantization = lower(s.text("quantization"));
  if (quantization.find("fp8") != std::string::npos) p.precision = catalog::Precision::kFp8;
  p.offload_optimizer = s.flag("optimizer_memory_host_offload");
  auto& m = out.sizes;
  m.name = lower(s.text("model_name"));
  m.layers = number("base_num_decoder_layers", 0);
  m.hidden = number("base_emb_dim", 0);
  m.heads = number("base_num_query_heads", 0);
  m.kv_heads = number("base_num_kv_heads", m.heads);
  m.head_dim = number("head_dim", 128);
  m.ffn = number("base_mlp_dim", 0);
  m.vocab = number("vocab_size", 0);
  m.moe.experts = number("num_experts", 1) > 1 ? number("num_experts", 1) : 0;
  m.moe.topk = m.moe.experts > 0 ? number("num_experts_per_tok", 2) : 0;
  m.moe.expert_ffn = m.moe.experts > 0 ? number("base_moe_mlp_dim", m.ffn) : 0;
  if (m.attention != catalog::AttentionKind::kMla && m.kv_heads == m.heads)
    m.attention = catalog::AttentionKind::kMha;
  m.tied_embeddings = s.flag("logits_via_embedding");
  return finish(std::move(out), s, std::move(problems));
}

}  // namespace

bool imports_config(std::string_view framework) {
  return framework == "nemo" || framework == "torchtitan" || framework == "maxtext";
}

tl::expected<MegatronImport, base::Diagnostics> import_config(std::string_view framework,
                                                              std::string_view text, std::int64_t gpus) {
  Settings settings(text);
  if (settings.empty())
    return fail(fmt::format("the text assigns nothing: no configuration of {}", framework));
  if (framework == "nemo") return import_nemo(settings, gpus);
  if (framework == "torchtitan") return import_torchtitan(settings, text, gpus);
  return import_maxtext(settings, gpus);
}

}  // namespace gigawatt::interop
