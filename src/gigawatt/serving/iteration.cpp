#include "gigawatt/serving/iteration.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "gigawatt/base/check.h"
#include "gigawatt/base/real.h"
#include "gigawatt/kernels/exchange.h"
#include "gigawatt/kernels/latent_modules.h"
#include "gigawatt/kernels/recurrent.h"
#include "gigawatt/kernels/serving_kernels.h"
#include "gigawatt/network/collectives.h"
#include "gigawatt/serving/kernel_choice.h"

namespace gigawatt::serving {
namespace {

using kernels::Format;
using Laws = LawChoice;

constexpr double kActivationBytes = 2;
constexpr double kSmallestKeys = 128;
constexpr double kKeyRatio = 4;  // between points of the table: 128 ... 8.4 million

using base::real;

std::vector<std::string_view> words(Format f) {
  switch (f) {
    case Format::kFp8:
    case Format::kFp8Block: return {"fp8_block", "fp8"};
    case Format::kNvfp4: return {"nvfp4"};
    case Format::kMxfp4A16:
    case Format::kMxfp4A8: return {"w4a16_mxfp4", "w4a8_mxfp4_mxfp8"};
    case Format::kInt4Weight:
      return {"int4_wo", "w4a16_mxfp4", "bfloat16"};  // 16-bit products of fewer bytes
    case Format::kInt8: return {"sq", "int8_wo"};
    case Format::kInt8Weight: return {"int8_wo"};
    default: return {"bfloat16"};
  }
}

/// Formats of the cache and of the products beside it, as names of latent modules have them in a row.
std::vector<std::string> module_words(const Formats& f) {
  const std::string cache = f.cache_bytes < 2 ? "fp8 " : "bfloat16 ";
  std::vector<std::string> out;
  for (const auto word : words(f.dense)) out.push_back(cache + std::string(word));
  return out;
}

/// Formats of queries and cache of plain attention in a row.
std::vector<std::string_view> cache_words(const Formats& f, bool prompt) {
  if (f.cache_bytes >= 2) return {"bfloat16 bfloat16"};
  if (prompt) return {"bfloat16 fp8", "fp8 fp8"};
  return {"bfloat16 fp8"};
}

/// Where x lies on a grid of powers of `ratio` from `first`: below it the first value holds, above it extrapolates.
struct GridPlace {
  std::size_t index = 0;
  double share = 0;
};

GridPlace place(double x, double first, double log_ratio, std::size_t points) {
  const double at = std::log(std::max(x, 1e-9) / first) / log_ratio;
  if (at <= 0) return {};
  const double index = std::min(std::floor(at), static_cast<double>(points - 2));
  return {static_cast<std::size_t>(index), at - index};
}

/// Linear between logarithms.
template <typename Table>
double between(const Table& logs, const GridPlace& p) {
  return logs[p.index] + p.share * (logs[p.index + 1] - logs[p.index]);
}

constexpr std::string_view kConvolution = "causal_conv1d";
constexpr double kNothing = 1e-30;  // seconds of work that is not there

/// The laws and sizes that the tables are made from.
class Builder {
 public:
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;
  Builder(const Deployment& d, const kernels::Device& device)
      : d_(d),
        device_(device),
        closed_(*d.fabric),
        library_(d.collectives != nullptr ? *d.collectives : closed_),
        tp_(real(d.plan.tp)),
        dp_(real(d.plan.dp)),
        ep_(real(d.plan.ep)) {
    tensor_ = network::place_group(*d.fabric, d.plan.tp, 1);
    experts_ = network::place_group(*d.fabric, d.plan.tp * d.plan.dp, 1);
    dense_ = choose("gemm", words(d.formats.dense));
    wide_ = choose("gemm", words(Format::kBf16));
    moe_ = choose("moe", words(d.formats.experts));
    reduce_ = choose("custom_allreduce", {});
    reduce_.add(choose("nccl", {"all_reduce"}));
    dispatch_ = choose("wideep_deepep_ll", {});
    for (const auto& g : d.model->groups) cache_laws_.push_back(cache_laws(g));
    convolution_ = convolution(false);
  }

  Laws choose(std::string_view operation, const std::vector<std::string_view>& formats,
              const KernelPart& part = {}) const {
    return choose_laws(*d_.laws, operation, formats, d_.engine->kernels, part);
  }
  Laws convolution(bool prompt) const {
    return choose("gdn", {prompt ? "context" : "generation"}, {.word = kConvolution});
  }
  Laws recurrence(bool prompt) const {
    return choose("gdn", {prompt ? "context" : "generation"}, {.word = kConvolution, .others = true});
  }
  Laws choose_module(std::string_view operation) const {
    const auto names = module_words(d_.formats);
    return choose(operation, {names.begin(), names.end()});
  }

  /// Everything but attention for `n` tokens of one attention group: products, balanced experts, skewed experts, sums
  /// over devices, exchange of tokens; and the head for `n` sequences, which only last tokens pass.
  std::array<double, 6> token_work(double n) const {
    const ServedModel& m = *d_.model;
    std::array<double, 6> t{};
    const double reduced = all_reduce(n * m.hidden * kActivationBytes);
    for (const auto& g : m.groups) {
      t[0] += g.count * (mixer_products(g, n) + dense_products(g, n) + small(n));
      if (g.experts > 0) {
        t[1] += g.count * experts(g, n, 0);
        t[2] += g.count * experts(g, n, d_.engine->physics.expert_exponent);
      }
      const bool exchanges = g.experts > 0 && d_.plan.dp > 1;
      t[3] += g.count * (exchanges ? 1 : 2) * reduced;
      if (exchanges) t[4] += g.count * exchange(g, n);
    }
    t[5] = product(n, std::ceil(m.vocab / tp_), m.hidden, wide_, Format::kBf16);
    return t;
  }

  double cache_work(double sequences, double keys) const {
    double t = 0;
    for (std::size_t i = 0; i < d_.model->groups.size(); ++i)
      t += d_.model->groups[i].count * cache_attention(d_.model->groups[i], cache_laws_[i], sequences, keys);
    return t;
  }

  double all_reduce(double bytes) const {
    if (d_.plan.tp == 1) return 0;
    const double library = library_.all_reduce(tensor_, bytes);
    if (tensor_.domains() > 1 || reduce_.empty()) return library;
    return std::min(library, time_of(reduce_, kernels::collective_terms(device_, bytes, tp_, 2)));
  }

 private:
  double time_of(const Laws& laws, const kernels::Terms& terms) const {
    return fastest(laws, terms, d_.engine->physics);
  }
  double product(double m, double n, double k, const Laws& laws, Format format) const {
    if (m <= 0 || n <= 0 || k <= 0) return 0;
    return time_of(laws, kernels::product_terms(device_, m, n, k, format));
  }
  double product(double m, double n, double k) const { return product(m, n, k, dense_, d_.formats.dense); }

  /// Norms, residuals and casts pass over the hidden state about eight times.
  double small(double n) const { return n * d_.model->hidden * kActivationBytes * 8 / device_.bandwidth; }

  double mixer_products(const ServedLayers& g, double n) const {
    const double h = d_.model->hidden;
    if (g.mixer == Mixer::kLatent || g.mixer == Mixer::kSparseLatent)
      return 0;  // the module holds its products
    if (g.mixer == Mixer::kState) return product(n, g.state_in / tp_, h) + product(n, h, g.state_out / tp_);
    const double heads = std::max(g.heads / tp_, 1.0);
    const double kv = std::max(g.kv_heads / tp_, 1.0);
    return product(n, (heads + kv) * g.head_dim + kv * g.value_dim + g.gate_width / tp_, h) +
           product(n, h, heads * g.value_dim);
  }

  double gated(double n, double inner) const {
    const double h = d_.model->hidden;
    return product(n, 2 * inner, h) + product(n, h, inner);
  }

  /// Dense layers; of a mixture the router and the shared experts.
  double dense_products(const ServedLayers& g, double n) const {
    const double h = d_.model->hidden;
    if (g.experts > 0)
      return product(n, g.experts, h, wide_, Format::kBf16) +
             (g.shared_ffn > 0 ? gated(n, g.shared_ffn / tp_) : 0);
    const double inner = g.ffn / tp_;
    return product(n, g.ffn_matrices > 2 ? 2 * inner : inner, h) + product(n, h, inner);
  }

  /// Routed experts on the busiest device; every device has the tokens of all attention groups.
  double experts(const ServedLayers& g, double n, double skew) const {
    const double group = tp_ * dp_;
    const double tokens = std::max(n * dp_, 1.0);
    const auto load = kernels::busiest_device(tokens, g.topk, g.experts, ep_, skew);
    // Exchanged tokens are those that the device's experts are to compute; otherwise every device has all of them.
    const double held = dp_ > 1 ? std::min(tokens, std::max(load.rows, 1.0)) : tokens;
    return time_of(moe_, kernels::expert_terms(device_,
                                               {.tokens = held,
                                                .hidden = d_.model->hidden,
                                                .inner = g.expert_ffn / (group / ep_),
                                                .experts = g.experts},
                                               load, d_.formats.experts)) /
           d_.borrowed.experts;
  }

  /// Tokens of data-parallel attention to their experts and back; else every device has all tokens and they sum up.
  double exchange(const ServedLayers& g, double n) const {
    const double bytes = n * d_.model->hidden * kActivationBytes;
    const double ranks = tp_ * dp_;
    if (experts_.domains() == 1 && !dispatch_.empty() && n <= 1024)
      return time_of(dispatch_, kernels::dispatch_terms(device_, {.tokens = std::max(n / tp_, 1.0),
                                                                  .hidden = d_.model->hidden,
                                                                  .topk = g.topk,
                                                                  .experts = g.experts}));
    const double combined = bytes / tp_ * std::min(g.topk, ranks);  // dispatch moves 8-bit copies
    return one_way(combined / 2, ranks) + one_way(combined, ranks);
  }

  /// The library's all-to-all, or copies straight to the other domains.
  double one_way(double bytes, double ranks) const {
    const double library = library_.all_to_all(experts_, bytes, 1);
    if (experts_.domains() == 1 || !(d_.fabric->scaleout.bandwidth > 0)) return library;
    const double outside = bytes * (1 - real(d_.fabric->domain_size) / ranks);
    return std::min(library, d_.fabric->scaleout.latency_s + outside / (d_.engine->physics.direct_exchange *
                                                                        d_.fabric->scaleout.bandwidth));
  }

  Laws cache_laws(const ServedLayers& g) const;
  double cache_attention(const ServedLayers& g, const Laws& laws, double sequences, double keys) const;

  const Deployment& d_;
  const kernels::Device& device_;
  network::ClosedForm closed_;
  const network::CollectiveModel& library_;
  double tp_, dp_, ep_;
  network::GroupPlacement tensor_;
  network::GroupPlacement experts_;
  Laws dense_, wide_, moe_, reduce_, dispatch_;
  Laws convolution_;
  std::vector<Laws> cache_laws_;  // per group of layers
};

kernels::LatentModule latent_module(const Deployment& d, const ServedLayers& g, bool decode) {
  kernels::LatentModule m;
  m.kind = g.mixer == Mixer::kSparseLatent ? kernels::LatentKind::kSparse : kernels::LatentKind::kLatent;
  m.indexed = g.mixer == Mixer::kSparseLatent;
  m.decode = decode;
  m.heads = std::max(g.heads / real(d.plan.tp), 1.0);
  m.cache_bytes = d.formats.cache_bytes;
  m.products = d.formats.dense;
  return m;
}

kernels::LatentArchitecture architecture(const ServedModel& model, const ServedLayers& g) {
  kernels::LatentArchitecture a;
  a.hidden = model.hidden;
  a.query_rank = g.query_rank > 0 ? g.query_rank : model.hidden;
  a.heads = g.heads;
  a.chosen = g.chosen;
  return a;
}

Laws Builder::cache_laws(const ServedLayers& g) const {
  switch (g.mixer) {
    case Mixer::kGrouped: return choose("generation_attention", cache_words(d_.formats, false));
    case Mixer::kLatent: return choose_module("mla_generation_module");
    case Mixer::kSparseLatent: return choose_module("dsa_generation_module");
    case Mixer::kState: break;
  }
  return recurrence(false);
}

kernels::RecurrentCall recurrent_call(const ServedLayers& g, double tp) {
  kernels::RecurrentCall c;
  c.heads = std::max(g.state_heads / tp, 1.0);
  c.token_bytes = (2 * g.state_keys + 2 * g.state_heads * g.state_dim) / tp * 2;
  c.state_bytes = g.state_keys * g.state_dim / tp * 8;
  c.token_flops = 4 * g.state_keys * g.state_dim / tp + 256 * c.heads * g.state_dim;
  c.channels = g.channels / tp;
  return c;
}

/// The convolution before the recurrence, then the recurrence itself.
double recurrent_seconds(const kernels::Device& device, kernels::RecurrentCall c, const Laws& convolution,
                         const Laws& recurrence, const ServingPhysics& physics) {
  const double rule = fastest(recurrence, kernels::recurrent_terms(device, c), physics);
  c.convolution = true;
  return rule + fastest(convolution, kernels::recurrent_terms(device, c), physics);
}

double Builder::cache_attention(const ServedLayers& g, const Laws& laws, double sequences,
                                double keys) const {
  if (g.mixer == Mixer::kGrouped)
    return time_of(laws, kernels::cache_attention_terms(device_, {.batch = sequences,
                                                                  .keys = keys,
                                                                  .heads = std::max(g.heads / tp_, 1.0),
                                                                  .kv_heads = std::max(g.kv_heads / tp_, 1.0),
                                                                  .head_dim = g.head_dim,
                                                                  .window = g.window,
                                                                  .cache_bytes = d_.formats.cache_bytes}));
  if (g.mixer == Mixer::kState) {
    auto c = recurrent_call(g, tp_);
    c.batch = c.tokens = sequences;
    return recurrent_seconds(device_, c, convolution_, laws, d_.engine->physics);
  }
  auto m = latent_module(d_, g, true);
  m.batch = sequences;
  m.history = std::max(keys - 1, 0.0);
  return time_of(laws, kernels::latent_module_terms(device_, architecture(*d_.model, g), m));
}

}  // namespace

IterationModel::IterationModel(const Deployment& deployment) : deployment_(deployment) {
  const Deployment& d = deployment_;
  GW_CHECK(d.model != nullptr && d.accelerator != nullptr && d.laws != nullptr && d.fabric != nullptr &&
           d.engine != nullptr);
  device_ = kernels::make_device(*d.accelerator);
  for (double* rate : {&device_.peak16, &device_.peak8, &device_.peak4}) *rate *= d.borrowed.compute;
  device_.bandwidth *= d.borrowed.memory;
  if (d.borrowed.sms > 0) device_.sms = d.borrowed.sms;
  const Builder builder(d, device_);
  double tokens = 1;
  for (std::size_t i = 0; i < kTokenPoints; ++i, tokens *= 2) {
    const auto work = builder.token_work(tokens);
    for (std::size_t part = 0; part < work.size(); ++part)
      token_table_[part][i] = std::log(std::max(work[part], kNothing));
  }
  double batch = 1;
  for (auto& row : cache_table_) {
    double keys = kSmallestKeys;
    for (double& t : row) {
      t = std::log(std::max(builder.cache_work(batch, keys), kNothing));
      keys *= kKeyRatio;
    }
    batch *= 2;
  }
  for (const auto& g : d.model->groups) {
    switch (g.mixer) {
      case Mixer::kGrouped:
        prompt_laws_.push_back(builder.choose("context_attention", cache_words(d.formats, true)));
        break;
      case Mixer::kLatent: prompt_laws_.push_back(builder.choose_module("mla_context_module")); break;
      case Mixer::kSparseLatent: prompt_laws_.push_back(builder.choose_module("dsa_context_module")); break;
      case Mixer::kState: prompt_laws_.push_back(builder.recurrence(true)); break;
    }
    convolution_laws_.push_back(g.mixer == Mixer::kState ? builder.convolution(true) : Laws{});
  }
  hides_exchange_ =
      d.engine->overlaps_exchange && d.plan.dp > 1 && d.plan.tp * d.plan.dp > d.fabric->domain_size;
  for (const auto& g : d.model->groups) {
    sparse_layers_ += g.mixer == Mixer::kSparseLatent ? g.count : 0;
    state_layers_ += g.mixer == Mixer::kState ? g.count : 0;
    module_layers_ += g.mixer == Mixer::kGrouped ? 0 : g.count;
  }
  if (d.speculated > 0)
    gain_ = d.acceptance < 1 ? (1 - std::pow(d.acceptance, d.speculated + 1)) / (1 - d.acceptance)
                             : d.speculated + 1;

  double square = 0;
  for (double k = 0; k <= d.speculated; ++k)  // k drafted tokens are kept
    square += (k + 1) * (k + 1) * std::pow(d.acceptance, k) * (k < d.speculated ? 1 - d.acceptance : 1);
  if (d.speculated > 0) gain_variance_ = std::max(square - gain_ * gain_, 0.0);

  const double group = real(d.plan.tp * d.plan.dp);
  const ServedModel& m = *d.model;
  const double stage = real(d.plan.pp);
  double copies_of_experts = 1;  // devices that do not divide the experts hold copies of some
  for (const auto& g : m.groups)
    if (g.experts > 0)
      copies_of_experts =
          std::max(copies_of_experts, std::ceil(g.experts / real(d.plan.ep)) * real(d.plan.ep) / g.experts);
  weight_bytes_ = (m.attention_weights * kernels::weight_bytes(d.formats.dense) / real(d.plan.tp) +
                   m.expert_weights * copies_of_experts * kernels::weight_bytes(d.formats.experts) / group +
                   m.embedding_weights * 2 / real(d.plan.tp)) /
                  stage;
  constexpr double kLongContext = 4096;
  // Key-value heads fewer than tensor-parallel ranks are copied; a latent cache is whole on every rank.
  double copies = 1;
  for (const auto& g : m.groups)
    copies = std::max(copies, g.mixer == Mixer::kGrouped ? real(d.plan.tp) / std::max(g.kv_heads, 1.0)
                              : g.mixer == Mixer::kState ? 1.0
                                                         : real(d.plan.tp));
  cache_bytes_ =
      serving::cache_bytes(m, d.formats, kLongContext) / kLongContext / real(d.plan.tp) * copies / stage;
  const double room =
      d.accelerator->memory_bytes.value * d.engine->memory_share - weight_bytes_ - d.engine->workspace_bytes;
  cache_tokens_ = room / cache_bytes_ * real(d.plan.dp);
}

IterationModel::Work IterationModel::token_work(double tokens) const {
  static const double log_two = std::log(2.0);
  const auto at = place(tokens, 1, log_two, kTokenPoints);
  const auto part = [&](std::size_t i) { return std::exp(between(token_table_[i], at)); };
  const Engine& e = *deployment_.engine;
  const double skewed = deployment_.plan.ep < e.balanced_devices ? e.expert_skew : 0;
  const bool mixture = deployment_.model->expert_weights > 0;
  const double experts = mixture ? (1 - skewed) * part(1) + skewed * part(2) : 0;
  return {part(0), experts, part(3), part(4)};
}

double IterationModel::head_work(double sequences) const {
  static const double log_two = std::log(2.0);
  return std::exp(between(token_table_[5], place(std::max(sequences, 1.0), 1, log_two, kTokenPoints)));
}

double IterationModel::cache_work(double sequences, double keys) const {
  static const double log_two = std::log(2.0);
  static const double log_ratio = std::log(kKeyRatio);
  const auto batch = place(std::max(sequences, 1.0), 1, log_two, kBatchPoints);
  const auto at = place(keys, kSmallestKeys, log_ratio, kKeyPoints);
  const double low = between(cache_table_[batch.index], at);
  const double high = between(cache_table_[batch.index + 1], at);
  return std::exp(low + batch.share * (high - low));
}

double IterationModel::prompt_attention(const PromptWork& p) const {
  const Deployment& d = deployment_;
  const double tp = real(d.plan.tp);
  double t = 0;
  for (std::size_t i = 0; i < d.model->groups.size(); ++i) {
    const auto& g = d.model->groups[i];
    kernels::Terms terms;
    if (g.mixer == Mixer::kGrouped) {
      terms = kernels::prompt_attention_terms(device_, {.batch = p.sequences,
                                                        .length = p.length,
                                                        .heads = std::max(g.heads / tp, 1.0),
                                                        .kv_heads = std::max(g.kv_heads / tp, 1.0),
                                                        .qk_dim = g.head_dim,
                                                        .v_dim = g.value_dim,
                                                        .window = g.window,
                                                        .cache_bytes = d.formats.cache_bytes,
                                                        .history = p.history});
    } else if (g.mixer == Mixer::kState) {
      auto c = recurrent_call(g, tp);
      c.prompt = true;
      c.batch = p.sequences;
      c.length = p.length;
      c.tokens = p.tokens();
      t += g.count * recurrent_seconds(device_, c, convolution_laws_[i], prompt_laws_[i], d.engine->physics);
      continue;
    } else {
      auto m = latent_module(d, g, false);
      m.batch = p.sequences;
      m.length = p.length;
      m.history = p.history;
      terms = kernels::latent_module_terms(device_, architecture(*d.model, g), m);
    }
    const double own = g.mixer == Mixer::kSparseLatent ? d.engine->sparse_time : 1;
    t += g.count * own * fastest(prompt_laws_[i], terms, d.engine->physics);
  }
  return t;
}

double IterationModel::seconds(double sequences, double keys, const PromptWork& prompt) const {
  const Engine& e = *deployment_.engine;
  const double groups = real(deployment_.plan.dp);
  const double drafted = 1 + deployment_.speculated;
  const double decoding = std::max(std::ceil(sequences / groups), sequences > 0 ? 1.0 : 0.0);
  double tokens = decoding * drafted;
  double attention = decoding > 0 ? cache_work(decoding, keys) : 0;
  double prompts = 1;
  if (prompt.sequences > 0) {
    PromptWork mine = prompt;  // of one group; a group without a prompt waits for the others
    mine.sequences = std::max(prompt.sequences / groups, 1.0);
    tokens += mine.tokens();
    prompts = e.stated_prompt_time.value_or(e.prompt_time);
    attention += prompt_attention(mine) * prompts;
  }
  const Work work = token_work(std::max(tokens, 1.0));
  const double head =
      head_work(decoding * drafted + (prompt.sequences > 0 ? std::max(prompt.sequences / groups, 1.0) : 0));
  const double expert_time = prompt.sequences > 0 ? e.prompt_expert_time : e.expert_time;
  const double computed =
      e.kernel_time * (attention + work.products * prompts + head) + expert_time * work.experts;
  const double exchanged = e.reduce_time * work.sums + e.exchange_time * work.exchange;
  const double kernels = hides_exchange_ ? std::max(computed, exchanged) : computed + exchanged;
  const double layers = deployment_.model->layers;
  const double small =
      layers * e.layer_s + sparse_layers_ * e.sparse_layer_s + state_layers_ * e.state_layer_s;
  const double modules = module_layers_;
  const double launches = prompt.sequences > 0 || !e.graphs
                              ? (layers - modules) * e.stated_prompt_layer_s.value_or(e.prompt_layer_s) +
                                    modules * e.prompt_module_layer_s
                              : 0;
  return std::max(kernels + small, launches) + e.stated_iteration_s.value_or(e.iteration_s) +
         decoding * e.stated_sequence_s.value_or(e.sequence_s);  // each group has a host process
}

}  // namespace gigawatt::serving
