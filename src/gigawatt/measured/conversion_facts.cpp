#include <array>

#include "gigawatt/measured/site_facts.h"

namespace gigawatt::measured {
namespace {

/// The stage of the library that shares the most words with the fact, at least `least` of them.
const power::Stage* stage_of(const Fact& f, const FactModels& m) {
  const power::Stage* best = nullptr;
  std::size_t most = 0;
  for (const auto& stage : m.power.chains.stages) {
    std::string name = stage.name;
    std::size_t shared = 0, words = 0;
    for (std::size_t at = 0; at < name.size(); ++words) {
      auto end = name.find('-', at);
      if (end == std::string::npos) end = name.size();
      shared += f.text.find(name.substr(at, end - at)) != std::string::npos;
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

constexpr std::array<FactRule, 1> kRules = {efficiency_at_load};

}  // namespace

std::span<const FactRule> conversion_rules() { return kRules; }

}  // namespace gigawatt::measured
