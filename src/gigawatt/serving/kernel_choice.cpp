#include "gigawatt/serving/kernel_choice.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "gigawatt/base/words.h"

namespace gigawatt::serving {
namespace {

using base::lower;

/// Whether `word` (or words in a row) stands in `text` between blanks.
bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool starts = at == 0 || text[at - 1] == ' ';
    const std::size_t end = at + word.size();
    if (starts && (end == text.size() || text[end] == ' ')) return true;
  }
  return false;
}

// A kernel that was measured on fewer shapes may be wrong by far on others.
constexpr std::size_t kEnoughCalls = 40;
constexpr double kTrustedError = 35;  // percent; a law that misses its own calls by more is not asked

}  // namespace

LawChoice choose_laws(const kernels::ChipLaws& laws, std::string_view operation,
                      std::span<const std::string_view> formats, std::string_view engine,
                      const KernelPart& part) {
  const std::string prefix = std::string(operation) + " | ";
  const std::string wanted = lower(engine);
  std::vector<const kernels::Law*> exact;
  std::vector<const kernels::Law*> any_engine;
  std::vector<const kernels::Law*> any_format;
  for (auto it = laws.all().lower_bound(prefix); it != laws.all().end() && it->first.starts_with(prefix);
       ++it) {
    const std::string_view rest = std::string_view(it->first).substr(prefix.size());
    const auto bar = rest.find(" | ");
    if (bar == std::string_view::npos) continue;
    const std::string kernel = lower(rest.substr(bar + 3));
    if (it->second.calls < kEnoughCalls || it->second.median_error_pct > kTrustedError ||
        kernel.find("eager") != std::string::npos)
      continue;
    if (!part.word.empty() && kernel.starts_with(part.word) == part.others) continue;
    const auto kind = rest.substr(0, bar);
    const bool fits = formats.empty() || std::any_of(formats.begin(), formats.end(),
                                                     [&](std::string_view f) { return has_word(kind, f); });
    any_format.push_back(&it->second);
    if (fits) any_engine.push_back(&it->second);
    if (fits && has_word(kernel, wanted)) exact.push_back(&it->second);
  }
  if (!exact.empty()) {
    LawChoice out{exact, {}};
    // One kernel's time is that of any launcher. Products of narrow formats are two: their input is quantized first.
    const bool quantizes = operation == "gemm" && !formats.empty() && formats.front() != "bfloat16";
    if (!operation.ends_with("_module") && !quantizes) return out;
    for (const auto* law : any_engine)
      if (std::find(exact.begin(), exact.end(), law) == exact.end()) out.others.push_back(law);
    return out;
  }
  if (!any_engine.empty()) return {any_engine, {}};
  if (any_format.empty())
    if (const auto* pooled = laws.find(operation)) any_format.push_back(pooled);
  return {any_format, {}};
}

void LawChoice::add(const LawChoice& more) {
  own.insert(own.end(), more.own.begin(), more.own.end());
  others.insert(others.end(), more.others.begin(), more.others.end());
}

double fastest(const LawChoice& laws, const kernels::Terms& terms, const ServingPhysics& physics) {
  double least = 0;
  for (const auto& term : terms.all())
    if (std::string_view(term.name) == "flops") least = term.seconds;
  const auto best_of = [&](const std::vector<const kernels::Law*>& list) {
    double best = 0;
    for (const auto* law : list) {
      const double t = law->seconds(terms);
      if (t >= least && (best == 0 || t < best)) best = t;
    }
    return best;
  };
  const double own = best_of(laws.own);
  const double other = laws.others.empty() ? 0 : physics.engine_spread * best_of(laws.others);
  if (own == 0) return other > 0 ? other : laws.empty() ? 0 : least / physics.reached;
  return other > 0 ? std::min(own, other) : own;
}

}  // namespace gigawatt::serving
