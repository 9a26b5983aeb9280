#pragma once
/// The settings of another trainer's configuration by their last names, and which model it means. Private to this module.

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/base/words.h"
#include "gigawatt/interop/config_import.h"

namespace gigawatt::interop {

std::string_view trim(std::string_view text);  ///< without blanks at its ends
using base::lower;
bool says_yes(std::string_view value);
bool says_nothing(std::string_view value);

/// Keys by their last part. Where several paths end in one name, those that speak of something beside the training (a
/// validation, a tokenizer, a teacher) count least and those in the given sections most; the last of equals counts.
class Settings {
 public:
  Settings(std::span<const std::pair<std::string, std::string>> assignments,
           std::span<const std::string_view> sections);

  bool empty() const { return by_last_.empty(); }
  const std::map<std::string, std::string>& all() const { return by_last_; }
  const std::map<std::string, std::string>& paths() const { return by_path_; }
  /// Of the first of these whole paths, or paths that end in them, that is set; else empty.
  std::string at(std::initializer_list<std::string_view> paths) const;

  /// Empty where it is not set, or is set to nothing.
  std::string text(const std::string& key);
  bool flag(const std::string& key) { return says_yes(text(key)); }
  std::int64_t number(const std::string& key, std::int64_t usual, base::Diagnostics& problems);
  /// The same of several spellings, in the order of preference.
  std::int64_t number_of(std::initializer_list<const char*> keys, std::int64_t usual,
                         base::Diagnostics& problems);

  std::vector<std::string> unasked() const;
  /// Settings that nobody asked for, each with one of `wanted` that it nearly is and that is not set.
  std::vector<std::pair<std::string, std::string>> misspelled(const std::set<std::string>& wanted) const;
  const std::set<std::string>& asked() const { return asked_; }

 private:
  std::map<std::string, std::string> by_last_, by_path_;
  std::map<std::string, int> rank_;
  std::set<std::string> asked_;
};

/// The model that one of these texts names: a name, a path that ends in one ("./assets/hf/Llama-3.1-8B"), or a
/// function's name that begins with one ("llama31_8b_pretrain_config"). Null: none of them does.
const catalog::Model* named_model(std::span<const std::string> texts, const ModelFinder& find);

}  // namespace gigawatt::interop
