#include "gigawatt/step/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

#include "gigawatt/base/words.h"

namespace gigawatt::step {
namespace {

struct ModuleName {
  std::string_view name;
  RecomputeModule module;
};

constexpr std::array<ModuleName, 8> kModules = {{{"core_attn", kRecomputeCoreAttention},
                                                 {"layernorm", kRecomputeLayernorm},
                                                 {"mlp", kRecomputeMlp},
                                                 {"moe_act", kRecomputeMoeAct},
                                                 {"mla_up_proj", kRecomputeMlaUpProj},
                                                 {"moe", kRecomputeMoe},
                                                 {"shared_experts", kRecomputeSharedExperts},
                                                 {"attention", kRecomputeCoreAttention}}};

constexpr std::array<std::string_view, 4> kSchedules = {"1f1b", "interleaved", "zero-bubble", "dualpipe"};

using base::lower;

std::optional<std::int32_t> integer(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto at = text.find(separator);
    if (at != 0) parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

struct Degree {
  std::string_view name;
  std::int32_t ParallelPlan::* field;
  std::int32_t unset;      ///< value that is not printed; 0: always printed
  std::int32_t least = 1;  ///< smallest value
};

constexpr std::array<Degree, 13> kDegrees = {{{"tp", &ParallelPlan::tp, 0},
                                              {"cp", &ParallelPlan::cp, 1},
                                              {"pp", &ParallelPlan::pp, 0},
                                              {"vpp", &ParallelPlan::vpp, 1},
                                              {"ep", &ParallelPlan::ep, 1},
                                              {"etp", &ParallelPlan::etp, 1},
                                              {"dp", &ParallelPlan::dp, 0},
                                              {"mb", &ParallelPlan::micro_batch, 0},
                                              {"zero", &ParallelPlan::zero_stage, -1, 0},
                                              {"shard", &ParallelPlan::shard_group, -1, 0},
                                              {"first", &ParallelPlan::first_layers, 0, 0},
                                              {"last", &ParallelPlan::last_layers, 0, 0},
                                              {"mbs", &ParallelPlan::micro_batch, -2}}};

struct Flag {
  std::string_view name;
  bool ParallelPlan::* field;
  bool printed_when;
};

constexpr std::array<Flag, 5> kFlags = {{{"sp", &ParallelPlan::sequence_parallel, true},
                                         {"noflash", &ParallelPlan::flash_attention, false},
                                         {"graph", &ParallelPlan::cuda_graph, true},
                                         {"offload-optimizer", &ParallelPlan::offload_optimizer, true},
                                         {"offload-activations", &ParallelPlan::offload_activations, true}}};

}  // namespace

tl::expected<RecomputePolicy, std::string> parse_recompute(std::string_view text) {
  const std::string s = lower(text);
  if (s == "none") return RecomputePolicy{};
  if (s == "selective") return RecomputePolicy{RecomputeKind::kSelective, 0, 0};
  if (s == "full") return RecomputePolicy{RecomputeKind::kFull, 0, 0};
  if (s.starts_with("full:"))
    if (const auto n = integer(std::string_view(s).substr(5)); n && *n > 0)
      return RecomputePolicy{RecomputeKind::kFull, 0, *n};
  if (s.starts_with("full/"))
    if (const auto n = integer(std::string_view(s).substr(5)); n && *n > 0)
      return RecomputePolicy{RecomputeKind::kFull, 0, 0, *n};
  if (s.starts_with("modules:")) {
    RecomputePolicy policy{RecomputeKind::kModules, 0, 0};
    for (const std::string_view part : split_at(std::string_view(s).substr(8), '+')) {
      const auto* found =
          std::find_if(kModules.begin(), kModules.end(), [&](const ModuleName& m) { return m.name == part; });
      if (found == kModules.end())
        return tl::unexpected(
            fmt::format("unknown module \"{}\" to recompute; allowed: core_attn, layernorm, mlp, moe_act, "
                        "mla_up_proj, moe, shared_experts",
                        part));
      policy.modules = static_cast<std::uint8_t>(policy.modules | found->module);
    }
    if (policy.modules != 0) return policy;
  }
  return tl::unexpected(
      fmt::format("recompute \"{}\" is not one of none, selective, full, full:N, full/N, modules:a+b", text));
}

std::string to_string(const RecomputePolicy& policy) {
  switch (policy.kind) {
    case RecomputeKind::kNone: return "none";
    case RecomputeKind::kSelective: return "selective";
    case RecomputeKind::kFull:
      return policy.full_layers > 0 ? fmt::format("full:{}", policy.full_layers)
             : policy.group > 1     ? fmt::format("full/{}", policy.group)
                                    : "full";
    case RecomputeKind::kModules: break;
  }
  std::string s;
  for (std::size_t i = 0; i + 1 < kModules.size(); ++i)
    if ((policy.modules & kModules[i].module) != 0)
      s += fmt::format("{}{}", s.empty() ? "modules:" : "+", kModules[i].name);
  return s;
}

std::string_view to_string(Schedule schedule) { return kSchedules[static_cast<std::size_t>(schedule)]; }

tl::expected<Schedule, std::string> parse_schedule(std::string_view text) {
  const std::string s = lower(text);
  for (std::size_t i = 0; i < kSchedules.size(); ++i)
    if (kSchedules[i] == s) return static_cast<Schedule>(i);
  return tl::unexpected(
      fmt::format("schedule \"{}\" is not one of 1f1b, interleaved, zero-bubble, dualpipe", text));
}

std::string to_string(const ParallelPlan& plan) {
  constexpr std::array<std::string_view, 13> labels = {"TP", "CP",   "PP",    "VPP",   "EP",   "ETP", "DP",
                                                       "MB", "ZeRO", "shard", "first", "last", ""};
  std::string s;
  for (std::size_t i = 0; i < kDegrees.size(); ++i) {
    const Degree& d = kDegrees[i];
    const std::int32_t value = plan.*d.field;
    if (d.unset == -2 || value == d.unset) continue;
    if (d.name == "shard" && value == 0) continue;
    s += fmt::format("{}{}{}", s.empty() ? "" : " ", labels[i], value);
  }
  if (!plan.cut.empty()) s += fmt::format(" cut={}", to_string(plan.cut));
  for (const Flag& f : kFlags)
    if (plan.*f.field == f.printed_when) s += fmt::format(" {}", f.name == "sp" ? "SP" : f.name);
  s += fmt::format(" {}", catalog::to_string(plan.precision));
  if (plan.schedule != Schedule::k1f1b) s += fmt::format(" {}", to_string(plan.schedule));
  if (plan.recompute.kind != RecomputeKind::kNone)
    s += fmt::format(" recompute={}", to_string(plan.recompute));
  return s;
}

tl::expected<ParallelPlan, std::string> parse_plan(std::string_view text) {
  ParallelPlan plan;
  plan.flash_attention = true;
  const std::string s = lower(text);
  for (const std::string_view part : split_at(s, ' ')) {
    if (part.starts_with("recompute=")) {
      const auto policy = parse_recompute(part.substr(10));
      if (!policy) return tl::unexpected(policy.error());
      plan.recompute = *policy;
      continue;
    }
    if (part.starts_with("cut=")) {
      const auto cut = parse_cut(part.substr(4));
      if (!cut) return tl::unexpected(fmt::format("\"{}\": {}", part, cut.error()));
      plan.cut = *cut;
      continue;
    }
    if (const auto* f =
            std::find_if(kFlags.begin(), kFlags.end(), [&](const Flag& x) { return x.name == part; });
        f != kFlags.end()) {
      plan.*f->field = f->printed_when;
      continue;
    }
    if (const auto precision = catalog::parse_precision(part)) {
      plan.precision = *precision;
      continue;
    }
    if (const auto schedule = parse_schedule(part)) {
      plan.schedule = *schedule;
      continue;
    }
    const auto digits =
        std::find_if(part.begin(), part.end(), [](unsigned char ch) { return std::isdigit(ch) != 0; });
    const std::string_view name = part.substr(0, static_cast<std::size_t>(digits - part.begin()));
    const auto value = integer(part.substr(name.size()));
    const auto* d =
        std::find_if(kDegrees.begin(), kDegrees.end(), [&](const Degree& x) { return x.name == name; });
    if (d == kDegrees.end() || !value)
      return tl::unexpected(
          fmt::format("\"{}\" is no part of a plan; parts are TP, CP, PP, VPP, EP, ETP, DP, MB, ZeRO, shard, "
                      "first, last with a number, cut=3,2*29,0, SP, noflash, graph, offload-optimizer, "
                      "offload-activations, a precision, a schedule, recompute=...",
                      part));
    if (*value < d->least)
      return tl::unexpected(fmt::format("\"{}\": the smallest value is {}", part, d->least));
    plan.*d->field = *value;
  }
  return plan;
}

}  // namespace gigawatt::step
