#pragma once
/// Tokens per second of one replica of a model that serves requests with continuous batching: a roofline over the
/// model's own FLOPs and bytes.
///
/// A request has `input` prompt tokens and `output` generated ones. Its prompt is computed once (prefill), then
/// every step gives one token to each of the B sequences in the batch (decode):
///
///     prefill   t_p = input (F + A(input)) / (g peak e_c)                           one request
///     decode    t_d = max(B (F + A'(c)) / (g peak e_c), (W(B) + B K(c)) / (g bandwidth e_m)) + collectives + t_0
///     rate      B output / (B t_p + output t_d)                                     tokens per second of the replica
///
/// F: FLOPs of a token in matrix products; A, A': in attention, of the prompt (causal mean) and at the mean context
/// c = input + output/2. W(B): weights read per step; of E experts with k per token a batch touches
/// E (1 - (1 - k/E)^B). K(c): key-value cache of one sequence. Collectives: two all-reduces a layer over the replica's
/// accelerators (tensor parallelism). B is the largest batch whose caches fit beside the weights and whose step meets
/// the latency goal.
///
/// e_c, e_m, t_0 are fitted to published throughput (TensorRT-LLM 1.0 performance overview, Llama 3 and 4 and Qwen3 on
/// H100, H200, B200): the median row is met within 30%. First version: prefill and decode share the accelerators, no
/// speculative decoding, no prefix cache.

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/catalog/accelerator.h"
#include "gigawatt/catalog/model.h"
#include "gigawatt/catalog/precision.h"
#include "gigawatt/network/collectives.h"

namespace gigawatt::serving {

struct ReplicaRequest {
  const catalog::Model* model = nullptr;
  const catalog::Accelerator* accelerator = nullptr;
  const network::Fabric* fabric = nullptr;
  catalog::Precision precision = catalog::Precision::kFp8;  ///< of weights and products
  double kv_bytes_per_element = 1;                          ///< of the key-value cache
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t accelerators = 0;  ///< 0: the smallest power of two whose memory leaves room for caches
  double seconds_per_token = 0;   ///< latency goal of a decode step; 0: none
};

struct Replica {
  std::int64_t accelerators = 0;
  std::int64_t batch = 0;
  double prefill_s = 0;  ///< one request's prompt, alone
  double decode_step_s = 0;
  double tokens_per_s = 0;  ///< output tokens of the replica
  double tokens_per_s_per_accelerator = 0;
  double prefill_share = 0;  ///< of the time; compute-bound work
  double weight_bytes = 0;
  double cache_bytes = 0;
};

enum class ServingErrorCode : std::uint8_t { kBadArgument, kPrecisionUnsupported, kDoesNotFit, kTooSlow };
struct ServingError {
  ServingErrorCode code = ServingErrorCode::kBadArgument;
  std::string message;
};

tl::expected<Replica, ServingError> evaluate(const ReplicaRequest& request);

/// Key-value cache of one sequence of `context` tokens, in elements (windows count).
double cache_elements(const catalog::Model& model, double context);

}  // namespace gigawatt::serving
