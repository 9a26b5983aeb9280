#pragma once
/// Throughput and latency of one replica in the steady state, in closed form.
///
/// Requests have `input` prompt tokens, a share `cached` of which a prefix cache answers, and `output` generated ones.
/// B sequences decode at once; each iteration takes d = t(B, c) at the mean context c = input + output/2. A prompt of
/// L = input (1 - cached) tokens is processed in n = ceil(L / K) iterations beside the decoding sequences and lengthens
/// them by x in all. A request decodes for N = (output - 1) / gain iterations, during which the other B - 1 slots turn
/// over once, so that with a closed loop of C requests
///
///     residence  R = N d + (B - 1) x              TPOT = R / (output - 1)
///     TTFT       request + d/2 + n d + x g + W    g prompts that share its iterations (those that came with it, those of other
///                                                  data-parallel groups), W waiting for others
///     rate       lambda = B / (TTFT' + R)         TTFT' without what the host adds
///     B          min(C, cache tokens / (input + output/2), sequences of the engine)
///
/// and C - B requests wait in the queue, (C - B) / lambda each (Little). Prompts are served one after the other: with
/// utilization u = lambda x the wait is that of a queue with constant service and a finite population,
/// W = x u / (2 (1 - u)) (B - 1)/B. With Poisson arrivals of rate r the same equations are solved for the B that r needs.
/// What is left of a start at which all come at once is the simulation's to say (simulate.h).
/// Without chunked prefill (`chunked_prefill` false) prompts run alone: x is their whole time.
///
/// A benchmark of N requests that all come at once is a run that fills and drains. Prompts and steps of a full batch take
/// N x and steps d(B) per B requests; a first batch whose prompts are computed within n_r iterations ends within as many:
/// with f = min(1, n_r / steps) such batches follow each other as waves (f = 0, the last one of N mod B requests) or
/// overlap (f = 1, and the batch falls linearly at the end):
///
///     T = N x + (1 - f) [floor(N/B) steps d(B) + steps d(N mod B)] + f [N/B steps d(B) + 2 steps (d_mean - d(B)/2)]
///
/// Engines that reserve a request's whole answer hold B = cache tokens / (input + output) at most.
///
/// The event simulation (simulate.h) is what these equations are held against: within 5% on throughput and median
/// latencies. Units: seconds, tokens.

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "gigawatt/serving/iteration.h"

namespace gigawatt::serving {

/// What is asked of one replica.
struct ServingLoad {
  double input = 0;
  double output = 0;
  double cached = 0;       ///< share of the prompt that a prefix cache holds, 0 to 1
  double concurrency = 0;  ///< closed loop of so many requests; 0: see `rate`
  double rate = 0;         ///< Poisson arrivals per second; with 0 and 0: as many as fit
  double active = 0;    ///< with 0 and 0: random arrivals at the rate at which so many are present on average
  double requests = 0;  ///< with 0 and 0: of a run that starts with all of them; 0: an endless one
  bool in_process = false;  ///< the client calls the engine directly: no network, no tokenizer
};

struct Percentiles {
  double p50 = 0;
  double p99 = 0;
  double mean = 0;
};

struct ServingEstimate {
  double batch = 0;  ///< sequences that decode at once
  double requests_per_s = 0;
  double output_tokens_per_s = 0;
  Percentiles ttft;         ///< time to first token, seconds
  Percentiles tpot;         ///< time per output token after the first, seconds
  double queue_s = 0;       ///< part of the median TTFT spent waiting for a slot
  double decode_s = 0;      ///< of an iteration without prompts
  double prompt_s = 0;      ///< what one prompt adds to the iterations that process it
  double prompt_share = 0;  ///< of the time
  double cache_tokens = 0;  ///< in use
};

enum class ServingRefusal : std::uint8_t { kWeightsDoNotFit, kCacheDoesNotFit, kWindow, kOverload };
struct ServingNo {
  ServingRefusal code = ServingRefusal::kOverload;
  std::string message;
};

/// The largest batch that memory and engine allow; 0: not even one request fits.
double largest_batch(const IterationModel& model, double input, double output);

/// From the client to the first iteration and back.
double request_seconds(const Engine& engine, const ServingLoad& load);

tl::expected<ServingEstimate, ServingNo> estimate(const IterationModel& model, const ServingLoad& load);

/// How a replica that only computes prompts works through them: it takes what waits, from one prompt a group of attention to
/// its token budget; in between its time is taken as linear.
struct PromptService {
  double few = 1;
  double many = 1;
  double shortest = 0;  ///< time of `few` together
  double longest = 0;   ///< of `many`
};
PromptService prompt_service(const IterationModel& model, const ServingLoad& load);

/// Prefill and decode on pools of their own: `prompts` and `decoders` replicas; the cache of a prompt moves between them
/// at `transfer_bandwidth` bytes per second and replica. At a rate prompts wait as in a queue of c servers with load rho,
/// Poisson arrivals and equal services s: s rho^(sqrt(2 (c + 1)) - 1) / (2 c (1 - rho)) (Sakasegawa 1977); a rate that
/// either pool cannot serve is refused.
tl::expected<ServingEstimate, ServingNo> estimate_split(const IterationModel& prompt_model, double prompts,
                                                        const IterationModel& decode_model, double decoders,
                                                        double transfer_bandwidth, const ServingLoad& load);

/// The same with the service of the prompt replicas at hand, for many loads.
tl::expected<ServingEstimate, ServingNo> estimate_split(const PromptService& service,
                                                        const IterationModel& prompt_model, double prompts,
                                                        const IterationModel& decode_model, double decoders,
                                                        double transfer_bandwidth, const ServingLoad& load);

}  // namespace gigawatt::serving
