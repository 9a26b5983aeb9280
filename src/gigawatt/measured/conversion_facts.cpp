#include <array>
#include <cmath>
#include <string>

#include "gigawatt/measured/site_facts.h"

namespace gigawatt::measured {
namespace {

/// The stage of the library that shares the most words with the fact, at least `least` of them.
const power::Stage* stage_of(const Fact& f, const FactModels& m) {
  const power::Stage* best = nullptr;
  std::size_t most = 0;
  std::string joined = f.text;  // "800 V" is "800v"
  std::erase(joined, ' ');
  for (const auto& stage : m.power.chains.stages) {
    std::string name = stage.name;
    std::size_t shared = 0, words = 0;
    for (std::size_t at = 0; at < name.size(); ++words) {
      auto end = name.find('-', at);
      if (end == std::string::npos) end = name.size();
      shared += joined.find(name.substr(at, end - at)) != std::string::npos;
      at = end + 1;
    }
    if (words > 0 && shared == words && words > most) {
      most = words;
      best = &stage;
    }
  }
  return best;
}

/// "efficiency at 20 % load" of a stage by its curve.
std::optional<Computed> efficiency_at_load(const Fact& f, const FactModels& m) {
  if (f.topic != "conversion" || !f.has("efficiency") || (f.unit != "%" && f.unit != "-"))
    return std::nullopt;
  const auto* stage = stage_of(f, m);
  if (!stage || stage->points.empty()) return std::nullopt;
  const auto load = number_before(f.text, "% load");
  const double x = load ? *load / 100 : 0.5;
  const double out = x > 0 ? 1 / (1 + stage->loss_w(x, 1) / x) : 0;
  return Computed{out * (f.unit == "%" ? 100 : 1), "curve of the stage '" + stage->name + "'"};
}

double efficiency_of(const power::Stage& stage, double load) {
  return 1 / (1 + stage.loss_w(load, 1) / load);
}

/// Supplies of a server, of the marks that the library holds.
std::optional<Computed> supply_efficiency(const Fact& f, const FactModels& m) {
  if (f.topic != "conversion" || !f.has("80 plus") || f.unit != "%") return std::nullopt;
  const auto load = number_before(f.text, "% load");
  const power::Stage* stage = f.has("ruby")             ? m.power.chains.stage("supply-ruby")
                              : f.has("titanium 230 v") ? m.power.chains.stage("supply-titanium")
                                                        : nullptr;
  if (stage == nullptr || !load) return std::nullopt;
  return Computed{100 * efficiency_of(*stage, *load / 100), "data/power/chains.toml", true};
}

/// A transformer of another size: losses grow with the three-quarter power of the rating, as volume and surface do.
std::optional<Computed> transformer(const Fact& f, const FactModels& m) {
  if (f.topic != "conversion" || !f.has("transformer") || f.unit != "%" || f.has("solid-state"))
    return std::nullopt;
  const auto kva = number_before(f.text, "kva");
  const auto* stage = m.power.chains.stage("transformer");
  constexpr double kReferenceKva = 2500, kRuleLoad = 0.35;  // the library's transformer; where rules measure
  if (!kva || stage == nullptr || *kva >= kReferenceKva) return std::nullopt;
  const double loss = 1 - efficiency_of(*stage, kRuleLoad);
  return Computed{100 * (1 - loss * std::pow(kReferenceKva / *kva, 0.25)),
                  "curve of the library's transformer, losses by the fourth root of the size"};
}

/// What a UPS loses, and what its eco mode gains, over its usual loads.
std::optional<Computed> ups(const Fact& f, const FactModels& m) {
  if (f.topic != "conversion" || f.unit != "%" || !f.has("ups")) return std::nullopt;
  const auto* twice = m.power.chains.stage("ups-double-conversion");
  const auto* eco = m.power.chains.stage("ups-eco");
  if (twice == nullptr || eco == nullptr) return std::nullopt;
  const double load = f.has("high") ? 0.25 : 0.75;
  if (f.has("loss") && f.has("ac-dc-ac"))
    return Computed{100 * (1 - efficiency_of(*twice, 0.75)),
                    "curve of the UPS at three quarters of its load"};
  if (f.has("gain over double conversion"))
    return Computed{100 * (efficiency_of(*eco, load) - efficiency_of(*twice, load)),
                    "curves of both modes at a usual load"};
  return std::nullopt;
}

constexpr std::array<FactRule, 4> kConversionRules = {supply_efficiency, transformer, ups,
                                                      efficiency_at_load};

}  // namespace

std::span<const FactRule> conversion_rules() { return kConversionRules; }

}  // namespace gigawatt::measured
