#pragma once
/// Terms of the collectives of a serving engine inside a scale-up domain: all-reduce and its kin, and the dispatch and
/// combination of tokens for experts.

#include "gigawatt/kernels/device.h"
#include "gigawatt/kernels/law.h"

namespace gigawatt::kernels {

/// `bytes` of one rank's buffer among `ranks`; `passes` 2 for an all-reduce (reduce and gather), 1 otherwise.
Terms collective_terms(const Device& device, double bytes, double ranks, double passes);

/// Ranks, or domains of ranks, that a token reaches when its `topk` experts are spread at random over them.
double reached(double topk, double ranks);

/// Dispatch plus combination of `tokens` tokens of one rank to `topk` experts on eight ranks (DeepEP). `blocks`: SMs
/// given to the exchange.
struct Dispatch {
  double tokens = 0;
  double hidden = 0;
  double topk = 0;
  double experts = 0;
  double blocks = 24;
};
Terms dispatch_terms(const Device& device, const Dispatch& call);

/// One leg of an all-to-all over `ranks` ranks with `element_bytes` an element (TensorRT-LLM on NVLink).
Terms expert_exchange_terms(const Device& device, double tokens, double hidden, double topk, double ranks,
                            double element_bytes);

}  // namespace gigawatt::kernels
