#include "gigawatt/interop/megatron_import.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/limits.h"
#include "gigawatt/interop/megatron_arguments.h"
#include "gigawatt/interop/megatron_model.h"

namespace gigawatt::interop {
namespace {

class Import {
 public:
  Import(std::span<const std::string> texts, std::int64_t gpus, const catalog::Model* known)
      : a_(texts), known_(known) {
    out_.gpus = gpus;
  }

  tl::expected<MegatronImport, base::Diagnostics> run() {
    MegatronModel model = megatron_model(a_, known_);
    out_.sizes = std::move(model.sizes);
    out_.not_sayable = std::move(model.not_sayable);
    out_.notes = std::move(model.notes);
    other_programs();
    batch();
    parallelism();
    cut();
    sharding();
    recompute();
    precision();
    rest();
    what_megatron_refuses();
    auto problems = a_.take_problems();
    if (!problems.empty()) return tl::unexpected(std::move(problems));
    out_.ignored = a_.neutral();
    out_.unread = a_.unread();
    return std::move(out_);
  }

 private:
  /// Trainings that are no decoder's, and commands that train nothing.
  void other_programs() {
    const std::string& program = a_.program();
    const auto runs = [&](std::string_view what) { return program.find(what) != std::string::npos; };
    if (a_.has("encoder-num-layers") || runs("t5") || (a_.has("decoder-seq-length") && !a_.has("seq-length")))
      other_ = "an encoder with a decoder (T5)";
    else if (runs("bert") || runs("ict") || a_.has("bert-no-binary-head"))
      other_ = "an encoder without a decoder (BERT)";
    if (!other_.empty())
      a_.wrong("unsupported", fmt::format("these arguments train {}: only decoders are modeled", other_));
    else if (a_.has("decoder-seq-length"))
      out_.notes.emplace_back(
          "--decoder-seq-length: of a model with a vision encoder only the decoder is modeled");
    if (!a_.repeated().empty())
      out_.notes.push_back(
          fmt::format("given several times, the last counts: {}", fmt::join(a_.repeated(), ", ")));
  }

  void batch() {
    out_.seq_len = a_.number("decoder-seq-length", a_.number("seq-length", 0));
    if (out_.seq_len == 0 && !a_.has("seq-length") && other_.empty())
      a_.wrong("missing-argument", "--seq-length is missing");
    out_.plan.micro_batch = a_.degree("micro-batch-size");
    if (!a_.has("micro-batch-size")) a_.wrong("missing-argument", "--micro-batch-size is missing");
    if (a_.has("nnodes") || a_.has("nproc-per-node")) launcher();
    if (out_.gpus == 0) out_.gpus = a_.number("gpus", 0, 100'000'000);
    if (out_.gpus == 0) out_.gpus = a_.of_scheduler();
    if (out_.gpus == 0)
      a_.wrong("missing-argument", "the number of accelerators is not said",
               "--gpus N before the arguments, or torchrun's --nnodes and --nproc-per-node among them");
  }

  /// torchrun takes words too ("1:4" nodes, "gpu" for all of a node): then the caller has to say it.
  void launcher() {
    const auto plain = [&](std::string_view name) {
      const std::string value = a_.text(name);
      return value.empty() || value.find_first_not_of("0123456789") == std::string::npos;
    };
    if (!plain("nnodes") || !plain("nproc-per-node")) {
      if (out_.gpus == 0)
        a_.wrong("missing-argument",
                 fmt::format("the launcher's --nnodes '{}' and --nproc-per-node '{}' are no numbers",
                             a_.text("nnodes"), a_.text("nproc-per-node")),
                 "--gpus N before the arguments");
      return;
    }
    const std::int64_t said =
        a_.number("nnodes", 1, kMostDegree) * a_.number("nproc-per-node", 1, kMostDegree);
    if (out_.gpus > 0 && out_.gpus != said)
      a_.wrong("contradiction", fmt::format("the launcher starts {} processes, but {} accelerators are given",
                                            said, out_.gpus));
    out_.gpus = said;
  }

  /// A batch that grows is taken at its end.
  std::int64_t batch_size(std::int64_t usual) {
    const std::string schedule = a_.text("step-batch-size-schedule");
    if (!schedule.empty()) {
      const std::size_t colon = schedule.rfind(':');
      std::int64_t last = 0;
      const char* begin = schedule.data() + (colon == std::string::npos ? 0 : colon + 1);
      const char* end = schedule.data() + schedule.size();
      const auto [next, problem] = std::from_chars(begin, end, last);
      if (problem != std::errc{} || next != end || last < 1 || last > 1'000'000'000)
        a_.wrong("unknown-value", fmt::format("--step-batch-size-schedule is '{}'", schedule),
                 "such as 0:384,200B:768");
      else if (a_.has("global-batch-size") && a_.number("global-batch-size", 0) != last)
        a_.wrong("contradiction",
                 fmt::format("--step-batch-size-schedule ends at {}, --global-batch-size is {}", last,
                             a_.text("global-batch-size")));
      else
        out_.notes.push_back(fmt::format(
            "the batch grows by --step-batch-size-schedule: the plan is that of its end, {} sequences",
            last));
      return last > 0 ? last : usual;
    }
    const std::int64_t said = a_.number("global-batch-size", usual);
    if (a_.has("rampup-batch-size"))
      out_.notes.push_back(
          fmt::format("the batch grows by --rampup-batch-size {}: the ramp is not modeled, the plan is that "
                      "of its end, {} sequences",
                      fmt::join(a_.values("rampup-batch-size"), " "), said));
    else if (!a_.has("global-batch-size"))
      out_.notes.push_back(fmt::format(
          "without --global-batch-size a step has one micro-batch on each data-parallel rank: {} sequences",
          said));
    return said;
  }

  void parallelism() {
    auto& p = out_.plan;
    p.tp = a_.degree("tensor-model-parallel-size");
    p.pp = a_.degree("pipeline-model-parallel-size");
    p.cp = a_.degree("context-parallel-size");
    p.ep = a_.degree("expert-model-parallel-size");
    // Megatron-LM: experts are cut as the dense layers are unless they are told otherwise.
    p.etp = a_.has("expert-tensor-parallel-size") ? a_.degree("expert-tensor-parallel-size")
            : out_.sizes.is_moe()                 ? p.tp
                                                  : 1;
    p.sequence_parallel = a_.has("sequence-parallel") && p.tp > 1;
    if (p.ep > 1 && a_.has("num-layers") && !out_.sizes.is_moe())
      a_.wrong("contradiction", "--expert-model-parallel-size without --num-experts");
    const std::int64_t shard = std::int64_t{p.tp} * p.pp * p.cp;
    if (out_.gpus > 0 && out_.gpus % shard != 0)
      a_.wrong("contradiction",
               fmt::format("{} accelerators do not divide by tensor {} x pipeline {} x context {}", out_.gpus,
                           p.tp, p.pp, p.cp));
    p.dp = static_cast<std::int32_t>(
        std::min<std::int64_t>(kMostDegree, std::max<std::int64_t>(1, out_.gpus / shard)));
    out_.global_batch = batch_size(std::int64_t{p.dp} * p.micro_batch);
    if (out_.global_batch % (std::int64_t{p.dp} * p.micro_batch) != 0)
      a_.wrong("contradiction",
               fmt::format("--global-batch-size {} is not a multiple of micro-batch {} x data parallel {}",
                           out_.global_batch, p.micro_batch, p.dp));
  }

  void cut() {
    auto& p = out_.plan;
    const std::int64_t layers = out_.sizes.layers;
    const bool each = a_.has("num-layers-per-virtual-pipeline-stage");
    const bool stages = a_.has("num-virtual-stages-per-pipeline-rank");
    if (each && stages)
      a_.wrong(
          "contradiction",
          "--num-layers-per-virtual-pipeline-stage and --num-virtual-stages-per-pipeline-rank are two ways "
          "to say one thing");
    p.vpp = a_.degree("num-virtual-stages-per-pipeline-rank");
    const std::int64_t counted = layers + (a_.has("account-for-embedding-in-pipeline-split") ? 1 : 0) +
                                 (a_.has("account-for-loss-in-pipeline-split") ? 1 : 0);
    if (each) {
      const std::int64_t per_stage = a_.number("num-layers-per-virtual-pipeline-stage", 1);
      if (layers == 0)
        a_.wrong("missing-argument", "--num-layers-per-virtual-pipeline-stage needs --num-layers");
      else if (counted % (per_stage * p.pp) != 0)
        a_.wrong("contradiction",
                 fmt::format("{} layers do not divide into virtual stages of {} on {} pipeline ranks",
                             counted, per_stage, p.pp));
      else
        p.vpp = static_cast<std::int32_t>(counted / (per_stage * p.pp));
    }
    if (a_.has("pipeline-model-parallel-layout"))
      layout();
    else if (layers > 0 && p.pp > 1 && !a_.has("decoder-first-pipeline-num-layers") &&
             !a_.has("decoder-last-pipeline-num-layers") && counted % (std::int64_t{p.pp} * p.vpp) != 0)
      a_.wrong("contradiction",
               fmt::format("{} layers do not divide into {} stages", counted, std::int64_t{p.pp} * p.vpp),
               "--pipeline-model-parallel-layout, or another number of stages");
    if (a_.has("decoder-first-pipeline-num-layers") || a_.has("decoder-last-pipeline-num-layers"))
      uneven_ranks();
    p.schedule = p.vpp > 1 ? step::Schedule::kInterleaved : step::Schedule::k1f1b;
  }

  void layout() {
    auto& p = out_.plan;
    const auto cut = step::parse_cut(a_.text("pipeline-model-parallel-layout"));
    if (!cut)
      return a_.wrong("wrong-layout", fmt::format("--pipeline-model-parallel-layout: {}", cut.error()));
    const std::int64_t count = cut->chunks();
    if (out_.sizes.layers > 0 && cut->layers() != out_.sizes.layers)
      return a_.wrong("contradiction", fmt::format("the layout holds {} layers, --num-layers says {}",
                                                   cut->layers(), out_.sizes.layers));
    if (count % p.pp != 0)
      return a_.wrong(
          "contradiction",
          fmt::format("the layout has {} stages, which do not divide over {} pipeline ranks", count, p.pp));
    out_.sizes.layers = cut->layers();
    p.vpp = static_cast<std::int32_t>(count / p.pp);
    say_cut(out_.sizes, *cut, p);
  }

  /// --decoder-first-pipeline-num-layers and its like speak of ranks: each rank's layers are spread over its chunks.
  void uneven_ranks() {
    auto& p = out_.plan;
    const std::int64_t first = a_.number("decoder-first-pipeline-num-layers", 0, kMostDegree);
    const std::int64_t last = a_.number("decoder-last-pipeline-num-layers", 0, kMostDegree);
    if (out_.sizes.layers == 0)
      return a_.wrong(
          "missing-argument",
          fmt::format("{} layers in the first and {} in the last of {} stages: how many there are is not "
                      "said",
                      first, last, p.pp),
          "--num-layers, or --model with a name of the catalogue");
    const std::int64_t others = p.pp - (first > 0 ? 1 : 0) - (last > 0 ? 1 : 0);
    const std::int64_t rest = out_.sizes.layers - first - last;
    if (p.pp == 1 || others < 0 || rest < 0 || (others == 0 && rest != 0) ||
        (others > 0 && rest % others != 0))
      return a_.wrong(
          "contradiction",
          fmt::format("{} layers in the first and {} in the last of {} stages leave {} for the others", first,
                      last, p.pp, rest));
    const std::int64_t each = others > 0 ? rest / others : 0;
    std::vector<std::int64_t> chunks;
    for (std::int32_t v = 0; v < p.vpp; ++v)
      for (std::int32_t r = 0; r < p.pp; ++r) {
        const std::int64_t of_rank = r == 0 && first > 0 ? first : r == p.pp - 1 && last > 0 ? last : each;
        if (of_rank % p.vpp != 0)
          return a_.wrong(
              "contradiction",
              fmt::format("{} layers of a rank do not divide into {} virtual stages", of_rank, p.vpp));
        chunks.push_back(of_rank / p.vpp);
      }
    const auto cut = step::make_cut(chunks);
    if (!cut) return a_.wrong("unsupported", "the cut of the layers: " + cut.error());
    say_cut(out_.sizes, *cut, p);
  }

  void sharding() {
    auto& p = out_.plan;
    const bool fsdp = a_.has("use-megatron-fsdp") || a_.has("use-custom-fsdp");
    p.zero_stage = a_.has("use-distributed-optimizer") ? 1 : 0;
    const std::string strategy = a_.text("data-parallel-sharding-strategy");
    if (!strategy.empty() && strategy != "no_shard" && !fsdp)
      out_.notes.push_back(fmt::format(
          "--data-parallel-sharding-strategy {} does nothing without --use-megatron-fsdp", strategy));
    if (fsdp) {
      const std::map<std::string, int> stages = {
          {"", 0}, {"no_shard", 0}, {"optim", 1}, {"optim_grads", 2}, {"optim_grads_params", 3}};
      const auto at = stages.find(strategy);
      if (at == stages.end())
        a_.wrong("unknown-value", fmt::format("--data-parallel-sharding-strategy is '{}'", strategy),
                 "no_shard, optim, optim_grads, optim_grads_params");
      else
        p.zero_stage = at->second;
    }
    if (a_.has("use-torch-fsdp2")) p.zero_stage = 3;
    deepspeed();
    const std::int64_t instances = a_.number("num-distributed-optimizer-instances", 1, kMostDegree);
    const std::int64_t ranks = std::int64_t{p.dp} * p.cp;
    if (ranks % instances != 0)
      a_.wrong("contradiction",
               fmt::format("{} optimizer instances do not divide {} data-parallel ranks", instances, ranks));
    else if (instances > 1)
      p.shard_group = static_cast<std::int32_t>(ranks / instances);
  }

  /// Megatron-DeepSpeed: the stage stands among the arguments and in a configuration of its own, which counts.
  void deepspeed() {
    const bool on = a_.has("deepspeed");
    const bool file = a_.has("deepspeed-config");
    const std::int64_t said = a_.number("zero-stage", -1, 3, 0);
    if (!on) return;
    const std::int64_t stage = a_.deepspeed_stage() >= 0 ? a_.deepspeed_stage() : said;
    if (a_.deepspeed_stage() >= 0 && said >= 0 && said != stage)
      a_.wrong("contradiction",
               fmt::format("--zero-stage is {}, DeepSpeed's configuration says {}", said, stage));
    if (stage >= 0) out_.plan.zero_stage = static_cast<int>(stage);
    if (stage < 0)
      out_.notes.emplace_back(
          "with DeepSpeed its configuration says the ZeRO stage, and that is not in the text: taken as none; "
          "give "
          "--zero-stage");
    else if (file && a_.deepspeed_stage() < 0)
      out_.notes.push_back(
          fmt::format("ZeRO stage {} by --zero-stage; DeepSpeed's configuration is not in the text", stage));
  }

  void recompute() {
    auto& policy = out_.plan.recompute;
    // Of releases before 2022 and Megatron-DeepSpeed: every layer's input is kept.
    (void)a_.has("deepspeed-activation-checkpointing");  // how, not whether
    if (a_.has("checkpoint-activations") && !a_.has("recompute-granularity")) {
      policy.kind = step::RecomputeKind::kFull;
      policy.group = static_cast<std::int32_t>(a_.number("checkpoint-num-layers", 1, kMostDegree));
      return;
    }
    const std::string granularity =
        a_.has("recompute-activations") ? "selective" : a_.text("recompute-granularity");
    if (a_.has("recompute-activations") && a_.text("recompute-granularity") == "full")
      a_.wrong("contradiction", "--recompute-activations is selective, --recompute-granularity full");
    if (granularity == "full") {
      policy.kind = step::RecomputeKind::kFull;
      const std::string method = a_.text("recompute-method");
      if (method.empty())
        a_.wrong("missing-argument", "--recompute-granularity full needs --recompute-method");
      else if (method == "block")
        policy.full_layers = static_cast<std::int32_t>(a_.number("recompute-num-layers", 1, kMostDegree));
      else if (method == "uniform")
        policy.group = static_cast<std::int32_t>(a_.number("recompute-num-layers", 1, kMostDegree));
      else
        a_.wrong("unknown-value", fmt::format("--recompute-method is '{}'", method), "uniform, block");
    } else if (granularity == "selective") {
      modules(policy);
    } else if (!granularity.empty()) {
      a_.wrong("unknown-value", fmt::format("--recompute-granularity is '{}'", granularity),
               "full, selective");
    } else if (a_.has("recompute-modules") || a_.has("recompute-method")) {
      a_.wrong("contradiction", "--recompute-modules and --recompute-method need --recompute-granularity");
    }
  }

  /// "a b" and "a,b".
  static std::vector<std::string> list_of(const std::vector<std::string>& values) {
    std::vector<std::string> out;
    for (const std::string& words : values)
      for (std::size_t begin = 0; begin < words.size();) {
        const std::size_t end = std::min(words.find_first_of(", ", begin), words.size());
        if (end > begin) out.push_back(words.substr(begin, end - begin));
        begin = end + 1;
      }
    return out;
  }

  void modules(step::RecomputePolicy& policy) {
    const std::vector<std::string> modules = list_of(a_.values("recompute-modules"));
    policy.kind = step::RecomputeKind::kSelective;
    if (modules.empty() || modules == std::vector<std::string>{"core_attn"}) return;
    policy.kind = step::RecomputeKind::kModules;
    const std::map<std::string, step::RecomputeModule> names = {
        {"core_attn", step::kRecomputeCoreAttention},
        {"layernorm", step::kRecomputeLayernorm},
        {"mlp", step::kRecomputeMlp},
        {"moe_act", step::kRecomputeMoeAct},
        {"mla_up_proj", step::kRecomputeMlaUpProj},
        {"moe", step::kRecomputeMoe},
        {"shared_experts", step::kRecomputeSharedExperts}};
    for (const std::string& name : modules) {
      const auto module = names.find(name);
      if (name == "mhc" || name == "gdn_norm_out" || name == "gdp_in_proj" || name == "gdp_qkv")
        out_.notes.push_back(fmt::format("--recompute-modules {}: not modeled, as if it were kept", name));
      else if (module == names.end())
        a_.wrong("unknown-value", fmt::format("--recompute-modules: no module '{}'", name),
                 "core_attn, layernorm, mlp, moe_act, mla_up_proj, moe, shared_experts");
      else
        policy.modules = static_cast<std::uint8_t>(policy.modules | module->second);
    }
    if (policy.modules == 0) policy.kind = step::RecomputeKind::kNone;
  }

  void precision() {
    using catalog::Precision;
    auto& precision = out_.plan.precision;
    if (a_.has("bf16") && a_.has("fp16")) a_.wrong("contradiction", "--bf16 and --fp16");
    if (a_.has("fp8-format") && a_.has("fp4-format"))
      a_.wrong("contradiction", "--fp8-format and --fp4-format");
    precision = a_.has("bf16") ? Precision::kBf16 : a_.has("fp16") ? Precision::kFp16 : Precision::kFp32;
    if (a_.has("fp8-format"))
      precision = a_.text("fp8-recipe") == "mxfp8" ? Precision::kMxfp8 : Precision::kFp8;
    if (a_.has("fp4-format")) precision = Precision::kNvfp4;
  }

  void rest() {
    auto& p = out_.plan;
    const std::string backend = a_.text("attention-backend");
    p.flash_attention = backend.empty() || backend == "flash" || backend == "fused" || backend == "auto";
    if (!p.flash_attention && backend != "unfused" && backend != "local")
      a_.wrong("unknown-value", fmt::format("--attention-backend is '{}'", backend),
               "flash, fused, unfused, local, auto");
    p.cuda_graph = a_.has("enable-cuda-graph") || a_.has("external-cuda-graph") ||
                   (a_.has("cuda-graph-impl") && a_.text("cuda-graph-impl") != "none");
    a_.has("use-flash-attn");
    p.offload_optimizer = a_.has("optimizer-cpu-offload");
    p.offload_activations = a_.has("fine-grained-activation-offloading");
  }

  /// Its own checks, in the words of its parser and configuration.
  void what_megatron_refuses() {
    const auto& p = out_.plan;
    const auto& m = out_.sizes;
    if (p.tp > 1 && m.heads > 0 && m.heads % p.tp != 0)
      a_.wrong("contradiction",
               fmt::format("{} attention heads do not divide over tensor {}", m.heads, p.tp));
    if (m.attention != catalog::AttentionKind::kMla && m.kv_heads > 0 && m.kv_heads % p.tp != 0 &&
        p.tp % m.kv_heads != 0)
      a_.wrong(
          "contradiction",
          fmt::format("{} query groups are neither a multiple nor a divisor of tensor {}", m.kv_heads, p.tp));
    if (p.cp > 1 && out_.seq_len % (2 * std::int64_t{p.cp}) != 0)
      a_.wrong("contradiction",
               fmt::format("--seq-length {} is not a multiple of twice context {}", out_.seq_len, p.cp));
    if (m.is_moe() && m.moe.experts % p.ep != 0)
      a_.wrong("contradiction",
               fmt::format("{} experts do not divide over expert parallel {}", m.moe.experts, p.ep));
    const std::int64_t ranks = std::int64_t{p.tp} * p.cp * p.dp;
    if (m.is_moe() && ranks % (std::int64_t{p.ep} * p.etp) != 0)
      a_.wrong("contradiction",
               fmt::format("expert {} x expert tensor {} does not divide the {} ranks of a stage", p.ep,
                           p.etp, ranks));
    const std::int64_t micro_batches =
        out_.global_batch / std::max<std::int64_t>(1, std::int64_t{p.dp} * p.micro_batch);
    const std::int64_t group =
        a_.number("microbatch-group-size-per-virtual-pipeline-stage", p.pp, kMostDegree);
    if (p.vpp > 1 && p.pp > 1) {
      const std::int64_t left = micro_batches % group;
      if (group < p.pp || (left > 0 && left < p.pp))
        a_.wrong("contradiction",
                 fmt::format(
                     "{} micro-batches in groups of {} leave {}, fewer than the {} stages: Megatron-LM stops",
                     micro_batches, group, left, p.pp),
                 fmt::format("--global-batch-size {}",
                             std::max<std::int64_t>(1, micro_batches / p.pp) * p.pp * p.dp * p.micro_batch));
    }
    if (m.is_moe() && p.tp > 1 && !p.sequence_parallel)
      out_.notes.emplace_back(
          "warning: experts with tensor parallelism need --sequence-parallel for training: Megatron-LM says "
          "so, and "
          "older releases stop");
  }

  MegatronArguments a_;
  const catalog::Model* known_;
  std::string other_;  // what is trained, if no decoder is
  MegatronImport out_;
};

/// What differs between two models, as "experts 128, not 64".
class Differences {
 public:
  void number(std::string_view name, std::int64_t theirs, std::int64_t ours) {
    if (theirs != ours) all_.push_back(fmt::format("{} {} (the arguments: {})", name, theirs, ours));
  }
  void flag(std::string_view name, bool theirs, bool ours) {
    if (theirs != ours)
      all_.push_back(
          fmt::format("{}{} (the arguments: {})", theirs ? "" : "no ", name, ours ? "with" : "without"));
  }
  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

std::vector<std::string> sizes_that_differ(const catalog::Model& m, const catalog::Model& s) {
  Differences d;
  d.number("layers", m.layers, s.layers);
  d.number("hidden size", m.hidden, s.hidden);
  d.number("heads", m.heads, s.heads);
  const bool mla = m.attention == catalog::AttentionKind::kMla;
  d.flag("latent attention", mla, s.attention == catalog::AttentionKind::kMla);
  if (mla) {
    d.number("query rank", m.mla.q_lora_rank, s.mla.q_lora_rank);
    d.number("key/value rank", m.mla.kv_lora_rank, s.mla.kv_lora_rank);
    d.number("head size", m.mla.qk_nope_dim + m.mla.qk_rope_dim, s.mla.qk_nope_dim + s.mla.qk_rope_dim);
    d.number("value head size", m.mla.v_head_dim, s.mla.v_head_dim);
  } else {
    d.number("key/value heads", m.kv_heads, s.kv_heads);
    d.number("head size", m.head_dim, s.head_dim);
  }
  d.number("experts", m.moe.experts, s.moe.experts);
  if (m.is_moe() && s.is_moe()) {
    d.number("experts of a token", m.moe.topk, s.moe.topk);
    d.number("expert width", m.moe.expert_ffn, s.moe.expert_ffn);
    d.number("shared experts' width", m.moe.shared_ffn, s.moe.shared_ffn);
    const auto dense = [](const catalog::Model& x) {
      const std::int64_t period = std::max<std::int64_t>(1, x.moe.layer_period);
      return x.layers - (x.layers - x.moe.first_dense_layers) / period;
    };
    d.number("dense layers", dense(m), dense(s));
    if (dense(m) > 0 || dense(s) > 0) d.number("dense width", m.ffn, s.ffn);
  } else {
    d.number("FFN width", m.ffn, s.ffn);
  }
  d.flag("gated FFN", m.ffn_gated, s.ffn_gated);
  d.flag("layers of one shape", m.shapes.empty(), s.shapes.empty());
  if (!m.shapes.empty() && !s.shapes.empty())
    d.flag("the layers of the arguments", true, m.shapes == s.shapes && m.pattern == s.pattern);
  d.number("width of the attention's gate", m.gate_width, s.gate_width);
  d.number("heads of an indexer", m.indexer.heads, s.indexer.heads);
  d.number("width of the experts' space", m.moe.latent, s.moe.latent);
  d.number("prediction modules", m.mtp_layers, s.mtp_layers);
  if (s.vocab > 0) d.number("vocabulary", m.vocab, s.vocab);
  d.flag("head of its own", !m.tied_embeddings, !s.tied_embeddings);
  d.number("attention window", m.window, s.window);
  if (m.window > 0 && s.window > 0)
    d.number("layers from one with full attention to the next", m.full_attention_period,
             s.full_attention_period);
  return d.take();
}

std::vector<std::string> traits_that_differ(const catalog::Model& m, const catalog::Model& s) {
  Differences d;
  d.flag("RMS norm", m.norm == catalog::NormKind::kRms, s.norm == catalog::NormKind::kRms);
  d.flag("rotary positions", m.position == catalog::PositionKind::kRope,
         s.position == catalog::PositionKind::kRope);
  d.flag("biases in the FFN", m.mlp_bias, s.mlp_bias);
  d.flag("biases of queries, keys and values", m.qkv_bias, s.qkv_bias);
  d.flag("norms of queries and keys", m.qk_norm, s.qk_norm);
  return d.take();
}

}  // namespace

tl::expected<MegatronImport, base::Diagnostics> import_megatron(std::span<const std::string> arguments,
                                                                std::int64_t gpus,
                                                                const catalog::Model* known) {
  return Import(arguments, gpus, known).run();
}

ModelMatch match_model(std::span<const catalog::Model> models, const catalog::Model& sizes) {
  ModelMatch match;
  std::size_t least = 4;  // more differences, and it is no neighbor
  for (const catalog::Model& m : models) {
    auto why_not = sizes_that_differ(m, sizes);
    if (why_not.empty()) {
      if (match.model == nullptr || m.released > match.model->released) match.model = &m;
    } else if (why_not.size() < least) {
      least = why_not.size();
      match.nearest = &m;
      match.why_not = std::move(why_not);
    }
  }
  if (match.model != nullptr) match.differs = traits_that_differ(*match.model, sizes);
  return match;
}

const catalog::Model* matching_model(std::span<const catalog::Model> models, const catalog::Model& sizes) {
  return match_model(models, sizes).model;
}

}  // namespace gigawatt::interop
