#include "gigawatt/engine/plan_object.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gigawatt/base/nearest.h"

namespace gigawatt::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMost = std::int64_t{1} << 20;

/// Visits each part of a plan with its key: once to write it, once to read it.
template <typename Plan, typename Visitor>
void parts(Plan& p, Visitor&& v) {
  v("tp", p.tp);
  v("cp", p.cp);
  v("pp", p.pp);
  v("vpp", p.vpp);
  v("ep", p.ep);
  v("etp", p.etp);
  v("dp", p.dp);
  v("micro_batch", p.micro_batch);
  v("zero", p.zero_stage);
  v("shard_group", p.shard_group);
  v("recompute", p.recompute);
  v("schedule", p.schedule);
  v("precision", p.precision);
  v("sequence_parallel", p.sequence_parallel);
  v("flash_attention", p.flash_attention);
  v("offload_optimizer", p.offload_optimizer);
  v("offload_activations", p.offload_activations);
  v("cuda_graph", p.cuda_graph);
  v("first_layers", p.first_layers);
  v("last_layers", p.last_layers);
  v("layout", p.cut);
}

Json text_of(const step::RecomputePolicy& x) { return step::to_string(x); }
Json text_of(const step::PipelineCut& x) { return step::to_string(x); }
Json text_of(step::Schedule x) { return step::to_string(x); }
Json text_of(catalog::Precision x) { return catalog::to_string(x); }
template <typename T>
Json text_of(T x) {
  return x;
}

class Reading {
 public:
  Reading(const Json& object, base::Diagnostics& problems) : object_(object), problems_(problems) {}

  template <typename T>
  void operator()(const char* key, T& x) {
    known_.emplace_back(key);
    const auto found = object_.find(key);
    if (found != object_.end()) read(key, *found, x);
  }

  void unknown() const {
    for (const auto& [key, value] : object_.items())
      if (key != "text" && std::find(known_.begin(), known_.end(), key) == known_.end())
        problems_.push_back(base::error("unknown-key",
                                        fmt::format("plan: unknown key '{}'", key.substr(0, 60)),
                                        base::did_you_mean(key, known_)));
  }

 private:
  void wrong(const char* key, std::string message) {
    problems_.push_back(base::error("bad-plan", fmt::format("plan.{}: {}", key, std::move(message))));
  }

  void read(const char* key, const Json& value, std::int32_t& x) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 || value.get<std::int64_t>() > kMost)
      return wrong(key, fmt::format("{} is no whole number from 0 to {}", value.dump().substr(0, 40), kMost));
    x = value.get<std::int32_t>();
  }
  void read(const char* key, const Json& value, bool& x) {
    if (!value.is_boolean()) return wrong(key, "true or false is wanted");
    x = value.get<bool>();
  }
  template <typename Parse, typename T>
  void word(const char* key, const Json& value, T& x, const Parse& parse) {
    if (!value.is_string()) return wrong(key, "a text is wanted");
    const auto parsed = parse(value.get<std::string>());
    if (!parsed) return wrong(key, fmt::format("'{}' is unknown", value.get<std::string>().substr(0, 60)));
    x = *parsed;
  }
  void read(const char* key, const Json& value, step::RecomputePolicy& x) {
    word(key, value, x, [](const std::string& t) { return step::parse_recompute(t); });
  }
  void read(const char* key, const Json& value, step::PipelineCut& x) {
    if (value.is_string() && value.get<std::string>().empty()) return;  // the usual cut
    word(key, value, x, [](const std::string& t) { return step::parse_cut(t); });
  }
  void read(const char* key, const Json& value, step::Schedule& x) {
    word(key, value, x, [](const std::string& t) { return step::parse_schedule(t); });
  }
  void read(const char* key, const Json& value, catalog::Precision& x) {
    word(key, value, x, [](const std::string& t) { return catalog::parse_precision(t); });
  }

  const Json& object_;
  base::Diagnostics& problems_;
  std::vector<std::string> known_;
};

}  // namespace

Json plan_json(const step::ParallelPlan& plan) {
  Json out = Json::object();
  parts(plan, [&](const char* key, const auto& x) { out[key] = text_of(x); });
  if (plan.cut.empty()) out.erase("layout");
  out["text"] = step::to_string(plan);
  return out;
}

tl::expected<step::ParallelPlan, base::Diagnostics> plan_from_json(std::string_view json) {
  base::Diagnostics problems;
  const Json object = Json::parse(json, nullptr, false);
  if (!object.is_object())
    return tl::unexpected(
        base::Diagnostics{base::error("bad-plan", "plan: neither a plan in words nor an object")});
  step::ParallelPlan plan;
  Reading reading(object, problems);
  parts(plan, reading);
  reading.unknown();
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return plan;
}

}  // namespace gigawatt::engine
