#include "gigawatt/interop/megatron_arguments.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/base/nearest.h"
#include "gigawatt/interop/limits.h"
#include "gigawatt/interop/shell_words.h"

namespace gigawatt::interop {
namespace {

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

/// En dash, em dash and minus sign.
bool odd_dash(const std::string& word) {
  for (const char* dash : {"\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x88\x92"})
    if (word.starts_with(dash)) return true;
  return false;
}

}  // namespace

MegatronArguments::MegatronArguments(std::span<const std::string> texts) {
  auto words = shell_words(texts);
  for (auto& name : words.unset) unset_.insert(std::move(name));
  words.starts.push_back(words.words.size());
  const std::span<const std::string> all(words.words);
  for (std::size_t i = 0; i + 1 < words.starts.size(); ++i)
    scan(all.subspan(words.starts[i], words.starts[i + 1] - words.starts[i]), i);
  for (const auto& launcher : words.launchers) ask_launcher(launcher, words.scheduler);
  for (const std::string& text : texts) read_deepspeed(text);
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
  if (of_scheduler_ == 0) of_scheduler_ = number("processes");
}

namespace {

/// What launchers call nodes and processes; "" where a word is none of these.
std::string_view launcher_word(std::string_view launcher, std::string_view word) {
  struct Word {
    std::string_view launcher, word, means;
  };
  constexpr Word kWords[] = {
      {"srun", "-N", "nodes"},
      {"srun", "--nodes", "nodes"},
      {"srun", "-n", "processes"},
      {"srun", "--ntasks", "processes"},
      {"srun", "--ntasks-per-node", "ntasks-per-node"},
      {"srun", "--gpus-per-node", "gpus-per-node"},
      {"srun", "--gres", "gres"},
      {"mpirun", "-np", "processes"},
      {"mpirun", "-n", "processes"},
      {"mpiexec", "-np", "processes"},
      {"mpiexec", "-n", "processes"},
      {"deepspeed", "--num_nodes", "nodes"},
      {"deepspeed", "--num_gpus", "gpus-per-node"},
      {"accelerate", "--num_processes", "processes"},
  };
  for (const Word& known : kWords)
    if (known.launcher == launcher && known.word == word) return known.means;
  return "";
}

}  // namespace

/// Options in front of the program that say how many processes there are.
void MegatronArguments::ask_launcher(std::span<const std::string> words,
                                     std::map<std::string, std::string, std::less<>>& asked) {
  std::string launcher;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (!word.starts_with('-')) {
      const std::string name = word.substr(word.rfind('/') == std::string::npos ? 0 : word.rfind('/') + 1);
      for (const char* known : {"srun", "mpirun", "mpiexec", "deepspeed", "accelerate"})
        if (name == known) launcher = name;
      if (name == "deepspeed") asked.emplace("nodes", "1");
      continue;
    }
    std::string value = i + 1 < words.size() ? words[i + 1] : "";
    if (const auto equals = word.find('='); equals != std::string::npos) {
      value = word.substr(equals + 1);
      word.resize(equals);
    }
    if (const auto means = launcher_word(launcher, word); !means.empty()) asked[std::string(means)] = value;
  }
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
    if (odd_dash(word)) {
      wrong("unknown-argument", fmt::format("'{}' begins with a dash that is none of an option's", word),
            "write it with '--': some programs change it where text is copied");
      continue;
    }
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

/// "zero_optimization": {"stage": 3} of DeepSpeed's configuration, where the text holds it.
void MegatronArguments::read_deepspeed(const std::string& text) {
  const std::size_t section = text.find("zero_optimization");
  if (section == std::string::npos) return;
  const std::size_t close = std::min(text.find('}', section), text.size());
  const std::size_t stage = text.find("\"stage\"", section);
  if (stage == std::string::npos || stage > close) return;
  const std::size_t digit = text.find_first_not_of(": \t\n", stage + 7);
  if (digit < text.size() && text[digit] >= '0' && text[digit] <= '3') deepspeed_stage_ = text[digit] - '0';
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
