#include <cctype>

#include <fmt/format.h>

#include "gigawatt/scenario/resolver.h"

namespace gigawatt::scenario {
namespace {

/// The degrees in a plan's text ("TP8 PP16 DP64 MB1"); the words in between are the step model's to check.
std::map<std::string, std::int64_t> degrees(std::string_view text) {
  std::map<std::string, std::int64_t> out;
  std::size_t i = 0;
  const auto letter = [&](std::size_t k) {
    return k < text.size() && std::isalpha(static_cast<unsigned char>(text[k]));
  };
  const auto digit = [&](std::size_t k) {
    return k < text.size() && std::isdigit(static_cast<unsigned char>(text[k]));
  };
  while (i < text.size()) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    std::string name;
    std::size_t k = i;
    for (; letter(k); ++k) name += static_cast<char>(std::tolower(static_cast<unsigned char>(text[k])));
    std::int64_t value = 0;
    const std::size_t first = k;
    for (; digit(k) && value < 1'000'000; ++k) value = value * 10 + (text[k] - '0');
    const bool ends = k == text.size() || text[k] == ' ';
    if (!name.empty() && k > first && ends) out[name] = value;
    while (i < text.size() && text[i] != ' ') ++i;
  }
  return out;
}

}  // namespace

void Resolver::plan(const Job& job, const TrainingPhase& phase, const PlanChoice& choice,
                    const std::string& path) {
  if (choice.best || !job.accelerators) return;
  const auto parts = degrees(choice.text);
  const auto degree = [&](const char* name) {
    const auto found = parts.find(name);
    return found == parts.end() ? std::int64_t{1} : found->second;
  };
  for (const auto& [name, value] : parts)
    if (value < 1)
      return problems_.error(path, "plan-does-not-divide",
                             fmt::format("plan \"{}\": {} is 0", choice.text, name));
  const std::int64_t model_ranks = degree("tp") * degree("cp") * degree("pp");
  if (*job.accelerators % model_ranks != 0)
    return problems_.error(
        path, "plan-does-not-divide",
        fmt::format("plan \"{}\" needs a multiple of {} accelerators (TP x CP x PP), the job has {}",
                    choice.text, model_ranks, *job.accelerators));
  const std::int64_t dp = *job.accelerators / model_ranks;
  if (parts.contains("dp") && degree("dp") != dp)
    return problems_.error(path, "plan-does-not-divide",
                           fmt::format("plan \"{}\" has {} ranks, the job {} accelerators", choice.text,
                                       model_ranks * degree("dp"), *job.accelerators),
                           fmt::format("DP{} would fit", dp));
  if ((degree("tp") * degree("cp") * dp) % (degree("ep") * degree("etp")) != 0)
    return problems_.error(
        path, "plan-does-not-divide",
        fmt::format("plan \"{}\": the {} ranks of a pipeline stage do not divide by EP x ETP", choice.text,
                    degree("tp") * degree("cp") * dp));
  if (phase.global_batch > 0 && phase.global_batch % (dp * degree("mb")) != 0)
    return problems_.error(
        path, "plan-does-not-divide",
        fmt::format("plan \"{}\": a global batch of {} sequences does not divide by DP x MB = {}",
                    choice.text, phase.global_batch, dp * degree("mb")));
  const auto found =
      job.model_id.valid() ? catalog_.model(s_.models[job.model_id.index()]) : catalog_.model(job.model);
  if (!found) return;
  const auto& model = **found;
  if (model.heads % degree("tp") != 0)
    problems_.error(path, "plan-does-not-divide",
                    fmt::format("plan \"{}\": {} attention heads of {} do not divide by TP", choice.text,
                                model.heads, model.name));
  if (degree("pp") > model.layers)
    problems_.error(path, "plan-does-not-divide",
                    fmt::format("plan \"{}\" has more pipeline stages than {} has layers ({})", choice.text,
                                model.name, model.layers));
  if (degree("ep") > 1 && (!model.is_moe() || model.moe.experts % degree("ep") != 0))
    problems_.error(path, "plan-does-not-divide",
                    fmt::format("plan \"{}\": {} experts of {} do not divide by EP", choice.text,
                                model.moe.experts, model.name));
}

}  // namespace gigawatt::scenario
