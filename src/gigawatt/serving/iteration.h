#pragma once
/// Time of one iteration of a serving engine: a batch of sequences that each get one token, prompts that are processed
/// beside them, or both.
///
/// A replica of `tp * dp * pp` accelerators runs attention on `dp` groups of `tp` (data-parallel attention), experts on
/// `ep` devices with each expert cut `tp dp / ep`-fold, and layers in `pp` stages. An iteration takes
///
///   t = kernel_time * (P(n) + A(B, c) + Q(prompts)) + expert_time * E(n) + exchange_time * X(n)
///       + layers * layer_s + s * sparse_layer_s + r * state_layer_s + iteration_s + B/dp * sequence_s
///
/// With prompts E takes prompt_expert_time, Q of sparse latent layers sparse_time.
/// P(n): products and head for the n tokens of one attention group; E: experts, between balanced and skewed loads
/// (`expert_skew`; balanced where experts are replicated); X: collectives and the exchange of tokens; A: attention of B sequences over c keys each; Q: attention
/// inside the prompts; s and r: layers of sparse latent attention and recurrent ones. Iterations with prompts take
/// `prompt_time` as long, and at least layers * prompt_layer_s. Exchanges between domains hide behind the kernels of the
/// other half of the batch where the engine works so. Kernels are the fitted laws of `kernels`; where the
/// engine has several for one operation, the fastest is taken. A latent-attention module holds its projections, so that
/// these belong to A and Q. Collectives of `tp` inside a domain are the faster of the engine's own and of the library's;
/// tokens travel to experts and back when attention is data-parallel.
///
/// P and A are tabulated once per deployment (17 and 12 x 9 points, piecewise linear in the logarithms), so that an
/// evaluation costs about 50 ns. Assumptions: balanced batches over data-parallel groups; pipeline stages work on
/// different batches, so that throughput counts one stage and latency all.
/// Units: seconds, tokens.

#include <array>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/system.h"
#include "gigawatt/kernels/law_book.h"
#include "gigawatt/network/collective_model.h"
#include "gigawatt/network/network_parameters.h"
#include "gigawatt/serving/engine.h"
#include "gigawatt/serving/kernel_choice.h"
#include "gigawatt/serving/served_model.h"

namespace gigawatt::serving {

struct ServingPlan {
  std::int64_t tp = 1;
  std::int64_t pp = 1;
  std::int64_t ep = 1;
  std::int64_t dp = 1;  ///< groups of data-parallel attention that share the experts

  std::int64_t accelerators() const { return tp * pp * dp; }
  bool operator==(const ServingPlan&) const = default;
};

/// Everything an iteration depends on. What it points at outlives it.
struct Deployment {
  const ServedModel* model = nullptr;
  const catalog::Accelerator* accelerator = nullptr;
  const kernels::ChipLaws* laws = nullptr;
  kernels::Borrower borrowed;  ///< how the accelerator compares with the chip of the laws
  const network::Fabric* fabric = nullptr;
  const network::CollectiveModel* collectives = nullptr;  ///< null: closed forms on the fabric
  const Engine* engine = nullptr;
  Formats formats;
  ServingPlan plan;
  double speculated = 0;  ///< tokens drafted per iteration and sequence (multi-token prediction)
  double acceptance = 0;  ///< probability that the next drafted token is kept
};

/// Prompt tokens of one iteration: `sequences` prompts of `length` new tokens each after `history` cached ones.
struct PromptWork {
  double sequences = 0;
  double length = 0;
  double history = 0;
  double tokens() const { return sequences * length; }
};

class IterationModel {
 public:
  /// GW_CHECKs that the deployment is complete.
  explicit IterationModel(const Deployment& deployment);

  /// `sequences` decoding over the whole replica at `keys` mean context, with `prompt` beside them.
  double seconds(double sequences, double keys, const PromptWork& prompt) const;
  double decode_seconds(double sequences, double keys) const { return seconds(sequences, keys, {}); }
  /// Prompts alone.
  double prompt_seconds(const PromptWork& prompt) const { return seconds(0, 0, prompt); }
  /// Tokens that a sequence gains per iteration: 1, or (1 - a^(d+1)) / (1 - a) with speculation.
  double tokens_per_iteration() const { return gain_; }

  /// Variance of that number where drafted tokens are kept independently.
  double gain_variance() const { return gain_variance_; }

  double weight_bytes_per_accelerator() const { return weight_bytes_; }
  double cache_bytes_per_token() const { return cache_bytes_; }  ///< on one accelerator, long contexts
  /// Cache tokens that fit beside the weights over the whole replica; negative or 0: the weights do not fit.
  double cache_tokens() const { return cache_tokens_; }
  const Deployment& deployment() const { return deployment_; }

 private:
  /// Seconds of a benchmark's kernels.
  struct Work {
    double products = 0;
    double experts = 0;
    double sums = 0;
    double exchange = 0;
  };
  static constexpr std::size_t kTokenPoints = 17;
  static constexpr std::size_t kBatchPoints = 12;
  static constexpr std::size_t kKeyPoints = 9;

  Work token_work(double tokens) const;
  double head_work(double sequences) const;
  double cache_work(double sequences, double keys) const;
  double prompt_attention(const PromptWork& prompt) const;

  Deployment deployment_;
  kernels::Device device_;
  /// Logarithms of products, experts with balanced and with skewed loads, sums over devices, exchange,
  /// and of the head.
  std::array<std::array<double, kTokenPoints>, 6> token_table_{};
  std::array<std::array<double, kKeyPoints>, kBatchPoints> cache_table_{};
  double gain_ = 1;
  double gain_variance_ = 0;
  bool hides_exchange_ = false;
  double sparse_layers_ = 0;
  double state_layers_ = 0;
  double module_layers_ = 0;  ///< whose mixer is a module of several kernels
  double weight_bytes_ = 0;
  double cache_bytes_ = 0;
  double cache_tokens_ = 0;
  std::vector<LawChoice> prompt_laws_;       ///< per group of layers
  std::vector<LawChoice> convolution_laws_;  ///< of recurrent groups
};

}  // namespace gigawatt::serving
