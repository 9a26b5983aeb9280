#include "gigawatt/interop/config_import.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "gigawatt/interop/limits.h"
#include "gigawatt/interop/python_config.h"
#include "gigawatt/interop/shell_words.h"
#include "gigawatt/interop/trainers.h"

namespace gigawatt::interop {
namespace {

/// Where a trainer's own settings are, before those of its other parts.
std::span<const std::string_view> sections_of(std::string_view framework) {
  static constexpr std::array<std::string_view, 8> kNemo = {
      "model", "train", "trainer", "strategy", "parallel", "ddp", "plugins", "mixed_precision"};
  static constexpr std::array<std::string_view, 4> kTitan = {"training", "parallelism",
                                                             "activation_checkpoint", "model"};
  if (framework == "nemo") return kNemo;
  if (framework == "torchtitan") return kTitan;
  return {};
}

/// "${trainer.num_nodes}" is what that key says, "${oc.env:GPUS,8}" without the environment its 8: values of NeMo's files.
/// What else stands in such braces is left as it is. Which values are those of an environment that is not known.
std::vector<std::string> refer(std::vector<std::pair<std::string, std::string>>& all) {
  constexpr int kDeepest = 8;
  constexpr std::string_view kEnvironment = "oc.env:";
  std::vector<std::string> of_environment;
  std::map<std::string, std::string> values(all.begin(), all.end());
  for (auto& [key, value] : values)
    for (const auto& [path, text] : all)
      if (path == key) value = text;  // the last counts
  for (auto& [path, value] : all)
    for (int depth = 0; depth < kDeepest && value.starts_with("${") && value.ends_with('}') &&
                        value.find('}') == value.size() - 1;
         ++depth) {
      const std::string inside = value.substr(2, value.size() - 3);
      if (inside.starts_with(kEnvironment)) {
        const std::size_t comma = inside.find(',');
        if (comma == std::string::npos) break;
        value = inside.substr(std::min(inside.find_first_not_of(' ', comma + 1), inside.size()));
        of_environment.push_back(fmt::format("{} = {}", path, value));
        break;
      }
      const auto found = values.find(inside);
      if (found == values.end() || found->second == value) break;
      value = found->second;
    }
  return of_environment;
}

/// A launch script rather than a file of settings.
bool is_script(std::string_view text) {
  return text.starts_with("#!/") || text.starts_with("python") ||
         text.find("\npython") != std::string_view::npos;
}

}  // namespace

tl::unexpected<base::Diagnostics> cannot_import(std::string message, std::string hint) {
  return tl::unexpected(base::Diagnostics{base::error("bad-config", std::move(message), std::move(hint))});
}

base::Diagnostic import_warning(std::string code, std::string message, std::string hint) {
  base::Diagnostic out = base::error(std::move(code), std::move(message), std::move(hint));
  out.severity = base::Severity::kWarning;
  return out;
}

std::int64_t left_over(std::int64_t degree, std::int64_t gpus, std::int64_t others) {
  return degree > 0 ? degree : others > 0 && gpus % others == 0 ? gpus / others : 1;
}

std::int64_t bounded_product(std::initializer_list<std::int64_t> factors) {
  constexpr double kLargest = 1e12;
  double product = 1;
  for (const std::int64_t factor : factors) product *= static_cast<double>(factor);
  return static_cast<std::int64_t>(std::min(product, kLargest));
}

std::int32_t as_degree(std::int64_t n) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(n, 1, kMostCount));
}

base::Diagnostics refuse_misspelled(const Settings& settings, const std::set<std::string>& wanted,
                                    const std::function<bool(const std::string&)>& known) {
  base::Diagnostics problems;
  for (const auto& [key, name] : settings.misspelled(wanted))
    if (!known || !known(key))
      problems.push_back(base::error("unknown-key", fmt::format("no setting '{}' is known here", key),
                                     fmt::format("did you mean '{}'?", name)));
  return problems;
}

Imported finish_import(MegatronImport out, Settings& s, base::Diagnostics problems) {
  auto& p = out.plan;
  if (const std::int64_t stage = bounded_product({p.tp, p.cp, p.dp}),
      experts = bounded_product({p.ep, p.etp});
      p.ep > 1 && stage % experts != 0)
    problems.push_back(base::error(
        "contradiction", fmt::format("expert parallel {} x expert tensor parallel {} does not divide the {} "
                                     "ranks of a pipeline stage",
                                     p.ep, p.etp, stage)));
  const std::int64_t ranks = bounded_product({p.tp, p.cp, p.pp, p.dp});
  if (ranks != out.gpus)
    problems.push_back(
        base::error("contradiction",
                    fmt::format("TP {} x CP {} x PP {} x DP {} = {} ranks, but there are {} accelerators",
                                p.tp, p.cp, p.pp, p.dp, ranks, out.gpus)));
  else if (out.gpus > kMostCount || out.global_batch > kMostCount)
    problems.push_back(base::error(
        "out-of-bounds", fmt::format("{} accelerators, {} sequences a step", out.gpus, out.global_batch)));
  else if (out.global_batch < 1)
    problems.push_back(base::error(
        "contradiction", fmt::format("a global batch of {} sequences", out.global_batch), "at least 1"));
  else if (out.global_batch % (std::int64_t{p.dp} * p.micro_batch) != 0)
    problems.push_back(base::error(
        "contradiction", fmt::format("a global batch of {} is not a multiple of micro-batch {} x DP {}",
                                     out.global_batch, p.micro_batch, p.dp)));
  if (base::has_errors(problems)) return tl::unexpected(std::move(problems));
  out.ignored = s.unasked();
  return out;
}

bool imports_config(std::string_view framework) {
  return framework == "nemo" || framework == "torchtitan" || framework == "maxtext";
}

tl::expected<MegatronImport, base::Diagnostics> import_config(std::string_view framework,
                                                              const ConfigText& config, std::int64_t gpus,
                                                              const ModelFinder& find) {
  PythonConfig python;
  std::vector<std::pair<std::string, std::string>> all;
  std::vector<std::string> references;
  std::string text;
  for (const std::string& file : config.files) text += file + "\n";
  if (is_python(text)) {
    auto run = run_python(config.files, config.function);
    if (!run) return cannot_import(run.error());
    python = std::move(*run);
    all = std::move(python.settings);
  } else if (!config.function.empty()) {
    return cannot_import(
        fmt::format("'{}' is no file, and the text before it has no functions", config.function));
  } else if (framework == "maxtext" && is_script(text)) {
    const auto words = shell_words(config.files);
    std::string settings;
    for (const std::string& word : words.settings) settings += word + "\n";
    all = assignments(settings);
  } else {
    all = assignments(text);
    references = refer(all);
  }
  for (auto& one : assignments(config.overrides)) all.push_back(std::move(one));
  if (all.empty())
    return cannot_import(fmt::format("the text assigns nothing: no configuration of {}", framework));
  TrainerConfig trainer{Settings(all, sections_of(framework)),
                        std::move(text),
                        python.function,
                        python.outside,
                        config.model,
                        gpus,
                        find};
  auto read = framework == "nemo"         ? import_nemo(trainer)
              : framework == "torchtitan" ? import_torchtitan(trainer)
                                          : import_maxtext(trainer);
  if (read) tell_unmodeled(framework, trainer.settings, *read);
  const std::string outside = fmt::format("{}", fmt::join(python.outside, "(), "));
  if (!read && !outside.empty())
    read.error().push_back(import_warning(
        "outside-of-the-text", fmt::format("the text calls {}(), which it does not define", outside),
        "give the files of these too, or what they set as key=value behind the file"));
  // Python would refuse a name that it does not know; other texts are taken as they are.
  if (read && framework != "nemo" && python.function.empty())
    if (auto wrong = refuse_misspelled(trainer.settings, trainer.settings.asked()); !wrong.empty())
      return tl::unexpected(std::move(wrong));
  if (read && !references.empty())
    read->notes.push_back(
        fmt::format("the environment is not known here, so the values given for it count: {}",
                    fmt::join(references, ", ")));
  if (read && !outside.empty())
    read->notes.push_back(fmt::format("what {}() sets is not in the text and not known here", outside));
  if (read && !python.undecided.empty())
    read->notes.push_back(
        fmt::format("taken as false, as the text does not decide it: {}", fmt::join(python.undecided, "; ")));
  return read;
}

}  // namespace gigawatt::interop
