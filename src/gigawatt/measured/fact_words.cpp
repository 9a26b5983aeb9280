// How the rules read the words of a fact, and what stands beside it in its table.

#include <algorithm>
#include <cctype>

#include "gigawatt/base/nearest.h"
#include "gigawatt/measured/site_facts.h"

namespace gigawatt::measured {
namespace {

bool contains_all(std::string_view text, std::string_view words) {
  while (!words.empty()) {
    const auto space = words.find(' ');
    if (text.find(words.substr(0, space)) == std::string_view::npos) return false;
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
  }
  return true;
}

/// Whether the word stands in the text with no letter or digit right before and after it, but for a count ("8xh100").
bool stands_alone(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool counted =
        at > 1 && text[at - 1] == 'x' && std::isdigit(static_cast<unsigned char>(text[at - 2]));
    const bool before = at == 0 || counted || !std::isalnum(static_cast<unsigned char>(text[at - 1]));
    const auto end = at + word.size();
    if (before && (end == text.size() || !std::isdigit(static_cast<unsigned char>(text[end])))) return true;
  }
  return false;
}

}  // namespace

bool Fact::has(std::string_view words) const { return contains_all(text, words); }

std::optional<double> FactModels::also(const Fact& fact, std::string_view words,
                                       std::string_view unit) const {
  for (const Fact& other : facts) {
    if (other.subject != fact.subject || other.date != fact.date || (!unit.empty() && other.unit != unit))
      continue;
    std::string quantity = other.quantity;
    for (char& c : quantity) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (other.id != fact.id && contains_all(quantity, words)) return other.value;
  }
  return std::nullopt;
}

const catalog::Accelerator* chip_in(std::string_view lower_case, const catalog::Catalog& catalog) {
  const catalog::Accelerator* best = nullptr;
  std::size_t most = 0;
  for (const auto& chip : catalog.accelerators()) {
    const std::string word = chip.name.substr(0, chip.name.find('-'));
    if (word.size() <= most || !stands_alone(lower_case, word)) continue;
    const auto usual = catalog.accelerator(word);  // "h100" is the usual one, not the first by name
    best = usual ? *usual : &chip;
    most = word.size();
  }
  return best;
}

const catalog::System* system_of(const catalog::Accelerator& chip, const catalog::Catalog& catalog) {
  for (const auto& system : catalog.systems())
    if (system.accelerator == chip.name) return &system;
  return nullptr;
}

const catalog::Model* model_in(std::string_view lower_case, const catalog::Catalog& catalog) {
  const std::string text = base::letters_and_digits(lower_case);
  const catalog::Model* best = nullptr;
  std::size_t most = 0;
  for (const auto& model : catalog.models()) {
    const std::string name = base::letters_and_digits(model.name);
    if (name.size() <= most || text.find(name) == std::string::npos) continue;
    best = &model;
    most = name.size();
  }
  return best;
}

std::optional<double> count_of(std::string_view lower_case, std::string_view word) {
  for (auto at = lower_case.find(word); at != std::string_view::npos; at = lower_case.find(word, at + 1)) {
    auto end = at;
    double scale = 1;
    while (end > 0 && (lower_case[end - 1] == ' ' || lower_case[end - 1] == 'x')) --end;
    if (end > 1 && lower_case[end - 1] == 'k' &&
        std::isdigit(static_cast<unsigned char>(lower_case[end - 2])))
      scale = 1000, --end;
    std::string digits;
    for (auto i = end;
         i > 0 && (std::isdigit(static_cast<unsigned char>(lower_case[i - 1])) || lower_case[i - 1] == ',');
         --i)
      if (lower_case[i - 1] != ',') digits.insert(digits.begin(), lower_case[i - 1]);
    if (!digits.empty() && digits.size() < 12) return scale * std::stod(digits);
  }
  return std::nullopt;
}

std::string why_not(const Fact& fact) {
  struct Reason {
    std::string_view topic, why;
  };
  static constexpr Reason kReasons[] = {
      {"grid-limit",
       "a clause of a grid code: an input, those of data/limits are evaluated by `gigawatt power`"},
      {"grid-event", "an observation of a grid, which the models do not hold"},
      {"grid-queue", "a count of requests at a grid operator"},
      {"price", "a price or a term of a contract: an input"},
      {"supply", "a price, a term or a maker's figure of a generator or a battery: an input"},
      {"cooling", "a coefficient or a rating of a machine: an input"},
      {"conversion", "a rating, a time or a price of a device: an input"},
      {"smoothing", "a setting of a device: an input"},
      {"hardware", "a rating of a device: an input"},
      {"measurement", "a property of the measurement"},
      {"waveform", "a statistic of one recorded trace, whose workload the row does not state"},
      {"node-power", "a reading whose workload the row does not state"},
      {"serving-power", "a workload that the catalogue does not hold"},
      {"training-power", "a property of a benchmark's run: an input"},
      {"kernel-power", "no sweep of such kernels is known"},
      {"site-power", "a contract or a step of a build-out: an input"},
      {"carbon", "a footprint of a device: an input"},
      {"buildout", "a count of accelerators, from which its power is computed: an input"},
      {"validation", "hours of a training, from which its carbon is computed: an input"},
  };
  if (const auto what = fact.assumes.find("includes");
      what != fact.assumes.end() && what->second == "unknown")
    return "its source does not say what is in it, or of which system";
  if (fact.topic == "cost") return "a share, a price or a term that is an input of its source";
  for (const auto& reason : kReasons)
    if (reason.topic == fact.topic) return std::string(reason.why);
  return "no rule knows such a quantity";
}

}  // namespace gigawatt::measured
