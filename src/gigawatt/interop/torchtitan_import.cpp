// torchtitan: TOML of the releases up to 0.2, Python of 0.3 (sequences in a local batch) and after it (tokens).
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "gigawatt/interop/layout.h"
#include "gigawatt/interop/trainers.h"

namespace gigawatt::interop {
namespace {

class TorchtitanReader {
 public:
  explicit TorchtitanReader(TrainerConfig& config) : config_(config), s_(config.settings) {}

  Imported run() {
    model();
    if (auto wrong = degrees()) return tl::unexpected(std::move(*wrong));
    batch();
    pipeline();
    recompute();
    precision();
    p_.offload_optimizer = s_.flag("enable_cpu_offload");
    // Captured unless it is switched off, where there is a switch.
    p_.cuda_graph = p_.pp == 1 && lower(s_.text("disable_cuda_graphs")) == "false";
    out_.software = "torchtitan";
    return finish_import(std::move(out_), s_, std::move(problems_));
  }

 private:
  std::int64_t number(const char* key, std::int64_t usual) { return s_.number(key, usual, problems_); }
  void note(std::string text) { out_.notes.push_back(std::move(text)); }

  void model() {
    std::vector<std::string> names;
    const std::string name = lower(s_.at({"model.name"})), flavor = lower(s_.at({"model.flavor"}));
    if (!flavor.empty()) names.push_back(name + "-" + flavor);
    for (const char* path : {"hf_assets_path", "tokenizer_path", "initial_load_path"})
      names.push_back(s_.at({path}));
    names.push_back(config_.function);
    for (const std::string& outside : config_.outside) names.push_back(outside);
    for (const char* key : {"name", "flavor", "hf_assets_path", "tokenizer_path"}) s_.text(key);
    if (!config_.model.empty()) names = {config_.model};
    known_ = named_model(names, config_.find);
    if (known_ == nullptr) return;
    out_.model_name = known_->name;
    out_.sizes = *known_;
  }

  std::optional<base::Diagnostics> degrees() {
    p_.tp = as_degree(number("tensor_parallel_degree", 1));
    p_.cp = as_degree(number("context_parallel_degree", 1));
    p_.pp = as_degree(number("pipeline_parallel_degree", 1));
    p_.ep = as_degree(number("expert_parallel_degree", 1));
    p_.etp = as_degree(number("expert_tensor_parallel_degree", 1));
    const std::int64_t replicate = std::max<std::int64_t>(1, number("data_parallel_replicate_degree", 1));
    const std::int64_t model_ranks = bounded_product({p_.tp, p_.cp, p_.pp});
    const std::int64_t said_shard = number("data_parallel_shard_degree", -1);
    out_.gpus = config_.gpus > 0 ? config_.gpus
                : said_shard > 0 ? bounded_product({model_ranks, replicate, said_shard})
                                 : number("ngpu", 0);
    if (out_.gpus == 0)
      return cannot_import("the number of accelerators is not said, and data_parallel_shard_degree is -1",
                           "--gpus N")
          .value();
    const std::int64_t shard = left_over(said_shard, out_.gpus, bounded_product({model_ranks, replicate}));
    p_.dp = as_degree(bounded_product({replicate, shard}));
    p_.sequence_parallel = p_.tp > 1 && lower(s_.text("enable_sequence_parallel")) != "false";
    const std::string reshard = s_.text("fsdp_reshard_after_forward");
    p_.zero_stage = shard <= 1 && p_.cp <= 1                                   ? 0
                    : reshard == "never" || (reshard != "always" && p_.pp > 1) ? 2
                                                                               : 3;
    if (replicate > 1 && shard > 1) p_.shard_group = as_degree(bounded_product({shard, p_.cp}));
    return std::nullopt;
  }

  void batch() {
    const bool tokens = !s_.text("num_tokens_per_microbatch_per_dp_rank").empty();
    const bool sequences = !s_.text("local_batch_size").empty() || !s_.text("batch_size").empty();
    const std::int64_t length =
        s_.number_of({"seq_len", "max_context_length"}, config_.function.empty() ? 2048 : 0, problems_);
    if (length < 1) {
      if (base::has_errors(problems_)) return;
      problems_.push_back(
          s_.text("seq_len").empty() && s_.text("max_context_length").empty()
              ? base::error("missing-argument", "seq_len (max_context_length) is not in the text")
              : base::error("bad-argument", fmt::format("seq_len is {}", length), "at least 1"));
    }
    out_.seq_len = std::max<std::int64_t>(1, length);
    if (!config_.function.empty() && !tokens && !sequences)
      problems_.push_back(base::error(
          "missing-argument", "local_batch_size (num_tokens_per_microbatch_per_dp_rank) is not in the text"));
    if (tokens) {
      const std::int64_t each = number("num_tokens_per_microbatch_per_dp_rank", 0);
      p_.micro_batch = as_degree(each / out_.seq_len);
      const std::int64_t step = number("num_tokens_per_train_step", -1);
      out_.global_batch =
          step > 0 ? step / out_.seq_len
                   : bounded_product({p_.micro_batch, p_.dp,
                                      std::max<std::int64_t>(0, number("num_pp_microbatches", 1))});
      if (each % out_.seq_len != 0)
        note(fmt::format("{} tokens of a micro-batch are counted as {} whole sequences of {}", each,
                         p_.micro_batch, out_.seq_len));
      return;
    }
    const std::int64_t local = std::max<std::int64_t>(
        1, s_.number_of({"local_batch_size", "batch_size"}, sequences ? 1 : 8, problems_));
    p_.micro_batch = as_degree(p_.pp > 1 ? number("pipeline_parallel_microbatch_size", 1) : local);
    const std::int64_t said = number("global_batch_size", -1);
    out_.global_batch = said > 0 ? said : local * p_.dp;
    if (p_.pp > 1 && local % p_.micro_batch != 0)
      problems_.push_back(base::error(
          "contradiction",
          fmt::format("local_batch_size {} is not a multiple of pipeline_parallel_microbatch_size {}", local,
                      p_.micro_batch)));
  }

  void pipeline() {
    const std::string schedule = lower(s_.text("pipeline_parallel_schedule"));
    const std::int64_t each = number("pipeline_parallel_layers_per_stage", 0);
    const std::int64_t less_first = number("pipeline_parallel_first_stage_less_layers", 1);
    const std::int64_t less_last = number("pipeline_parallel_last_stage_less_layers", 1);
    if (p_.pp == 1) return;
    const bool zero_bubble = schedule.find("zerobubble") != std::string::npos || schedule.find("zbv") == 0;
    const bool several = schedule.find("interleaved") != std::string::npos ||
                         schedule.find("looped") != std::string::npos || schedule.find("zbv") == 0 ||
                         schedule.find("dualpipe") != std::string::npos;
    p_.vpp = several ? 2 : 1;  // where nothing else is said
    const std::int64_t layers = out_.sizes.layers;
    if (each > 0 && layers > 0) {
      const std::int64_t stages = (layers + less_first + less_last + each - 1) / each;
      if (stages % p_.pp != 0 || (!several && stages != p_.pp))
        problems_.push_back(base::error(
            "contradiction",
            fmt::format(
                "{} layers in stages of {} are {} stages, which do not divide over {} pipeline ranks as {} "
                "asks for",
                layers, each, stages, p_.pp, schedule.empty() ? "1f1b" : schedule)));
      else
        p_.vpp = as_degree(stages / p_.pp);
    } else if (each > 0) {
      note(fmt::format("{} layers a stage: give --vpp where that is not {} a rank", each, p_.vpp));
    }
    p_.schedule = zero_bubble                                      ? step::Schedule::kZeroBubble
                  : schedule.find("dualpipe") != std::string::npos ? step::Schedule::kDualPipe
                  : p_.vpp > 1                                     ? step::Schedule::kInterleaved
                                                                   : step::Schedule::k1f1b;
    if (schedule.find("gpipe") != std::string::npos || schedule.find("looped") != std::string::npos)
      note(fmt::format("the schedule {} is taken as 1F1B, which keeps fewer activations", schedule));
    if (layers > 0 && base::has_errors(problems_) == false) cut(layers, less_first, less_last);
  }

  /// torchtitan counts embedding and head as layers, spreads all evenly, and gives what is left to the first stages.
  void cut(std::int64_t layers, std::int64_t less_first, std::int64_t less_last) {
    const std::int64_t stages = bounded_product({p_.pp, p_.vpp});
    if (stages > layers + less_first + less_last) {
      problems_.push_back(
          base::error("contradiction", fmt::format("{} layers over {} stages", layers, stages)));
      return;
    }
    const std::int64_t all = layers + less_first + less_last;
    std::vector<std::int64_t> chunks;
    for (std::int64_t i = 0; i < stages; ++i) {
      std::int64_t n = all / stages + (i < all % stages ? 1 : 0);
      n -= (i == 0 ? less_first : 0) + (i == stages - 1 ? less_last : 0);
      if (n < 0) {
        problems_.push_back(base::error(
            "contradiction",
            fmt::format("{} layers over {} stages leave none for one that has the embedding or the head",
                        layers, stages)));
        return;
      }
      chunks.push_back(n);
    }
    const auto made = step::make_cut(chunks);
    if (made)
      say_cut(out_.sizes, *made, p_);
    else
      problems_.push_back(base::error("unsupported", "the cut of the layers: " + made.error()));
  }

  void recompute() {
    const auto& paths = s_.paths();
    const auto mode = paths.find("activation_checkpoint.mode");
    const bool python = !config_.function.empty();
    const auto whole = paths.find("activation_checkpoint");
    const std::string said = lower(mode != paths.end()    ? mode->second
                                   : whole != paths.end() ? whole->second
                                                          : s_.text("activation_checkpoint"));
    const std::string option = s_.text("selective_ac_option");
    s_.text("mode");
    s_.text("activation_checkpoint");
    if (said.find("full") != std::string::npos)
      p_.recompute.kind = step::RecomputeKind::kFull;
    else if (said.find("selective") != std::string::npos || (said.empty() && !python))
      p_.recompute.kind = step::RecomputeKind::kSelective;  // the default of the TOML releases
    if (p_.recompute.kind == step::RecomputeKind::kSelective && lower(option) != "op")
      every_nth_layer(option.empty() && !python && toml() ? "2" : option);  // 2: these releases' default
    if (said.find("memory_budget") != std::string::npos)
      note("activation_checkpoint.mode memory_budget chooses by the compiler: taken as no recompute");
  }

  /// Sections are in the text, not only flags behind a file that is not there.
  bool toml() const {
    for (const char* section : {"[model]", "[training]", "[parallelism]", "[activation_checkpoint]"})
      if (config_.text.find(section) != std::string::npos) return true;
    return false;
  }

  /// selective_ac_option N: whole layers, the N-th, 2 N-th and so on; 0 and 1: all of them.
  void every_nth_layer(const std::string& option) {
    if (option.empty()) return;
    const std::int64_t n = number("selective_ac_option", 2);
    const std::int64_t layers = out_.sizes.layers;
    if (n > 1 && layers == 0)
      return note(fmt::format(
          "selective_ac_option {}: every {}. layer is recomputed whole, taken as selective by operation as "
          "the number of layers is not known",
          option, n));
    p_.recompute.kind = step::RecomputeKind::kFull;
    if (n <= 1) return;
    const std::int64_t parts = std::max<std::int64_t>(1, n) * std::max<std::int64_t>(1, p_.pp);
    p_.recompute.full_layers = as_degree(std::max<std::int64_t>(1, (layers + parts / 2) / parts));
    note(fmt::format("selective_ac_option {}: {} whole layers of each stage are recomputed", option,
                     p_.recompute.full_layers));
  }

  void precision() {
    const std::string all = lower(config_.text), converters = lower(s_.text("converters"));
    const auto converts = [&](std::string_view what) {
      if (converters.find(what) != std::string::npos) return true;
      for (const auto& [path, value] : s_.paths())
        if (lower(value).find(std::string(what) + "linearconverter") != std::string::npos) return true;
      return config_.function.empty() && all.find(std::string(what) + "linearconverter") != std::string::npos;
    };
    if (converts("mxfp8") || converters.find("linear.mx") != std::string::npos)
      p_.precision = catalog::Precision::kMxfp8;
    else if (converts("nvfp4"))
      p_.precision = catalog::Precision::kNvfp4;
    else if (converts("float8"))
      p_.precision = catalog::Precision::kFp8;
    else if (lower(s_.text("mixed_precision_param")) == "float32")
      p_.precision = catalog::Precision::kFp32;
  }

  TrainerConfig& config_;
  Settings& s_;
  MegatronImport out_;
  step::ParallelPlan& p_ = out_.plan;
  const catalog::Model* known_ = nullptr;
  base::Diagnostics problems_;
};

}  // namespace

Imported import_torchtitan(TrainerConfig& config) { return TorchtitanReader(config).run(); }

}  // namespace gigawatt::interop
