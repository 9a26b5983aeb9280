#pragma once
/// A question about plans as people ask it (module search answers it): one field table for every face.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/config/fields.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/search/search.h"

namespace gigawatt::engine {

/// Values that a part of the plan may take; empty: every legal one.
struct AllowedParts {
  std::vector<std::int64_t> tp, cp, pp, dp, vpp, ep, etp, micro_batch, zero, shard_group;
  std::vector<std::string> recompute, schedule;
};

void fields(config::FieldVisitor& v, AllowedParts& a);

struct SearchQuery {
  config::NameOrText model, system;
  std::string software;
  std::optional<config::IntegerRange> gpus;        ///< a range: the best at its least and at each doubling
  std::optional<config::IntegerRange> gpus_range;  ///< the same, besides the answer for `gpus`
  std::int64_t seq = 0, global_batch = 0;
  std::vector<std::string> precision;  ///< empty: bf16
  std::size_t objective = 0;           ///< search::Objective
  std::int64_t top = 5;
  std::size_t robust = 0;                          ///< of kRobustNames
  double max_memory_gb = 0, headroom_percent = 0;  ///< 0: the accelerator's own memory
  std::size_t offload = 0;                         ///< of kOffloadNames
  search::Choice cuda_graphs = search::Choice::kOff;
  std::int64_t max_pipeline = 64;
  bool experts_in_scaleup = false, even_splits = false, partial_recompute = false,
       no_sequence_parallel = false, exhaustive = false, weak = false, explain = false;
  AllowedParts fixed;
};

inline constexpr std::string_view kOffloadNames[] = {"any", "none", "optimizer", "activations", "both"};

inline constexpr std::string_view kRobustNames[] = {"on", "off"};

void fields(config::FieldVisitor& v, SearchQuery& q);

/// The question in the words of module search.
struct SearchAsked {
  step::StepRequest request;  ///< with the subject's pointers; its size is the first one asked for
  search::SearchOptions options;
  std::optional<std::int64_t> gpus;  ///< one size, searched in full
  std::vector<std::int64_t> sizes;   ///< of a range
};

/// The subject must outlive the request. Every word that means nothing is reported.
tl::expected<SearchAsked, base::Diagnostics> search_request(const Knowledge& knowledge,
                                                            const SearchQuery& query,
                                                            const StepSubject& subject);

}  // namespace gigawatt::engine
