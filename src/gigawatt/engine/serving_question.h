#pragma once
/// `gigawatt serving`: a model on so many accelerators of a system that answers requests; one plan, or the best.
///
/// Without `tp` the plan that gives most tokens per second and accelerator within the limits is taken. Throughput and
/// medians are the closed form's (serving/closed_form.h); 99th percentiles come from a simulation of one replica
/// (serving/simulate.h), as does everything for a trace. `search` ranks plans instead and gives the Pareto front.
///
/// With a site, a million output tokens have E = 1e6 J/token of IT energy: g CO2 = E PUE carbon intensity (location-based)
/// and litres of water = E WUE, with the site's yearly means.

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "gigawatt/config/documents.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/engine/inputs.h"
#include "gigawatt/engine/step_subject.h"
#include "gigawatt/serving/pool.h"

namespace gigawatt::engine {

struct ServingQuery {
  config::NameOrText model, system;
  std::int64_t gpus = 8;
  double isl = 1024;
  double osl = 1024;
  std::int64_t tp = 0;  ///< 0: the best
  std::int64_t pp = 0;  ///< 0: the best; 1 where tp is given
  std::int64_t ep =
      0;  ///< 0: the best; where tp is given as the rest is cut, with dp above 1 on all of a replica
  std::int64_t dp = 0;    ///< 0: the best; 1 where tp is given
  std::string engine;     ///< "": the usual one of the chip's maker
  std::string precision;  ///< "": fp8 where the chip has it, else bf16
  std::string kv_cache;   ///< "": as the engine does for this precision
  double concurrency = 0;
  double rate = 0;
  double ttft_ms = 0;
  double tpot_ms = 0;
  double ttft_p99_ms = 0;
  double tpot_p99_ms = 0;
  std::string site;  ///< whose overhead, carbon and water a token has; "": none
  double cached = 0;
  double spread = 0.5;  ///< requests of one length would keep together
  std::int64_t mtp = 0;
  double acceptance = -1;  ///< -1: the engine's
  std::string disaggregate;
  config::InputText trace;  ///< requests in place of rate or concurrency (serving_trace.h)
  bool search = false;
  std::int64_t top = 10;
  std::int64_t requests = 2000;  ///< simulated; 0: none
};

void fields(config::FieldVisitor& v, ServingQuery& q);

/// Why there is no answer: the question was wrong, or the answer is "no".
struct ServingProblem {
  base::Diagnostics wrong;  ///< empty: a "no"
  std::string no;
  nlohmann::ordered_json nearest;  ///< of a search that found nothing within the limits; null otherwise
};

struct ServingAnswer {
  nlohmann::ordered_json json;
  std::string text;
};

tl::expected<ServingAnswer, ServingProblem> answer_serving(const ServingQuery& query,
                                                           const Knowledge& knowledge, std::uint64_t seed);

}  // namespace gigawatt::engine
