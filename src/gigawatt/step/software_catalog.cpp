#include "gigawatt/step/software_catalog.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/base/words.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/config/image.h"
#include "gigawatt/config/read.h"
#include "gigawatt/config/toml.h"

namespace gigawatt::step {
namespace {

constexpr std::array<std::string_view, 5> kAttentionNames = {"unfused", "fused-softmax", "flash1", "flash2",
                                                             "best"};
constexpr std::array<std::string_view, 3> kAdaptedNames = {"inputs", "attention", "all"};
constexpr std::array<std::string_view, 2> kDispatchNames = {"all-to-all", "fused"};

using base::lower;

bool has(const std::string& notes, std::string_view word) { return notes.find(word) != std::string::npos; }

}  // namespace

void behavior_fields(config::FieldVisitor& v, SoftwareProfile& s) {
  constexpr double kMost = 100;
  v.choice(s.attention, kAttentionNames,
           {.key = "attention", .doc = "Attention kernel where flash attention is asked for."});
  v.choice(s.attention_without_flash, kAttentionNames,
           {.key = "attention_without_flash", .doc = "Attention kernel otherwise."});
  v.choice(s.moe_dispatch, kDispatchNames, {.key = "moe_dispatch", .doc = "How tokens reach their experts."});
  v.choice(
      s.adapted, kAdaptedNames,
      {.key = "adapted",
       .doc = "Products with adapters under LoRA: those into attention, all of attention, the FFN's too."});
  v(s.grouped_products, {.key = "grouped_products", .doc = "Experts' products are one kernel."});
  v(s.sync_free_moe, {.key = "sync_free_moe", .doc = "The host need not read the routing back."});
  v(s.waits_for_routing,
    {.key = "waits_for_routing", .doc = "The device idles while the host sizes the experts' work."});
  v(s.sharded_messages_per_layer, {.key = "sharded_messages_per_layer",
                                   .doc = "Collectives per layer and pass under ZeRO-3.",
                                   .min = 0.01,
                                   .max = 1000});
  v(s.sharded_bandwidth, {.key = "sharded_bandwidth",
                          .doc = "Bandwidth of ZeRO-3 collectives over large ones.",
                          .min = 0.001,
                          .max = 1});
  v(s.flash_default, {.key = "flash_default", .doc = "Flash attention where a plan does not say."});
  v(s.elementwise_passes, {.key = "elementwise_passes",
                           .doc = "Memory traffic of memory-bound kernels over fully fused ones.",
                           .min = 0.5,
                           .max = kMost});
  v(s.host_class,
    {.key = "host_class", .doc = "Class of eager code whose fitted host time per kernel it has."});
  v(s.host_launch_s,
    {.key = "host_launch", .doc = "Host time per kernel in eager code.", .unit = "s", .min = 0, .max = 1});
  v(s.kernels_per_operator, {.key = "kernels_per_operator",
                             .doc = "Kernels per operator over one fused kernel each.",
                             .min = 0.1,
                             .max = kMost});
  v(s.host_micro_batch_s, {.key = "host_micro_batch",
                           .doc = "Exposed host time per micro-batch.",
                           .unit = "s",
                           .min = 0,
                           .max = 10});
  v(s.host_step_s,
    {.key = "host_step", .doc = "Exposed host time per step.", .unit = "s", .min = 0, .max = 60});
  v(s.cuda_graph_default, {.key = "cuda_graph_default", .doc = "CUDA graphs where a plan does not say."});
  v(s.graph_coverage, {.key = "graph_coverage",
                       .doc = "Issue time saved of modules in CUDA graphs; 1: one graph of the iteration.",
                       .min = 0,
                       .max = 1});
  v(s.grad_reduce_overlap, {.key = "grad_reduce_overlap",
                            .doc = "Share of the gradient reduction that may hide under the backward pass.",
                            .min = 0,
                            .max = 1});
  v(s.param_gather_overlap, {.key = "param_gather_overlap",
                             .doc = "Share of the parameter gather that may hide under the forward pass.",
                             .min = 0,
                             .max = 1});
  v(s.tp_overlap, {.key = "tp_overlap",
                   .doc = "Share of tensor-parallel collectives hidden in chunked products.",
                   .min = 0,
                   .max = 1});
  v(s.async_tp, {.key = "async_tp", .doc = "Asynchronous tensor parallelism is switched on."});
  v(s.adapters_overlap_tp,
    {.key = "adapters_overlap_tp", .doc = "Tensor-parallel collectives are hidden under LoRA as well."});
  v(s.low_precision_gather,
    {.key = "low_precision_gather",
     .doc = "Tensorwise 8-bit training gathers inputs of tensor-parallel products in 8 bits."});
  v(s.tp_backward_overlap,
    {.key = "tp_backward_overlap",
     .doc = "Share of the input-gradient all-reduce that may hide under weight gradients.",
     .min = 0,
     .max = 1});
  v(s.cp_overlap, {.key = "cp_overlap",
                   .doc = "Share of the context-parallel exchange that may hide under attention.",
                   .min = 0,
                   .max = 1});
  v(s.ep_overlap, {.key = "ep_overlap",
                   .doc = "Share of expert all-to-all that may hide under other compute.",
                   .min = 0,
                   .max = 1});
  v(s.ep_overlapped, {.key = "ep_overlapped", .doc = "Expert all-to-all is hidden: it is switched on."});
  v(s.p2p_overlap, {.key = "p2p_overlap",
                    .doc = "Share of pipeline sends that may hide under compute.",
                    .min = 0,
                    .max = 1});
  v(s.overlap_needs_interleaving,
    {.key = "overlap_needs_interleaving", .doc = "Pipeline sends hide only with virtual stages."});
  v(s.p2p_scatter, {.key = "p2p_scatter", .doc = "Pipeline sends are split over the tensor group."});
  v(s.distributed_optimizer, {.key = "distributed_optimizer", .doc = "ZeRO-1 where a plan does not say."});
  v(s.optimizer_passes, {.key = "optimizer_passes",
                         .doc = "Memory traffic of the optimizer over a fused one's.",
                         .min = 0.5,
                         .max = kMost});
  v(s.gradient_bytes,
    {.key = "gradient_bytes", .doc = "Bytes of gradient held per trained parameter.", .min = 0, .max = 16});
  v(s.gathered_logits,
    {.key = "gathered_logits", .doc = "The loss sees the whole vocabulary on every tensor-parallel rank."});
  v(s.reduce_fp32, {.key = "reduce_fp32", .doc = "Gradients travel in 32 bits."});
  v(s.fp16_reduce_fp32,
    {.key = "fp16_reduce_fp32",
     .doc = "Gradients of fp16 training travel in 32 bits too, where reduce_fp32 says so."});
  v(s.fused_norm, {.key = "fused_norm", .doc = "Norms are one kernel."});
  v(s.fused_projections,
    {.key = "fused_projections",
     .doc = "Queries, keys and values are one product, gate and up projections another."});
  v(s.ragged_experts, {.key = "ragged_experts", .doc = "Experts' products are XLA's ragged kernels."});
  v(s.checkpoints_layers,
    {.key = "checkpoints_layers", .doc = "Layers are done again by PyTorch's or JAX's checkpoints."});
  v(s.selective_gathers,
    {.key = "selective_gathers",
     .doc = "Selective recompute gathers the inputs of tensor-parallel products again."});
  v(s.saved_on_host,
    {.key = "saved_on_host", .doc = "What is kept for the backward pass waits in the host's memory."});
  v(s.gathered_layers, {.key = "gathered_layers",
                        .doc = "Layers whose weights and gradients are whole at a time when fully sharded.",
                        .min = 1,
                        .max = 100});
  v(s.planned_memory, {.key = "planned_memory", .doc = "The compiler places every buffer."});
  v(s.compiled, {.key = "compiled", .doc = "Element-wise chains are fused by a compiler or by hand."});
  v(s.async_tp_overlap, {.key = "async_tp_overlap",
                         .doc = "tp_overlap where a run states asynchronous tensor parallelism.",
                         .min = 0,
                         .max = 1});
  v(s.ep_overlap_when_asked,
    {.key = "ep_overlap_when_asked", .doc = "ep_overlap where a run states it.", .min = 0, .max = 1});
  v(s.fused_cross_entropy, {.key = "fused_cross_entropy", .doc = "The loss passes over the logits once."});
  v(s.broadcast_hop_s,
    {.key = "broadcast_hop",
     .doc = "ZeRO-1 sends updated parameters by one broadcast for each owner: a hop of its ring "
            "inside a node; 0: they are gathered.",
     .unit = "s",
     .min = 0,
     .max = 1});
  v(s.broadcast_hop_between_s, {.key = "broadcast_hop_between_nodes",
                                .doc = "The same between nodes.",
                                .unit = "s",
                                .min = 0,
                                .max = 1});
  v(s.zero1_all_reduce, {.key = "zero1_all_reduce", .doc = "ZeRO-1 reduces whole gradients on every rank."});
  v(s.fsdp_reduce_every_micro_batch,
    {.key = "fsdp_reduce_every_micro_batch",
     .doc = "ZeRO-2 and 3 reduce gradients in every micro-batch (ZeRO-2 without a pipeline)."});
  v(s.fsdp_fp32_weights, {.key = "fsdp_fp32_weights", .doc = "FSDP shards the 32-bit main weights."});
  v(s.sharded_copy_bytes,
    {.key = "sharded_copy_bytes",
     .doc = "Traffic of copying gathered parameters or gradients, per parameter and collective.",
     .unit = "B",
     .min = 0,
     .max = 100});
  v(s.gathered_weight_bytes, {.key = "gathered_weight_bytes",
                              .doc = "Bytes per parameter gathered under 8-bit training.",
                              .min = 0.5,
                              .max = 4});
  v(s.selective_attention, {.key = "selective_attention",
                            .doc = "Share of the attention core that selective recompute does again.",
                            .min = 0,
                            .max = 1});
  v(s.selective_products, {.key = "selective_products",
                           .doc = "Share of other forward work that selective recompute does again.",
                           .min = 0,
                           .max = 1});
  v(s.recompute_stops_early, {.key = "recompute_stops_early",
                              .doc = "Recompute of whole layers leaves out the last product of the FFN."});
  v(s.recompute_by_tensor,
    {.key = "recompute_by_tensor", .doc = "What recompute keeps is chosen tensor by tensor."});
  v(s.keeps_norm_casts, {.key = "keeps_norm_casts", .doc = "Norms in eager code keep their 32-bit casts."});
  v(s.attention_time, {.key = "attention_time",
                       .doc = "Time of its attention kernel over the chip's best.",
                       .min = 0.2,
                       .max = kMost});
  v(s.score_bytes,
    {.key = "score_bytes", .doc = "Bytes kept per score of unfused attention.", .min = 0, .max = 32});
  v(s.dropout, {.key = "dropout", .doc = "Residual branches have dropout."});
  v(s.saved_input_copies, {.key = "saved_input_copies",
                           .doc = "8-bit copies of a product's input that are kept.",
                           .min = 0,
                           .max = 4});
  v(s.low_precision_weight_bytes, {.key = "low_precision_weight_bytes",
                                   .doc = "Bytes per weight under 8-bit training, cast copies included.",
                                   .min = 0,
                                   .max = 8});
  v(s.optimizer_state_scale, {.key = "optimizer_state_scale",
                              .doc = "Optimizer state over 12 bytes per parameter.",
                              .min = 0,
                              .max = 2});
  v(s.logit_bytes, {.key = "logit_bytes", .doc = "Bytes per logit at the peak.", .min = 0, .max = 64});
  v(s.bucket_bytes, {.key = "bucket", .doc = "Gradient bucket.", .unit = "B", .min = 0, .max = 1e12});
  v(s.context_bytes, {.key = "context",
                      .doc = "Device context, libraries, communicators.",
                      .unit = "B",
                      .min = 0,
                      .max = 1e11});
  v(s.graph_bytes, {.key = "graph_memory",
                    .doc = "Static buffers of CUDA graphs without a pipeline.",
                    .unit = "B",
                    .min = 0,
                    .max = 1e11});
  v(s.graph_bytes_pipelined, {.key = "graph_memory_pipelined",
                              .doc = "The same with a pipeline.",
                              .unit = "B",
                              .min = 0,
                              .max = 1e11});
  v(s.host_link_bandwidth, {.key = "host_link",
                            .doc = "Bandwidth to host memory, for offload.",
                            .unit = "B/s",
                            .min = 1e6,
                            .max = 1e13});
  v(s.default_vpp,
    {.key = "default_vpp", .doc = "Virtual stages where a plan does not say.", .min = 1, .max = 64});
  v(s.packed_samples, {.key = "packed_samples", .doc = "Fine-tuning packs samples to full sequences."});
}

void fields(config::FieldVisitor& v, SoftwareEntry& e) {
  SoftwareProfile& s = e.profile;
  v(s.name, {.key = "name", .doc = "Unique name.", .required = true});
  v(s.title, {.key = "title", .doc = "As people write it.", .required = true});
  v(e.frameworks, {.key = "frameworks", .doc = "Framework names it stands for; part of a name is enough."});
  v(e.from_release, {.key = "from_release", .doc = "First release it describes."});
  v(e.source, {.key = "source", .doc = "Where its features are documented.", .required = true});
  v(s.year, {.key = "year", .doc = "Year of the generation.", .min = 2015, .max = 2100, .required = true});
  v(s.is_default, {.key = "default", .doc = "Used for unknown frameworks (the newest such profile)."});
  v(s.can, {.key = "can", .doc = "What the framework runs at all.", .required = true});
  behavior_fields(v, s);
}

int compare_releases(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view& s) -> long {
    while (!s.empty() && std::isdigit(static_cast<unsigned char>(s.front())) == 0) s.remove_prefix(1);
    if (s.empty()) return -1;
    long value = 0;
    while (!s.empty() && std::isdigit(static_cast<unsigned char>(s.front())) != 0 && value < 1'000'000) {
      value = 10 * value + (s.front() - '0');
      s.remove_prefix(1);
    }
    return value;
  };
  for (int i = 0; i < 8; ++i) {
    const long x = next(a);
    const long y = next(b);
    if (x != y) return x < y ? -1 : 1;
    if (x < 0) return 0;
  }
  return 0;
}

const SoftwareProfile* SoftwareCatalog::find(std::string_view name) const {
  for (const auto& e : entries)
    if (e.profile.name == name) return &e.profile;
  return nullptr;
}

const SoftwareProfile* SoftwareCatalog::newest(std::string_view framework) const {
  const SoftwareEntry* best = nullptr;
  const std::string wanted = lower(framework);
  for (const auto& e : entries) {
    const bool named = std::any_of(e.frameworks.begin(), e.frameworks.end(),
                                   [&](const auto& name) { return lower(name) == wanted; });
    if (!named) continue;
    if (best == nullptr || e.profile.year > best->profile.year ||
        (e.profile.year == best->profile.year && compare_releases(e.from_release, best->from_release) > 0))
      best = &e;
  }
  return best != nullptr ? &best->profile : nullptr;
}

const SoftwareProfile& SoftwareCatalog::default_profile() const {
  static const SoftwareProfile builtin;
  const SoftwareProfile* best = nullptr;
  for (const auto& e : entries)
    if (e.profile.is_default && (best == nullptr || e.profile.year > best->year)) best = &e.profile;
  return best != nullptr ? *best : builtin;
}

const SoftwareProfile& SoftwareCatalog::choose(std::string_view framework, std::string_view release) const {
  const std::string wanted = lower(framework);
  const SoftwareEntry* best = nullptr;
  std::size_t best_length = 0;
  for (const auto& e : entries) {
    if (!release.empty() && !e.from_release.empty() && compare_releases(release, e.from_release) < 0)
      continue;
    std::size_t length = 0;
    for (const auto& name : e.frameworks)
      if (has(wanted, lower(name))) length = std::max(length, name.size());
    if (length == 0 || length < best_length) continue;
    if (best != nullptr && length == best_length && compare_releases(e.from_release, best->from_release) <= 0)
      continue;
    best = &e;
    best_length = length;
  }
  return best != nullptr ? best->profile : default_profile();
}

namespace {

/// Gives each profile the fitted host time of its class.
void apply_host_times(SoftwareCatalog& catalog, const catalog::FittedSet& host, base::Diagnostics& problems) {
  for (auto& entry : catalog.entries) {
    auto& profile = entry.profile;
    if (profile.host_class.empty()) continue;
    if (const auto* constant = host.find(profile.host_class)) {
      profile.host_launch_s = constant->value;
      continue;
    }
    std::vector<std::string> known;
    for (const auto& c : host.parameters) known.push_back(c.name);
    problems.push_back(base::error(
        "unknown-host-class", fmt::format("software '{}': host_class '{}' is not one of {}", profile.name,
                                          profile.host_class, fmt::join(known, ", "))));
  }
}

}  // namespace

tl::expected<SoftwareCatalog, base::Diagnostics> load_software(const std::filesystem::path& folder,
                                                               const catalog::FittedLibrary& calibration) {
  base::Diagnostics problems;
  SoftwareCatalog catalog;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error))
    if (file.path().extension() == ".toml") files.push_back(file.path());
  if (error)
    return tl::unexpected(base::Diagnostics{base::error(
        "no-software", "cannot read the software profiles in " + folder.string(), error.message())});
  std::sort(files.begin(), files.end());
  auto& image = config::Image::of_process();
  for (const auto& file : files) {
    SoftwareEntry entry;
    const bool read = config::read_file(image, file, "", entry, problems, [&](const auto& node) {
      config::Reader(node, problems).read(entry);
      for (const auto& word : entry.profile.can.unknown)
        problems.push_back(base::error("unknown-word", file.filename().string() + ": can." + word));
    });
    if (read) catalog.entries.push_back(std::move(entry));
  }
  if (auto words = read_features(folder / "words" / "features.toml"))
    catalog.words = std::move(*words);
  else
    problems.insert(problems.end(), words.error().begin(), words.error().end());
  if (const auto host = calibration.only("host"))
    apply_host_times(catalog, *host, problems);
  else
    problems.insert(problems.end(), host.error().begin(), host.error().end());
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  return catalog;
}

}  // namespace gigawatt::step
