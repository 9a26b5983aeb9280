#pragma once
/// Terms of the kernels of which a served model consists: dense products, attention over prompt and cache, experts.
/// `law.h` turns terms into seconds.
///
/// Every function lists what its kernel does, each as the seconds it would take alone at the data sheet's rates:
///  - `launch`      one microsecond: launch and drain, whatever the shape;
///  - `weights`     bytes of weights over memory bandwidth; `io`, `cache` the same for activations and key-value cache;
///  - `flops`       FLOPs over peak;
///  - `tiles`       FLOPs of whole tiles in whole waves over the SMs (tile and wave quantization);
///  - `critical`    the longest thread block on one SM (a long sequence that is not split);
///  - counts (tokens, heads, experts), each a nanosecond: index arithmetic, routing, scheduling.
///
/// Assumptions: operands come from device memory; one kernel at a time. Sizes are per device, after sharding.

#include <cstdint>

#include "gigawatt/kernels/device.h"
#include "gigawatt/kernels/expert_load.h"
#include "gigawatt/kernels/law.h"

namespace gigawatt::kernels {

/// C[m,n] = A[m,k] W[k,n].
Terms product_terms(const Device& device, double m, double n, double k, Format format);

/// Prompt attention: `batch` sequences of `length` tokens, causal.
struct PromptAttention {
  double batch = 1;
  double length = 0;
  double heads = 0;
  double kv_heads = 0;
  double qk_dim = 0;
  double v_dim = 0;
  double window = 0;       ///< keys that a query sees at most; 0: all before it
  double cache_bytes = 2;  ///< of an element written to the cache
  double latent_dim = 0;   ///< latent attention: elements cached per token instead of keys and values
  double history = 0;      ///< tokens in the cache before these, which every query sees
};
Terms prompt_attention_terms(const Device& device, const PromptAttention& shape);

/// Attention of encoders: every token sees every other.
Terms bidirectional_attention_terms(const Device& device, double batch, double length, double heads,
                                    double head_dim);

/// One new token of each of `batch` sequences over a cache of `keys` tokens.
struct CacheAttention {
  double batch = 1;
  double keys = 0;
  double heads = 0;
  double kv_heads = 0;
  double head_dim = 0;
  double window = 0;
  double cache_bytes = 2;
};
Terms cache_attention_terms(const Device& device, const CacheAttention& shape);

/// The same with a latent cache (absorbed): all heads share `latent_dim` elements a token, of which the first part is
/// the value as well.
Terms latent_attention_terms(const Device& device, double batch, double keys, double heads,
                             double cache_bytes);

/// Gated experts of one device: both products, activation, permutation and reduction.
struct ExpertShape {
  double tokens = 0;  ///< that the group of devices routes
  double hidden = 0;
  double inner = 0;    ///< intermediate size of one expert on this device
  double experts = 0;  ///< of the layer
};
Terms expert_terms(const Device& device, const ExpertShape& shape, const ExpertLoad& load, Format format);

/// Batched product of latent attention, `heads` products of [tokens, k] x [k, 640 - k].
Terms head_product_terms(const Device& device, double tokens, double heads, double k, Format format);

/// Quantization of m x k elements.
Terms quantize_terms(const Device& device, double m, double k);

/// Dense gated MLP as one module.
Terms mlp_terms(const Device& device, double tokens, double hidden, double inner);

/// Mixing of residual streams (hyper-connections), four streams.
Terms hyper_connection_terms(const Device& device, double tokens, double hidden);

}  // namespace gigawatt::kernels
