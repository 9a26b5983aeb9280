#pragma once
/// One decoder layer, the embedding and the head as lists of operators with shapes, FLOPs and bytes on one rank.
///
/// Three kinds of operator:
///  - matrix products C[m,n] = A[m,k] W[k,n]: forward 2mnk FLOPs; backward a data gradient (m,k,n) and, for a
///    trained weight, a weight gradient (k,n,m), 2mnk each; grouped products share n and k over `groups` experts;
///  - the attention core: 2 (d_qk + d_v) FLOPs per query-key pair and head forward, 2.5 times that backward
///    (five products instead of two: scores are recomputed);
///  - memory-bound kernels: bytes moved when fully fused, 2-byte elements, and how many kernels that is.
///
/// Sharding of a micro-batch of b sequences of s tokens: tokens T = b s / cp; tensor parallelism divides heads
/// and FFN columns; with sequence parallelism norms and residuals work on T/tp tokens; the router routes T/tp
/// tokens per rank to top-k experts, a rank holds E/ep experts, each cut etp-fold, so that it multiplies
/// k T/tp etp rows. Key/value heads are replicated when fewer than tp.
///
/// Layers that carry a state (a heads, state of d_k x d_v a head) are worked off in chunks of c tokens, as all their
/// published kernels do: within a chunk scores c d_k and outputs c d_v per token and head as in attention, between
/// chunks 2 d_k d_v to update and 2 d_k d_v to read the state, in units of two FLOPs; the delta rule solves a triangular
/// system in each chunk besides (another c d_k + c d_v). Mamba's scan and gated recurrences work element by element:
/// their traffic counts, 9 FLOPs per state and token do not. An indexer scores all causal pairs, 2 a_i d_i FLOPs each;
/// the core then works on `topk` keys a query, which its window says. Keys that stand for r tokens each add 1/r of the
/// pairs beyond the window.
/// Sources: Korthikanti et al. 2022 (arXiv 2205.05198), Narayanan et al. 2021 (2104.04473), DeepSeek-V3
/// (2412.19437), parallel folding (2504.14960).

#include <array>
#include <cstdint>
#include <span>

#include "gigawatt/catalog/model.h"
#include "gigawatt/workload/parameters.h"

namespace gigawatt::workload {

struct Sharding {
  std::int64_t seq_len = 0;
  std::int64_t micro_batch = 1;
  std::int64_t tp = 1;
  std::int64_t cp = 1;
  std::int64_t ep = 1;
  std::int64_t etp = 1;
  bool sequence_parallel = false;
  /// Queries, keys and values are one product, gate and up projection another; otherwise each has its own, and their
  /// input gradients are added up.
  bool fused_projections = true;
};

/// Where an operator belongs, for recompute of named modules and for reports.
enum class Module : std::uint8_t {
  kNorm,
  kAttentionProjection,
  kMlaDown,
  kMlaUp,
  kAttentionCore,
  kDenseFfn,
  kDenseActivation,
  kRouter,
  kExperts,
  kExpertActivation,
  kPermute,
  kSharedExpert,
  kResidual,
  kStateProjection,  ///< of recurrent and convolutional mixers
  kStateCore,
  kStateConvolution,
  kIndexer,
  kSide,  ///< further matrices of a layer
  kEmbedding,
  kHead,
  kLoss,
};

struct MatrixProduct {
  const char* name = "";
  Module module = Module::kAttentionProjection;
  double m = 0;
  double n = 0;
  double k = 0;
  std::int64_t groups = 1;    ///< experts; `m` is then the total of rows over all groups
  bool low_precision = true;  ///< runs in FP8/FP4 when the plan asks for it (router and head do not)

  double flops() const { return 2.0 * m * n * k; }
};

struct AttentionCore {
  std::int64_t batch = 0;
  std::int64_t heads = 0;  ///< on this rank
  std::int64_t kv_heads = 0;
  std::int64_t q_len = 0;   ///< queries on this rank
  std::int64_t kv_len = 0;  ///< keys that exist for them (the whole sequence under context parallelism)
  std::int64_t qk_dim = 0;
  std::int64_t v_dim = 0;
  std::int64_t window = 0;  ///< 0: full
  bool chunked = false;     ///< the window is a chunk of the sequence that attends within itself
  double causal_pairs = 0;  ///< query-key pairs per head and sequence that the mask leaves (balanced over cp)
  double full_pairs = 0;    ///< pairs without causal mask (windows still count)

  double forward_flops_causal() const {
    return 2.0 * static_cast<double>(batch * heads) * causal_pairs * static_cast<double>(qk_dim + v_dim);
  }
  double forward_flops_full() const {
    return 2.0 * static_cast<double>(batch * heads) * full_pairs * static_cast<double>(qk_dim + v_dim);
  }
};

struct MemoryKernel {
  const char* name = "";
  Module module = Module::kNorm;
  double forward_bytes = 0;
  double backward_bytes = 0;
  double kernels_forward = 1;
  double kernels_backward = 1;
};

/// Operators of one layer (or of embedding and head) in forward order; fixed capacity, no allocation.
struct OperatorList {
  std::array<MatrixProduct, 28> product_storage{};
  std::array<MemoryKernel, 28> memory_storage{};
  std::int32_t product_count = 0;
  std::int32_t memory_count = 0;
  bool has_attention = false;
  AttentionCore attention;

  std::span<const MatrixProduct> products() const {
    return {product_storage.data(), static_cast<std::size_t>(product_count)};
  }
  std::span<const MemoryKernel> memory() const {
    return {memory_storage.data(), static_cast<std::size_t>(memory_count)};
  }
};

OperatorList layer_operators(const catalog::Model& model, LayerKind kind, const Sharding& sharding);
OperatorList embedding_operators(const catalog::Model& model, const Sharding& sharding);
/// Final norm, vocabulary-parallel head and cross-entropy (`fused_loss`: one pass over the logits and back).
OperatorList head_operators(const catalog::Model& model, const Sharding& sharding, bool fused_loss);

/// Query-key pairs per head of one sequence of s tokens: under the causal mask, and without it.
///   no window       s (s + 1) / 2            s^2
///   sliding by w    w s - w (w - 1) / 2      w s
///   chunks of w     sum over chunks of c (c + 1) / 2, of c^2; the last one holds what remains
double causal_pairs(double seq_len, double window, bool chunked = false);
double full_pairs(double seq_len, double window, bool chunked = false);

}  // namespace gigawatt::workload
