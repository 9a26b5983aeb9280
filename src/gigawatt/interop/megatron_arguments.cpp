#include "gigawatt/interop/megatron_arguments.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/interop/shell_words.h"

namespace gigawatt::interop {
namespace {

constexpr std::int64_t kMostDegree = 1 << 20;

/// "[a b]" and "a,b" are lists as files of settings have them.
std::vector<std::string> items(const std::vector<std::string>& words) {
  if (words.empty() || !words.front().starts_with('[')) return words;
  std::vector<std::string> out;
  std::string item;
  for (const std::string& word : words)
    for (const char c : word + " ") {
      if (std::string_view("[], '\"").find(c) == std::string_view::npos)
        item += c;
      else if (!item.empty())
        out.push_back(std::exchange(item, {}));
    }
  return out;
}

bool option_like(const std::string& word) { return word.size() > 2 && word.starts_with("--"); }

}  // namespace

MegatronArguments::MegatronArguments(std::span<const std::string> texts) {
  auto words = shell_words(texts);
  for (auto& name : words.unset) unset_.insert(std::move(name));
  words.starts.push_back(words.words.size());
  const std::span<const std::string> all(words.words);
  for (std::size_t i = 0; i + 1 < words.starts.size(); ++i)
    scan(all.subspan(words.starts[i], words.starts[i + 1] - words.starts[i]), i);
  ask_scheduler(words.scheduler);
}

void MegatronArguments::ask_scheduler(const std::map<std::string, std::string, std::less<>>& asked) {
  const auto number = [&](const char* name) {
    const auto at = asked.find(name);
    std::int64_t n = 0;
    if (at == asked.end()) return n;
    const std::string& value = at->second;
    const std::size_t begin = value.rfind(':') == std::string::npos ? 0 : value.rfind(':') + 1;  // gpu:h100:8
    std::from_chars(value.data() + begin, value.data() + value.size(), n);
    return std::clamp<std::int64_t>(n, 0, kMostDegree);
  };
  std::int64_t each = 0;
  for (const char* name : {"gpus-per-node", "gres", "ntasks-per-node"})
    if (each == 0) each = number(name);
  of_scheduler_ = number("nodes") * each;
}

void MegatronArguments::wrong(std::string code, std::string message, std::string hint) {
  problems_.push_back(base::error(std::move(code), std::move(message), std::move(hint)));
}

void MegatronArguments::scan(std::span<const std::string> words, std::size_t command) {
  std::vector<std::string> names;
  // Options in front of the program are the launcher's (srun, docker, nsys ...).
  const auto program = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return word.ends_with(".py") && !word.starts_with("-");
  });
  const auto behind = program == words.end() ? 0 : static_cast<std::size_t>(program - words.begin());
  if (program != words.end())
    program_ = program->substr(program->rfind('/') == std::string::npos ? 0 : program->rfind('/') + 1);
  for (std::size_t i = 0; i < words.size();) {
    std::string word = words[i++];
    if (!option_like(word)) continue;  // the launcher's words, the script
    Values values;
    bool joined = false;
    if (const auto equals = word.find('='); equals != std::string::npos) {
      values.push_back(word.substr(equals + 1));
      joined = true;
      word.resize(equals);
    }
    // A test's configuration in YAML: "--swiglu: true".
    const bool yaml = !joined && word.ends_with(':');
    if (yaml) word.pop_back();
    const MegatronOption* option = megatron_option(std::string_view(word).substr(2));
    if (i - 1 < behind && (option == nullptr || option->decides != Decides::kLaunch)) continue;
    if (option == nullptr) {
      if (names.empty()) names = megatron_option_names();
      wrong("unknown-argument",
            fmt::format("no argument '{}' of Megatron-LM is known here (its parser of {})", word,
                        kMegatronVersion),
            base::did_you_mean(word, names));
      continue;
    }
    if (yaml && option->arity == Arity::kNone) {
      if (i < words.size() && words[i] == "false") continue;
      if (i < words.size() && words[i] == "true") ++i;
    }
    const std::size_t most = option->arity == Arity::kNone   ? 0
                             : option->arity == Arity::kMany ? words.size()
                                                             : 1;
    while (values.size() < most && i < words.size() && !option_like(words[i])) values.push_back(words[i++]);
    take(*option, word, values, joined, command);
  }
}

void MegatronArguments::take(const MegatronOption& option, const std::string& word, const Values& given,
                             bool joined, std::size_t command) {
  if (option.arity == Arity::kNone && joined) wrong("wrong-kind", fmt::format("'{}' takes no value", word));
  if ((option.arity == Arity::kOne || option.arity == Arity::kMany) && given.empty())
    wrong("missing-value", fmt::format("'{}' needs a value", word));
  const Values values = option.arity == Arity::kMany ? items(given) : given;
  const auto [at, fresh] = given_.emplace(option.name, Given{values, command});
  if (fresh) decides_.emplace_back(option.name, option.decides);
  if (fresh || at->second.values == values) return;
  // The parser keeps the last; of two commands one would have to say which is meant.
  if (at->second.command != command && option.decides != Decides::kNothing)
    wrong("contradiction", fmt::format("'{}' is given twice with different values: {} and {}", word,
                                       fmt::join(at->second.values, " "), fmt::join(values, " ")));
  else if (option.decides != Decides::kNothing)
    repeated_.push_back(
        fmt::format("{} ({}, then {})", word, fmt::join(at->second.values, " "), fmt::join(values, " ")));
  at->second = {values, command};
}

bool MegatronArguments::has(std::string_view name) const {
  asked_.emplace(name);
  return given_.contains(name);
}

const MegatronArguments::Values& MegatronArguments::values(std::string_view name) const {
  static const Values kNone;
  asked_.emplace(name);
  const auto at = given_.find(name);
  return at == given_.end() ? kNone : at->second.values;
}

std::string MegatronArguments::text(std::string_view name) const {
  const Values& all = values(name);
  return all.empty() ? "" : all.front();
}

std::int64_t MegatronArguments::number(std::string_view name, std::int64_t usual, std::int64_t most,
                                       std::int64_t least) {
  const std::string value = text(name);
  if (value.empty() || value == "None") return usual;
  std::int64_t n = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), n);
  if (problem == std::errc{} && end == value.data() + value.size() && n >= least && n <= most) return n;
  const bool variable = value.find('$') != std::string::npos;
  wrong("out-of-bounds", fmt::format("--{} is '{}'", name, value),
        variable ? "the text does not set this variable: put NAME=value in front of it"
                 : fmt::format("a whole number from {} to {}", least, most));
  return usual;
}

std::int32_t MegatronArguments::degree(std::string_view name) {
  return static_cast<std::int32_t>(number(name, 1, kMostDegree));
}

std::vector<std::string> MegatronArguments::neutral() const {
  std::vector<std::string> out;
  for (const auto& [name, decides] : decides_)
    if ((decides == Decides::kNothing || decides == Decides::kLaunch) && !asked_.contains(name))
      out.push_back("--" + name);
  return out;
}

std::vector<std::string> MegatronArguments::unread() const {
  std::vector<std::string> out;
  for (const auto& [name, decides] : decides_)
    if (decides != Decides::kNothing && decides != Decides::kLaunch && !asked_.contains(name))
      out.push_back("--" + name);
  return out;
}

}  // namespace gigawatt::interop
