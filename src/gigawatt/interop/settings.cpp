#include "gigawatt/interop/settings.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "gigawatt/interop/limits.h"

namespace gigawatt::interop {
namespace {

/// Sections that do not speak of the training itself.
constexpr std::array<std::string_view, 17> kBeside = {
    "validation",    "validator",      "eval",     "evaluation",   "tokenizer", "teacher",
    "vision_config", "vision_encoder", "profiler", "metrics",      "logger",    "generator",
    "profiling",     "inference",      "env_vars", "lr_scheduler", "scheduler"};

std::string last_part(const std::string& path) {
  std::string last = path.substr(path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1);
  std::replace(last.begin(), last.end(), '-', '_');
  return last;
}

int rank_of(const std::string& path, std::span<const std::string_view> sections) {
  int rank = path.find('.') == std::string::npos ? 2 : 1;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos;
       begin = dot + 1, dot = path.find('.', begin)) {
    const std::string_view part = std::string_view(path).substr(begin, dot - begin);
    if (std::find(kBeside.begin(), kBeside.end(), part) != kBeside.end()) return 0;
    if (std::find(sections.begin(), sections.end(), part) != sections.end()) rank = 2;
  }
  return rank;
}

/// Words that stand behind a model's name in the names of functions and say how it is trained.
bool says_how(const std::string& word) {
  static const std::set<std::string, std::less<>> kWords = {"pretrain",
                                                            "sft",
                                                            "peft",
                                                            "finetune",
                                                            "lora",
                                                            "dora",
                                                            "config",
                                                            "recipe",
                                                            "bf16",
                                                            "fp16",
                                                            "fp8",
                                                            "cs",
                                                            "mx",
                                                            "sc",
                                                            "mxfp8",
                                                            "nvfp4",
                                                            "fp4",
                                                            "performance",
                                                            "perf",
                                                            "large",
                                                            "scale",
                                                            "v1",
                                                            "v2",
                                                            "float8",
                                                            "float8_emulate",
                                                            "debug",
                                                            "deterministic",
                                                            "fsdp",
                                                            "low",
                                                            "precision",
                                                            "varlen",
                                                            "flex",
                                                            "sdpa",
                                                            "hybridep",
                                                            "deepep",
                                                            "instruct",
                                                            "base",
                                                            "train",
                                                            "training"};
  if (kWords.contains(word)) return true;
  const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  const std::string_view unit = std::string_view(word).substr(digits);
  // 64gpu, 16k, h100, gb200, fp8cs, fp8mx
  return (digits > 0 && (unit == "gpu" || unit == "gpus" || unit == "k")) || word == "h100" ||
         word == "h200" || word == "b200" || word == "b300" || word == "gb200" || word == "gb300" ||
         word == "vr200" || word == "r100" || word == "a100" || word.starts_with("fp8");
}

const catalog::Model* by_function(const std::string& name, const ModelFinder& find) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : name + "_") {
    if (c != '_' && c != '-') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  std::size_t n = words.size();
  while (n > 1 && says_how(words[n - 1])) --n;
  while (n > 0 && (words[0] == "graph" || words[0] == "trainer")) {
    words.erase(words.begin());
    --n;
  }
  if (n == 0 || n > words.size()) return nullptr;
  for (int dotted = 0; dotted < 2; ++dotted) {
    if (dotted == 1) {  // llama31, qwen25: versions without their dot
      std::string& first = words[0];
      const std::size_t digits = first.find_first_of("0123456789");
      if (digits == std::string::npos || first.size() != digits + 2) return nullptr;
      first = fmt::format("{}.{}", first.substr(0, digits + 1), first.substr(digits + 1));
    }
    const auto end = words.begin() + static_cast<std::ptrdiff_t>(n);
    if (const auto* model = find(fmt::format("{}", fmt::join(words.begin(), end, "-")))) return model;
  }
  return nullptr;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

bool says_yes(std::string_view value) { return lower(value) == "true" || value == "1"; }

bool says_nothing(std::string_view value) {
  const std::string v = lower(value);
  return v.empty() || v == "null" || v == "none" || v == "~";
}

Settings::Settings(std::span<const std::pair<std::string, std::string>> assignments,
                   std::span<const std::string_view> sections) {
  for (const auto& [path, value] : assignments) {
    const std::string last = last_part(path);
    const int rank = rank_of(path, sections);
    by_path_[path] = value;
    const auto old = rank_.find(last);
    if (old != rank_.end() && rank < old->second) continue;
    rank_[last] = rank;
    by_last_[last] = value;
  }
}

std::string Settings::at(std::initializer_list<std::string_view> paths) const {
  for (const std::string_view wanted : paths)
    for (const auto& [path, value] : by_path_)
      if (!says_nothing(value) &&
          (path == wanted || (path.ends_with(wanted) && path[path.size() - wanted.size() - 1] == '.')))
        return value;
  return "";
}

std::string Settings::text(const std::string& key) {
  asked_.insert(key);
  const auto at = by_last_.find(key);
  return at == by_last_.end() || says_nothing(at->second) ? "" : at->second;
}

std::int64_t Settings::number(const std::string& key, std::int64_t usual, base::Diagnostics& problems) {
  std::string value = text(key);
  if (value.empty()) return usual;
  if (value[0] == '?') {
    problems.push_back(base::error(
        "unknown-value", fmt::format("{} is '{}', which the text does not define", key, value.substr(1)),
        "give its file too, or " + key + "=N behind the file"));
    return usual;
  }
  std::erase(value, '_');  // 16_384
  double n = 0;
  const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), n);
  const bool whole = bad == std::errc{} && end == value.data() + value.size() && n == std::floor(n);
  if (whole && n >= -1 && n <= static_cast<double>(kMostCount)) return static_cast<std::int64_t>(n);
  problems.push_back(base::error("out-of-bounds", fmt::format("{} is '{}'", key, value), "a whole number"));
  return usual;
}

std::int64_t Settings::number_of(std::initializer_list<const char*> keys, std::int64_t usual,
                                 base::Diagnostics& problems) {
  std::int64_t found = usual;
  bool any = false;
  for (const char* key : keys) {
    const bool said = !text(key).empty();  // all are asked for
    if (said && !any) found = number(key, usual, problems);
    any = any || said;
  }
  return found;
}

std::vector<std::string> Settings::unasked() const {
  std::vector<std::string> out;
  for (const auto& [key, value] : by_last_)
    if (!asked_.contains(key)) out.push_back(key);
  return out;
}

namespace {

/// Letters to change, leave out, put in or swap; `most` + 1 where they are more.
std::size_t differing(std::string_view a, std::string_view b, std::size_t most) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<std::size_t> before2(b.size() + 1), before(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) before[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before2[j - 2] + 1);
    }
    before2 = std::exchange(before, row);
  }
  return std::min(before[b.size()], most + 1);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Settings::misspelled(
    const std::set<std::string>& wanted) const {
  constexpr std::size_t kShortest = 6, kLong = 14;  // of short names others are near by chance
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [key, value] : by_last_) {
    if (asked_.contains(key) || wanted.contains(key) || key.size() < kShortest || key.size() > 80) continue;
    const std::size_t most = key.size() >= kLong ? 2 : 1;
    for (const std::string& name : wanted)
      if (!by_last_.contains(name) && differing(key, name, most) <= most) {
        out.emplace_back(key, name);
        break;
      }
  }
  return out;
}

const catalog::Model* named_model(std::span<const std::string> texts, const ModelFinder& find) {
  if (!find) return nullptr;
  for (const std::string& text : texts) {
    if (text.empty() || text.size() > 200) continue;
    if (const auto* model = find(text)) return model;
    const std::string name =
        lower(text.substr(text.rfind('/') == std::string::npos ? 0 : text.rfind('/') + 1));
    if (name.empty()) continue;
    if (const auto* model = find(name)) return model;
    if (const auto* model = by_function(name, find)) return model;
  }
  return nullptr;
}

}  // namespace gigawatt::interop
