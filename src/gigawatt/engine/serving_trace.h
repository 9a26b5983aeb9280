#pragma once
/// Traces of requests to language models, as published: when they come, how long prompt and answer are.
///
///   Azure 2023, 2024   CSV: TIMESTAMP ("2023-11-16 18:15:46.68"), ContextTokens, GeneratedTokens
///   BurstGPT           CSV: Timestamp (seconds), "Request tokens", "Response tokens"; answers of 0 tokens have failed
///   Mooncake           JSON lines: timestamp (milliseconds), input_length, output_length, hash_ids (blocks of 512 tokens;
///                      what was seen before at the head of a prompt is taken as cached: a cache that forgets nothing)
///   ShareGPT           JSON: conversations of turns; no times (requests come in one rush), four characters a token
///   ours               CSV: arrival_s, input, output
///
/// Times are seconds after the first request. A time before its predecessor, a negative or missing length is an error
/// with its line.

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/serving/simulate.h"

namespace gigawatt::engine {

struct RequestTrace {
  std::string format;  ///< "azure", "burstgpt", "mooncake", "sharegpt", "gigawatt"
  std::vector<serving::ServingRequest> requests;
  std::size_t left_out = 0;   ///< requests without a prompt or without an answer
  bool has_prefixes = false;  ///< the requests say what they share

  /// Lengths, share of prompts that was cached, and rate of the requests; where they come at once, their number in flight.
  serving::ServingLoad mean_load() const;
};

tl::expected<RequestTrace, base::Diagnostics> parse_trace(std::string_view text, const std::string& name);

}  // namespace gigawatt::engine
