#include "gigawatt/interop/megatron_import.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/megatron_options.h"

namespace gigawatt::interop {
namespace {

constexpr std::int64_t kMost = 1'000'000'000;
constexpr std::int64_t kMostDegree = 1 << 20;

/// Words of pasted shell text: quotes and continuation backslashes are gone.
std::vector<std::string> words_of(std::span<const std::string> arguments) {
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    std::string word;
    char quote = 0;
    const auto end = [&] {
      if (!word.empty() && word != "\\") words.push_back(word);
      word.clear();
    };
    for (const char c : argument) {
      if (quote != 0 && c == quote)
        quote = 0;
      else if (quote == 0 && (c == '\'' || c == '"'))
        quote = c;
      else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
        end();
      else
        word += c;
    }
    end();
  }
  return words;
}

class Import {
 public:
  explicit Import(std::int64_t gpus) { out_.gpus = gpus; }

  tl::expected<MegatronImport, base::Diagnostics> run(std::span<const std::string> arguments) {
    scan(words_of(arguments));
    model();
    batch();
    parallelism();
    cut();
    sharding();
    recompute();
    precision();
    rest();
    if (!problems_.empty()) return tl::unexpected(problems_);
    return out_;
  }

 private:
  using Values = std::vector<std::string>;

  void wrong(std::string code, std::string message, std::string hint = {}) {
    problems_.push_back(base::error(std::move(code), std::move(message), std::move(hint)));
  }

  void scan(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size();) {
      std::string word = words[i++];
      if (word.rfind("--", 0) != 0 || word.size() < 3) continue;  // the launcher's words, the script
      std::optional<std::string> joined;
      if (const auto equals = word.find('='); equals != std::string::npos) {
        joined = word.substr(equals + 1);
        word.resize(equals);
      }
      const auto option = megatron_option(word.substr(2));
      if (!option) {
        const auto names = megatron_option_names();
        wrong("unknown-argument", fmt::format("no argument '{}' of Megatron-LM is known here", word),
              base::did_you_mean(word, names));
        continue;
      }
      Values values;
      if (joined) values.push_back(*joined);
      const std::size_t most = option->arity == Arity::kNone  ? 0
                               : option->arity == Arity::kOne ? 1
                                                              : words.size();
      while (values.size() < most && i < words.size() && words[i].rfind("--", 0) != 0)
        values.push_back(words[i++]);
      if (option->arity == Arity::kNone && joined)
        wrong("wrong-kind", fmt::format("'{}' takes no value", word));
      if (option->arity != Arity::kNone && values.empty())
        wrong("missing-value", fmt::format("'{}' needs a value", word));
      if (!option->read) {
        out_.ignored.push_back("--" + std::string(option->name));
        continue;
      }
      const auto [at, fresh] = given_.emplace(option->name, values);
      if (!fresh && at->second != values)
        wrong("contradiction", fmt::format("'{}' is given twice with different values: {} and {}", word,
                                           fmt::join(at->second, " "), fmt::join(values, " ")));
    }
  }

  bool has(std::string_view name) const { return given_.contains(name); }

  std::string text(std::string_view name) const {
    const auto at = given_.find(name);
    return at == given_.end() || at->second.empty() ? "" : at->second.front();
  }

  std::int64_t number(std::string_view name, std::int64_t usual, std::int64_t most = kMost) {
    const std::string value = text(name);
    if (value.empty()) return usual;
    std::int64_t n = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), n);
    if (problem != std::errc{} || end != value.data() + value.size() || n < 1 || n > most) {
      wrong("out-of-bounds", fmt::format("--{} is '{}'", name, value),
            fmt::format("a whole number from 1 to {}", most));
      return usual;
    }
    return n;
  }

  std::int32_t degree(std::string_view name) {
    return static_cast<std::int32_t>(number(name, 1, kMostDegree));
  }

  void model() {
    auto& m = out_.sizes;
    m.layers = number("num-layers", 0);
    m.hidden = number("hidden-size", 0);
    m.ffn = number("ffn-hidden-size", 0);
    m.heads = number("num-attention-heads", 0);
    m.kv_heads = has("group-query-attention") ? number("num-query-groups", 1) : m.heads;
    m.moe.experts = number("num-experts", 0);
    m.moe.topk = number("moe-router-topk", m.moe.experts > 0 ? 2 : 0);
    m.mtp_layers = number("mtp-num-layers", 0);
    m.vocab = number("vocab-size", 0);
  }

  void batch() {
    out_.seq_len = number("seq-length", 0);
    if (out_.seq_len == 0 && !has("seq-length")) wrong("missing-argument", "--seq-length is missing");
    out_.plan.micro_batch = degree("micro-batch-size");
    if (!has("micro-batch-size")) wrong("missing-argument", "--micro-batch-size is missing");
    if (has("nnodes") || has("nproc-per-node")) {
      const std::int64_t said = number("nnodes", 1, kMostDegree) * number("nproc-per-node", 1, kMostDegree);
      if (out_.gpus > 0 && out_.gpus != said)
        wrong("contradiction", fmt::format("the launcher starts {} processes, but {} accelerators are given",
                                           said, out_.gpus));
      out_.gpus = said;
    }
    if (out_.gpus == 0)
      wrong("missing-argument", "the number of accelerators is not said",
            "--gpus N before the arguments, or torchrun's --nnodes and --nproc-per-node among them");
  }

  void parallelism() {
    auto& p = out_.plan;
    p.tp = degree("tensor-model-parallel-size");
    p.pp = degree("pipeline-model-parallel-size");
    p.cp = degree("context-parallel-size");
    p.ep = degree("expert-model-parallel-size");
    // Megatron-LM: experts are cut as the dense layers are unless they are told otherwise.
    p.etp = has("expert-tensor-parallel-size") ? degree("expert-tensor-parallel-size")
            : out_.sizes.is_moe()              ? p.tp
                                               : 1;
    p.sequence_parallel = has("sequence-parallel") && p.tp > 1;
    if (p.ep > 1 && has("num-layers") && !out_.sizes.is_moe())
      wrong("contradiction", "--expert-model-parallel-size without --num-experts");
    const std::int64_t shard = std::int64_t{p.tp} * p.pp * p.cp;
    if (out_.gpus > 0 && out_.gpus % shard != 0)
      wrong("contradiction",
            fmt::format("{} accelerators do not divide by tensor {} x pipeline {} x context {}", out_.gpus,
                        p.tp, p.pp, p.cp));
    p.dp = static_cast<std::int32_t>(
        std::min<std::int64_t>(kMostDegree, std::max<std::int64_t>(1, out_.gpus / shard)));
    out_.global_batch = number("global-batch-size", std::int64_t{p.dp} * p.micro_batch);
    if (out_.global_batch % (std::int64_t{p.dp} * p.micro_batch) != 0)
      wrong("contradiction",
            fmt::format("--global-batch-size {} is not a multiple of micro-batch {} x data parallel {}",
                        out_.global_batch, p.micro_batch, p.dp));
  }

  void cut() {
    auto& p = out_.plan;
    const std::int64_t layers = out_.sizes.layers;
    const bool each = has("num-layers-per-virtual-pipeline-stage");
    const bool stages = has("num-virtual-stages-per-pipeline-rank");
    if (each && stages)
      wrong("contradiction",
            "--num-layers-per-virtual-pipeline-stage and --num-virtual-stages-per-pipeline-rank are two ways "
            "to say one thing");
    p.vpp = degree("num-virtual-stages-per-pipeline-rank");
    const std::int64_t counted = layers + (has("account-for-embedding-in-pipeline-split") ? 1 : 0) +
                                 (has("account-for-loss-in-pipeline-split") ? 1 : 0);
    if (each) {
      const std::int64_t per_stage = number("num-layers-per-virtual-pipeline-stage", 1);
      if (layers == 0)
        wrong("missing-argument", "--num-layers-per-virtual-pipeline-stage needs --num-layers");
      else if (counted % (per_stage * p.pp) != 0)
        wrong("contradiction",
              fmt::format("{} layers do not divide into virtual stages of {} on {} pipeline ranks", counted,
                          per_stage, p.pp));
      else
        p.vpp = static_cast<std::int32_t>(counted / (per_stage * p.pp));
    }
    if (has("pipeline-model-parallel-layout"))
      layout();
    else if (layers > 0 && p.pp > 1 && !has("decoder-first-pipeline-num-layers") &&
             !has("decoder-last-pipeline-num-layers") && counted % (std::int64_t{p.pp} * p.vpp) != 0)
      wrong("contradiction",
            fmt::format("{} layers do not divide into {} stages", counted, std::int64_t{p.pp} * p.vpp),
            "--pipeline-model-parallel-layout, or another number of stages");
    if (has("decoder-first-pipeline-num-layers") || has("decoder-last-pipeline-num-layers")) {
      if (p.vpp > 1)
        wrong("unsupported",
              "--decoder-*-pipeline-num-layers with virtual stages cannot be said in our plans");
      p.first_layers = static_cast<std::int32_t>(number("decoder-first-pipeline-num-layers", 0, kMostDegree));
      p.last_layers = static_cast<std::int32_t>(number("decoder-last-pipeline-num-layers", 0, kMostDegree));
    }
    p.schedule = p.vpp > 1 ? step::Schedule::kInterleaved : step::Schedule::k1f1b;
  }

  void layout() {
    auto& p = out_.plan;
    const auto chunks = parse_layout(text("pipeline-model-parallel-layout"));
    if (!chunks)
      return wrong("wrong-layout", fmt::format("--pipeline-model-parallel-layout: {}", chunks.error()));
    const auto count = static_cast<std::int64_t>(chunks->size());
    std::int64_t sum = 0;
    for (const auto n : *chunks) sum += n;
    if (out_.sizes.layers > 0 && sum != out_.sizes.layers)
      return wrong("contradiction",
                   fmt::format("the layout holds {} layers, --num-layers says {}", sum, out_.sizes.layers));
    if (count % p.pp != 0)
      return wrong(
          "contradiction",
          fmt::format("the layout has {} stages, which do not divide over {} pipeline ranks", count, p.pp));
    out_.sizes.layers = sum;
    p.vpp = static_cast<std::int32_t>(count / p.pp);
    const auto same = [&](std::int64_t first, std::int64_t last) {
      p.first_layers = static_cast<std::int32_t>(first);
      p.last_layers = static_cast<std::int32_t>(last);
      return layers_of(step::layout_of(out_.sizes, p)) == *chunks;
    };
    if (same(0, 0) || (chunks->front() > 0 && same(chunks->front(), 0)) ||
        (chunks->back() > 0 &&
         (same(0, chunks->back()) || (chunks->front() > 0 && same(chunks->front(), chunks->back())))))
      return;
    wrong("unsupported", "our plans cannot say this layout",
          "equal stages between the first and the last, the leading ones one layer more");
  }

  void sharding() {
    auto& p = out_.plan;
    const bool fsdp = has("use-megatron-fsdp") || has("use-custom-fsdp");
    p.zero_stage = has("use-distributed-optimizer") ? 1 : 0;
    const std::string strategy = text("data-parallel-sharding-strategy");
    if (!strategy.empty() && !fsdp)
      wrong("contradiction", "--data-parallel-sharding-strategy without --use-megatron-fsdp");
    if (fsdp) {
      const std::map<std::string, int> stages = {
          {"", 0}, {"no_shard", 0}, {"optim", 1}, {"optim_grads", 2}, {"optim_grads_params", 3}};
      const auto at = stages.find(strategy);
      if (at == stages.end())
        wrong("unknown-value", fmt::format("--data-parallel-sharding-strategy is '{}'", strategy),
              "no_shard, optim, optim_grads, optim_grads_params");
      else
        p.zero_stage = at->second;
    }
    if (has("use-torch-fsdp2")) p.zero_stage = 3;
    const std::int64_t instances = number("num-distributed-optimizer-instances", 1, kMostDegree);
    const std::int64_t ranks = std::int64_t{p.dp} * p.cp;
    if (ranks % instances != 0)
      wrong("contradiction",
            fmt::format("{} optimizer instances do not divide {} data-parallel ranks", instances, ranks));
    else if (instances > 1)
      p.shard_group = static_cast<std::int32_t>(ranks / instances);
  }

  void recompute() {
    auto& policy = out_.plan.recompute;
    const std::string granularity =
        has("recompute-activations") ? "selective" : text("recompute-granularity");
    if (has("recompute-activations") && text("recompute-granularity") == "full")
      wrong("contradiction", "--recompute-activations is selective, --recompute-granularity full");
    if (granularity == "full") {
      policy.kind = step::RecomputeKind::kFull;
      const std::string method = text("recompute-method");
      if (method.empty())
        wrong("missing-argument", "--recompute-granularity full needs --recompute-method");
      else if (method == "block")
        policy.full_layers = static_cast<std::int32_t>(number("recompute-num-layers", 1, kMostDegree));
      else if (method != "uniform")
        wrong("unknown-value", fmt::format("--recompute-method is '{}'", method), "uniform, block");
    } else if (granularity == "selective") {
      modules(policy);
    } else if (!granularity.empty()) {
      wrong("unknown-value", fmt::format("--recompute-granularity is '{}'", granularity), "full, selective");
    } else if (has("recompute-modules") || has("recompute-method")) {
      wrong("contradiction", "--recompute-modules and --recompute-method need --recompute-granularity");
    }
  }

  void modules(step::RecomputePolicy& policy) {
    const auto at = given_.find("recompute-modules");
    policy.kind = step::RecomputeKind::kSelective;
    if (at == given_.end() || at->second == Values{"core_attn"}) return;
    policy.kind = step::RecomputeKind::kModules;
    const std::map<std::string, step::RecomputeModule> names = {
        {"core_attn", step::kRecomputeCoreAttention},
        {"layernorm", step::kRecomputeLayernorm},
        {"mlp", step::kRecomputeMlp},
        {"moe_act", step::kRecomputeMoeAct},
        {"mla_up_proj", step::kRecomputeMlaUpProj},
        {"moe", step::kRecomputeMoe},
        {"shared_experts", step::kRecomputeSharedExperts}};
    for (const std::string& name : at->second) {
      const auto module = names.find(name);
      if (module == names.end())
        wrong("unknown-value", fmt::format("--recompute-modules: no module '{}'", name),
              "core_attn, layernorm, mlp, moe_act, mla_up_proj, moe, shared_experts");
      else
        policy.modules = static_cast<std::uint8_t>(policy.modules | module->second);
    }
  }

  void precision() {
    using catalog::Precision;
    auto& precision = out_.plan.precision;
    if (has("bf16") && has("fp16")) wrong("contradiction", "--bf16 and --fp16");
    if (has("fp8-format") && has("fp4-format")) wrong("contradiction", "--fp8-format and --fp4-format");
    precision = has("bf16") ? Precision::kBf16 : has("fp16") ? Precision::kFp16 : Precision::kFp32;
    if (has("fp8-format")) precision = text("fp8-recipe") == "mxfp8" ? Precision::kMxfp8 : Precision::kFp8;
    if (has("fp4-format")) precision = Precision::kNvfp4;
  }

  void rest() {
    auto& p = out_.plan;
    const std::string backend = text("attention-backend");
    p.flash_attention = backend.empty() || backend == "flash" || backend == "fused" || backend == "auto";
    if (!p.flash_attention && backend != "unfused" && backend != "local")
      wrong("unknown-value", fmt::format("--attention-backend is '{}'", backend),
            "flash, fused, unfused, local, auto");
    p.cuda_graph = has("enable-cuda-graph") || has("external-cuda-graph") ||
                   (has("cuda-graph-impl") && text("cuda-graph-impl") != "none");
    p.offload_optimizer = has("optimizer-cpu-offload");
    p.offload_activations = has("fine-grained-activation-offloading");
  }

  std::map<std::string, Values, std::less<>> given_;
  MegatronImport out_;
  base::Diagnostics problems_;
};

}  // namespace

tl::expected<MegatronImport, base::Diagnostics> import_megatron(std::span<const std::string> arguments,
                                                                std::int64_t gpus) {
  return Import(gpus).run(arguments);
}

const catalog::Model* matching_model(std::span<const catalog::Model> models, const catalog::Model& sizes) {
  const auto same = [&](const catalog::Model& m) {
    const bool dense = m.is_moe() || sizes.ffn == 0 || m.ffn == sizes.ffn;
    return m.layers == sizes.layers && m.hidden == sizes.hidden && m.heads == sizes.heads && dense &&
           m.moe.experts == sizes.moe.experts && (!m.is_moe() || m.moe.topk == sizes.moe.topk) &&
           (m.attention == catalog::AttentionKind::kMla || m.kv_heads == sizes.kv_heads);
  };
  const catalog::Model* found = nullptr;
  for (const catalog::Model& m : models) {
    if (!same(m) || (sizes.vocab > 0 && m.vocab != sizes.vocab)) continue;
    if (found == nullptr || m.released > found->released) found = &m;
  }
  return found;
}

}  // namespace gigawatt::interop
